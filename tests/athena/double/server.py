"""Athena's HTTP API (JSON 1.1) over the parts that do the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from tests.athena.double.errors import Invalid
from tests.athena.double.executions import Executions
from tests.athena.double.faults import PATH, Faults
from tests.athena.double.trino import Trino
from tests.athena.double.workgroups import WorkGroups

Action = Callable[[dict[str, Any]], dict[str, Any]]


class Athena(ThreadingHTTPServer):
    """The API on one port. `actions` are its verbs."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, trino: str, aws: str, region: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.faults, groups = Faults(), WorkGroups()
        self.executions = Executions(Trino(trino), groups, aws, region)
        catalog = Catalog(aws, region)
        self.actions: dict[str, Action] = {
            "StartQueryExecution": self.executions.start,
            "GetQueryExecution": self.executions.get,
            "BatchGetQueryExecution": self.executions.batch_get,
            "ListQueryExecutions": self.executions.list,
            "StopQueryExecution": self.executions.stop,
            "GetQueryResults": self.executions.results,
            "CreateWorkGroup": groups.create,
            "UpdateWorkGroup": groups.update,
            "DeleteWorkGroup": groups.delete,
            "GetWorkGroup": groups.get,
            "ListWorkGroups": groups.list,
            "GetDataCatalog": catalog.get,
            "ListDataCatalogs": catalog.list,
            "ListDatabases": catalog.databases,
            "GetDatabase": catalog.database,
            "ListTableMetadata": catalog.tables,
            "GetTableMetadata": catalog.table,
        }


class Catalog:
    """Athena's view of Glue."""

    def __init__(self, aws: str, region: str) -> None:
        self._glue = boto3.client(
            "glue", endpoint_url=aws, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
        )

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"DataCatalog": {"Name": request["Name"], "Type": "GLUE", "Parameters": {"catalog-id": "123456789012"}}}

    def list(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"DataCatalogsSummary": [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}]}

    def databases(self, _request: dict[str, Any]) -> dict[str, Any]:
        pages = self._glue.get_paginator("get_databases").paginate()
        return {"DatabaseList": [{"Name": d["Name"]} for page in pages for d in page["DatabaseList"]]}

    def database(self, request: dict[str, Any]) -> dict[str, Any]:
        return {
            "Database": {"Name": self._asked(self._glue.get_database, Name=request["DatabaseName"])["Database"]["Name"]}
        }

    def tables(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self._asked(self._glue.get_tables, DatabaseName=request["DatabaseName"])["TableList"]
        return {"TableMetadataList": [_metadata(one) for one in found]}

    def table(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self._asked(self._glue.get_table, DatabaseName=request["DatabaseName"], Name=request["TableName"])
        return {"TableMetadata": _metadata(found["Table"])}

    def _asked(self, call: Callable[..., Any], **arguments: str) -> Any:
        try:
            return call(**arguments)
        except self._glue.exceptions.EntityNotFoundException as error:
            raise Invalid(f"EntityNotFoundException: {error}", "MetadataException") from error


def _metadata(table: dict[str, Any]) -> dict[str, Any]:
    keep = ("Name", "Type", "Comment")

    def columns(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{k: v for k, v in c.items() if k in keep} for c in found]

    return {
        "Name": table["Name"], "TableType": table.get("TableType", ""), "Parameters": table.get("Parameters", {}),
        "Columns": columns(table["StorageDescriptor"]["Columns"]),
        "PartitionKeys": columns(table.get("PartitionKeys", [])),
    }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """One request: a verb in `X-Amz-Target`, JSON in and out."""

    server: Athena
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet, at once: else each answer waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == PATH:
            self.server.faults.order(json.loads(body))
            return self._answer(200, {})
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        fault = self.server.faults.take(action)
        if fault is not None:
            return self._answer(fault.status, {"__type": fault.code, "Message": fault.message})
        if action not in self.server.actions:
            return self._answer(400, {"__type": "UnknownOperationException", "Message": f"the double has no {action}"})
        try:
            return self._answer(200, self.server.actions[action](json.loads(body or b"{}")))
        except Invalid as error:
            return self._answer(400, {"__type": error.code, "Message": error.message})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass
