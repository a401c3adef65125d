"""What S3 can answer: what may pass by itself is tried again, the rest is said in a sentence that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError
from botocore.exceptions import ConnectionError as NoConnection
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from keystone_nexus.lake.aws import DENIED, THROTTLED, code, of_error
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused

T = TypeVar("T")
ATTEMPTS, PATIENCE = 8, 120.0
"""Tries of one call, and the seconds after which there is no further one. At one fault in ten calls, eight tries fail
once in a hundred million."""
PASSING = THROTTLED | {
    "500", "502", "503", "504", "InternalError", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException",
    "BadGateway", "ConditionalRequestConflict", "OperationAborted",
}  # fmt: skip
ABSENT = {"NoSuchKey", "404", "NotFound"}
TAKEN = {"PreconditionFailed", "412"}
WRONG_REGION = {"PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}


def absent(error: BaseException) -> bool:
    return code(error) in ABSENT


def taken(error: BaseException) -> bool:
    """Whether a conditional write found that its condition does not hold."""
    return code(error) in TAKEN


def passing(error: BaseException) -> bool:
    """Whether the same call may succeed a moment later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in PASSING or status >= 500
    return isinstance(error, NoConnection | HTTPClientError | IncompleteReadError | ResponseStreamingError)


def retried(call: Callable[[], T]) -> T:
    """One call under the one policy: random waits that grow, an end, and the last error as it was."""
    return Retrying(
        retry=retry_if_exception(passing),
        wait=wait_random_exponential(multiplier=0.1, max=10),
        stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(PATIENCE),
        reraise=True,
    )(call)


def told(error: BaseException, doing: str, place: str) -> KeystoneError:
    """The sentence for an error of `doing` ("writing") at `place` (`s3://bucket/key`)."""
    said = code(error)
    start, bucket = f"{doing} {place}", place.removeprefix("s3://").partition("/")[0]
    if common := of_error(error, start):
        return common
    if said in WRONG_REGION:
        return Refused(f"{start}: the bucket {bucket} is in another region: set AWS_REGION to the bucket's")
    if said == "NoSuchBucket":
        return Refused(f"there is no bucket {bucket}: `terraform apply` makes it, or name another lake with --lake")
    if said.startswith("KMS.") or (said in DENIED and "kms" in str(error).lower()):
        return EnvironmentFault(
            f"{start}: the key of bucket {bucket} may not be used ({said}): grant kms:GenerateDataKey and kms:Decrypt on it"
        )
    if said in DENIED:
        needs = {"reading": "s3:GetObject", "listing": "s3:ListBucket", "removing": "s3:DeleteObject"}.get(
            doing, "s3:PutObject"
        )
        return EnvironmentFault(f"{start} is denied: grant {needs} on bucket {bucket} to this role")
    return EnvironmentFault(f"{start} failed ({said or type(error).__name__}: {error}): run again")
