"""Glue, S3 and STS: a moto server in a process of its own, with what Trino asks of Glue and moto lacks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple

from tests.athena.double.faults import PATH, Faults

Application = Callable[..., Iterable[bytes]]


def _no_statistics(_self: GlueResponse) -> ActionResult:
    return ActionResult({"ColumnStatisticsList": [], "Errors": []})


for action in (
    "delete_column_statistics_for_table",
    "delete_column_statistics_for_partition",
    "get_column_statistics_for_table",
    "get_column_statistics_for_partition",
    "update_column_statistics_for_table",
    "update_column_statistics_for_partition",
):
    setattr(GlueResponse, action, _no_statistics)


class WithFaults:
    """Fails the Glue calls that a test ordered to fail, and passes on all others."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._faults = Faults()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            self._faults.order(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            start_response("204 No Content", [])
            return []
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        fault = self._faults.take(target.rpartition(".")[2]) if target.startswith("AWSGlue.") else None
        if fault is None:
            return self._application(environ, start_response)
        body = json.dumps({"__type": fault.code, "message": fault.message}).encode()
        start_response(f"{fault.status} Fault", [("Content-Type", "application/x-amz-json-1.1")])
        return [body]


class Quiet(WSGIRequestHandler):
    """Logs nothing: it would cost more than the answers."""

    def log_request(self, *_: Any) -> None:
        pass


def main(port: int) -> None:
    application = WithFaults(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, application, threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    main(int(sys.argv[1]))
