"""Query executions: queued, running, then succeeded, failed or cancelled, each on a thread of its own."""

from __future__ import annotations

import contextlib
import csv
import io
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3

from tests.athena.double.ddl import of_hive
from tests.athena.double.errors import Failed, Invalid
from tests.athena.double.statements import Statement, understood
from tests.athena.double.trino import Answer, Trino, TrinoError
from tests.athena.double.values import column_info, text
from tests.athena.double.workgroups import WorkGroups, enforced, output_location

CUTOFF = "Bytes scanned limit was exceeded"
PAGE = 1000
ACTIVE = 20
"""Queries that run at once (an account's default for DML); the others are queued."""
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(slots=True)
class Execution:
    """One query and what became of it."""

    id: str
    asked: str
    statement: Statement
    database: str
    group: dict[str, Any]
    location: str
    state: str = "QUEUED"
    reason: str = ""
    error: dict[str, Any] | None = None
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    completed: float | None = None
    answer: Answer = field(default_factory=Answer)
    at: str | None = None
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def cutoff(self) -> int | None:
        return self.group["Configuration"].get("BytesScannedCutoffPerQuery")


class Executions:
    """Starts, reports, pages and stops queries."""

    def __init__(self, trino: Trino, groups: WorkGroups, aws: str, region: str) -> None:
        self._trino, self._groups = trino, groups
        self._s3 = boto3.client(
            "s3", endpoint_url=aws, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        self._glue = boto3.client(
            "glue", endpoint_url=aws, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        self._pool = ThreadPoolExecutor(ACTIVE, "query")
        self._all: dict[str, Execution] = {}
        self._tokens: dict[str, str] = {}

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        token = request.get("ClientRequestToken")
        if token in self._tokens:
            return {"QueryExecutionId": self._tokens[token]}
        group = self._groups.named(request.get("WorkGroup", "primary"))
        if group["State"] != "ENABLED":
            raise Invalid(f"WorkGroup {group['Name']} is disabled.")
        number = str(uuid.uuid4())
        location = output_location(group, request.get("ResultConfiguration", {}).get("OutputLocation"))
        failed: Failed | None = None
        try:
            statement = understood(
                request["QueryString"],
                group["Name"],
                enforced(group) and _has_place(group),
                f"{location}tables/{number}/",
            )
        except Failed as found:
            failed, statement = found, Statement(request["QueryString"], "DDL", "CREATE_TABLE_AS_SELECT")
        database = request.get("QueryExecutionContext", {}).get("Database", "default")
        one = Execution(number, request["QueryString"], statement, database, group, location)
        self._all[number] = one
        if token:
            self._tokens[token] = number
        if failed is not None:
            self._end(one, "FAILED", str(failed), 2)
        else:
            self._pool.submit(self._run, one)
        return {"QueryExecutionId": number}

    def get(self, request: dict[str, Any], patience: float = 2.0) -> dict[str, Any]:
        """Waits a little for the end: clients poll once a second, and most queries here take less."""
        one = self._named(request)
        one.done.wait(patience)
        return {"QueryExecution": _described(one)}

    def batch_get(self, request: dict[str, Any]) -> dict[str, Any]:
        known = [i for i in request["QueryExecutionIds"] if i in self._all]
        return {"QueryExecutions": [_described(self._all[i]) for i in known], "UnprocessedQueryExecutionIds": []}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        group = request.get("WorkGroup", "primary")
        return {"QueryExecutionIds": [i for i, one in reversed(self._all.items()) if one.group["Name"] == group]}

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        one = self._named(request)
        if one.state not in ENDED:
            self._end(one, "CANCELLED", "Query cancelled by user", 2)
            if one.at:
                self._trino.cancel(one.at)
        return {}

    def results(self, request: dict[str, Any]) -> dict[str, Any]:
        """A page of rows; of a query the first one is the header."""
        one = self._named(request)
        if one.state != "SUCCEEDED":
            raise Invalid(f"Query did not finish successfully. Final query state: {one.state}")
        columns, first = one.answer.columns, int(request.get("NextToken", "0"))
        kinds = [c["typeSignature"]["rawType"] for c in columns]
        header = one.statement.subkind == "SELECT"
        total = len(one.answer.rows) + header
        last = min(first + int(request.get("MaxResults", PAGE)), total)
        rows: list[dict[str, Any]] = []
        for number in range(first, last):
            if header and number == 0:
                rows.append({"Data": [{"VarCharValue": c["name"]} for c in columns]})
                continue
            values = [text(v, k) for v, k in zip(one.answer.rows[number - header], kinds, strict=True)]
            rows.append({"Data": [{} if v is None else {"VarCharValue": v} for v in values]})
        found: dict[str, Any] = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [column_info(c) for c in columns]}},
            "UpdateCount": one.answer.update_count or 0,
        }
        if last < total:
            found["NextToken"] = str(last)
        return found

    def _named(self, request: dict[str, Any]) -> Execution:
        number = request["QueryExecutionId"]
        if number not in self._all:
            raise Invalid(f"QueryExecution {number} was not found")
        return self._all[number]

    def _run(self, one: Execution) -> None:
        if one.state in ENDED:
            return None
        one.state, one.started = "RUNNING", time.time()

        def heard(scanned: int, uri: str) -> None:
            one.at = uri
            one.answer.scanned = scanned
            if one.state in ENDED or (one.cutoff and scanned > one.cutoff):
                self._trino.cancel(uri)

        session = dict(one.statement.session)
        if one.cutoff:
            session["query_max_scan_physical_bytes"] = f"{one.cutoff}B"
        try:
            hive = of_hive(one.statement.sql, self._glue, one.database)
            if hive is not None:
                hive()
                self._end(one, "SUCCEEDED", "", 0)
                return None
            one.answer = self._trino.run(one.statement.sql, one.database, session, heard)
        except TrinoError as error:
            if error.name == "EXCEEDED_SCAN_LIMIT" or (one.cutoff and one.answer.scanned > one.cutoff):
                self._end(one, "CANCELLED", CUTOFF, 2)
            else:
                self._end(one, "FAILED", f"{error.name}: {error.message}", 2 if error.kind == "USER_ERROR" else 1)
            return None
        except Failed as error:
            self._end(one, "FAILED", str(error), 2)
            return None
        except Exception as error:
            self._end(one, "FAILED", f"GENERIC_INTERNAL_ERROR: {error}", 1)
            return None
        if one.cutoff and one.answer.scanned > one.cutoff:
            self._end(one, "CANCELLED", CUTOFF, 2)
            return None
        if one.statement.subkind == "SELECT":
            try:
                self._write_results(one)
            except Exception as error:
                self._end(one, "FAILED", f"Access denied when writing output to url: {one.location}: {error}", 2)
                return None
        return self._end(one, "SUCCEEDED", "", 0)

    def _end(self, one: Execution, state: str, reason: str, category: int) -> None:
        if one.state in ENDED:
            return
        one.state, one.reason, one.completed = state, reason, time.time()
        if category and state == "FAILED":
            one.error = {"ErrorCategory": category, "ErrorType": 1000, "Retryable": False, "ErrorMessage": reason}
        one.done.set()

    def _write_results(self, one: Execution) -> None:
        kinds = [c["typeSignature"]["rawType"] for c in one.answer.columns]
        written = io.StringIO()
        writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([c["name"] for c in one.answer.columns])
        for row in one.answer.rows:
            writer.writerow([text(v, k) or "" for v, k in zip(row, kinds, strict=True)])
        bucket, _, prefix = one.location.removeprefix("s3://").partition("/")
        self._s3.put_object(Bucket=bucket, Key=f"{prefix}{one.id}.csv", Body=written.getvalue().encode())

    def close(self) -> None:
        for one in self._all.values():
            if one.state not in ENDED and one.at:
                with contextlib.suppress(Exception):
                    self._trino.cancel(one.at)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _has_place(group: dict[str, Any]) -> bool:
    return "OutputLocation" in group["Configuration"].get("ResultConfiguration", {})


def _described(one: Execution) -> dict[str, Any]:
    end = one.completed or time.time()
    status: dict[str, Any] = {"State": one.state, "SubmissionDateTime": one.submitted}
    if one.reason:
        status["StateChangeReason"] = one.reason
    if one.completed:
        status["CompletionDateTime"] = one.completed
    if one.error:
        status["AthenaError"] = one.error
    begun = one.started or end
    return {
        "QueryExecutionId": one.id, "Query": one.asked, "StatementType": one.statement.kind,
        "SubstatementType": one.statement.subkind, "Status": status, "WorkGroup": one.group["Name"],
        "ResultConfiguration": {"OutputLocation": f"{one.location}{one.id}.csv"},
        "QueryExecutionContext": {"Database": one.database, "Catalog": "awsdatacatalog"},
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
        "Statistics": {
            "DataScannedInBytes": one.answer.scanned,
            "EngineExecutionTimeInMillis": int(1000 * (end - begun)),
            "QueryQueueTimeInMillis": int(1000 * (begun - one.submitted)),
            "TotalExecutionTimeInMillis": int(1000 * (end - one.submitted)),
        },
    }  # fmt: skip
