"""What AWS, Athena and PyAthena say when something fails, as sentences: whose fault, and what to do.

`fault` takes the error, `fault_of_text` only its words, which is all that dbt keeps. Refused is bad usage or
configuration (exit 2), EnvironmentFault is the environment and safe to run again (exit 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused

THROTTLED = ("TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown")
DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
UNKNOWN_KEY = ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch")
Kind = type[KeystoneError]
WORDS: tuple[tuple[str, Kind, str], ...] = (
    (
        r"Bytes scanned limit was exceeded",
        Refused,
        "the query would read more than its work group allows: name fewer columns, or the year and month",
    ),
    (
        r"(?i)query (was )?cancell?ed|USER_CANCELED|\bCANCELLED\b",
        EnvironmentFault,
        "the query was cancelled before it was done, by somebody or by Athena: run it again",
    ),
    (
        r"TABLE_NOT_FOUND|Table '\S+' does not exist|EntityNotFoundException: .*[Tt]able",
        EnvironmentFault,
        "the table is not in the Glue catalog, or was dropped meanwhile: `keystone catalog plan` says what is missing, "
        "`apply` brings it back; gold's tables come back with the next build",
    ),
    (
        r"SCHEMA_NOT_FOUND|Schema '\S+' does not exist|EntityNotFoundException: .*[Dd]atabase|Database \S+ not found",
        EnvironmentFault,
        "the Glue database is missing: `keystone catalog apply` makes it",
    ),
    (
        r"COLUMN_NOT_FOUND|SYNTAX_ERROR|mismatched input|TYPE_MISMATCH|FUNCTION_NOT_FOUND|INVALID_FUNCTION_ARGUMENT",
        Refused,
        "the query has a mistake: correct it",
    ),
    (
        r"Work[Gg]roup \S+ is not found|WorkGroup \S+ is disabled",
        Refused,
        "name a work group of the account in KEYSTONE_ATHENA_WORKGROUP",
    ),
    (
        r"centralized output location|No output location provided",
        Refused,
        "the work group must have a place for results and must let dbt say where tables go: "
        "EnforceWorkGroupConfiguration is false for the group that builds gold",
    ),
    (
        r"(?i)Query string length|query text length|maximum query length",
        Refused,
        "a query may have 262,144 bytes",
    ),
    (
        r"TOO_MANY_OPEN_PARTITIONS|Exceeded limit of 100 open writers",
        Refused,
        "a statement may write 100 partitions: write fewer at once",
    ),
    (
        r"HIVE_BAD_DATA|HIVE_CURSOR_ERROR",
        EnvironmentFault,
        "a file is not what its table says: `keystone verify` names it",
    ),
    (
        r"NoSuchBucket|bucket does not exist",
        Refused,
        "the bucket does not exist: name the lake as s3://NAME, with `--lake`",
    ),
    (
        r"(?i)EXCEEDED_MEMORY_LIMIT|exhausted resources|GENERIC_INSUFFICIENT_RESOURCES",
        EnvironmentFault,
        "Athena had not enough memory or nodes for it: run it again, or ask for less",
    ),
)
"""What an engine's or the API's words mean, the most telling first."""


def fault(error: BaseException, doing: str) -> KeystoneError:
    """The classified error for what went wrong while `doing` (an infinitive: "read the Glue catalog")."""
    if isinstance(error, KeystoneError):
        return error
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "response", {}).get("Error", {}).get("Code")
        if code:
            return _of_code(code, cause, doing)
        if type(cause).__module__.startswith("botocore"):
            return _of_client(cause, doing)
        cause = getattr(cause, "orig", None) or cause.__cause__
    return fault_of_text(str(error), doing)


def fault_of_text(text: str, doing: str) -> KeystoneError:
    """The same where only the words are left."""
    said = _first_line(text)
    for code in (*THROTTLED, *DENIED, *EXPIRED, *UNKNOWN_KEY):
        if code in text:
            return _sentence(code, said, doing)
    for pattern, kind, advice in WORDS:
        if re.search(pattern, text):
            return kind(f"could not {doing}: {said}: {advice}")
    return EnvironmentFault(f"could not {doing}: {said}: run it again; if it stays, this text is Athena's own")


@contextmanager
def classified(doing: str) -> Iterator[None]:
    """Turns errors of AWS and PyAthena into classified ones; bugs stay what they are."""
    try:
        yield
    except Exception as error:
        if isinstance(error, KeystoneError) or not _of_aws(error):
            raise
        raise fault(error, doing) from error


def _of_aws(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__module__.partition(".")[0] in ("botocore", "pyathena"):
            return True
        cause = getattr(cause, "orig", None) or cause.__cause__
    return False


def _of_code(code: str, error: BaseException, doing: str) -> KeystoneError:
    said = str(getattr(error, "response", {}).get("Error", {}).get("Message") or error)
    if code in (*THROTTLED, *DENIED, *EXPIRED, *UNKNOWN_KEY):
        return _sentence(code, said, doing)
    return fault_of_text(f"{code}: {said}", doing)


def _sentence(code: str, said: str, doing: str) -> KeystoneError:
    start = f"could not {doing}: {_first_line(said)}: "
    if code in THROTTLED:
        return EnvironmentFault(start + f"AWS throttles the account ({code}): wait a little and run again")
    if code in DENIED:
        return EnvironmentFault(start + "the role lacks this permission: `keystone doctor` lists what it needs")
    if code in EXPIRED:
        return EnvironmentFault(
            start + "the credentials have expired: sign in again (`aws sso login`), or renew the role"
        )
    return EnvironmentFault(start + "AWS does not know these credentials: check AWS_PROFILE or the keys")


def _of_client(error: BaseException, doing: str) -> KeystoneError:
    """Errors that botocore makes itself, before or instead of an answer."""
    match type(error).__name__:
        case "NoCredentialsError" | "PartialCredentialsError" | "TokenRetrievalError" | "SSOTokenLoadError":
            advice = "give AWS credentials: `aws sso login`, AWS_PROFILE, or a role on the machine"
        case "NoRegionError":
            return Refused(f"could not {doing}: no AWS region is set: set AWS_REGION")
        case "ProfileNotFound":
            return Refused(f"could not {doing}: {error}: correct AWS_PROFILE")
        case _:
            advice = "check the network and AWS_ENDPOINT_URL, and run again"
    return EnvironmentFault(f"could not {doing}: {_first_line(str(error))}: {advice}")


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else "no reason given"
