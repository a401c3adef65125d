"""Glue, S3 and STS: a moto server in a process of its own, with what Trino asks of Glue and moto lacks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

from tests.athena.double.faults import PATH, Faults
from tests.athena.double.reads import Application, Reads
from tests.s3.server import S3, Quiet, answered


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


class Doubled:
    """Fails the Glue calls and the share of S3's that a test ordered to fail, and answers all others."""

    def __init__(self, application: Application) -> None:
        self._application, self._reads = application, Reads(application)
        self._faults, self._s3 = Faults(), S3("")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return self._ordered(environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target and "/s3/" in environ.get("HTTP_AUTHORIZATION", ""):
            # Trino's own requests would be Athena's: what happens to them is not ours.
            ours = "aws-sdk-java" not in environ.get("HTTP_USER_AGENT", "")
            return (
                answered(self._s3, self._reads, environ, start_response)
                if ours
                else self._reads(environ, start_response)
            )
        fault = self._faults.take(target.rpartition(".")[2]) if target.startswith("AWSGlue.") else None
        if fault is None:
            return self._application(environ, start_response)
        body = json.dumps({"__type": fault.code, "message": fault.message}).encode()
        start_response(f"{fault.status} Fault", [("Content-Type", "application/x-amz-json-1.1")])
        return [body]

    def _ordered(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """POST orders faults; of action `S3` a share `rate` of all requests. GET says what S3 was asked since."""
        if environ["REQUEST_METHOD"] == "POST":
            ordered = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            self._s3.rate = sum(one["rate"] for one in ordered if one["action"] == "S3")
            self._faults.order([one for one in ordered if one["action"] != "S3"])
            self._s3.forget()
        body = json.dumps({"faults": self._s3.faults, "puts": self._s3.puts}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def main(port: int) -> None:
    application = Doubled(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, application, threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    main(int(sys.argv[1]))
