"""What AWS, Athena and PyAthena say when something fails, as sentences: whose fault, and what to do.

`fault` takes the error, `fault_of_text` only its words, which is all that dbt keeps. Refused is bad usage or
configuration (exit 2), EnvironmentFault is the environment and safe to run again (exit 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from keystone_nexus.lake import aws
from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused

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
        "`apply` brings it back",
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
    start = f"could not {doing}"
    for cause in _causes(error):
        if common := aws.of_error(cause, start):
            return common
        if isinstance(cause, ClientError):
            return fault_of_text(f"{aws.code(cause)}: {cause.response.get('Error', {}).get('Message') or cause}", doing)
    return fault_of_text(str(error), doing)


def fault_of_text(text: str, doing: str) -> KeystoneError:
    """The same where only the words are left."""
    start = f"could not {doing}"
    for word in re.findall(r"[A-Za-z.]+", text):
        if common := aws.of_code(word, start):
            return common
        if word in aws.DENIED:
            return EnvironmentFault(
                f"{start}: {_first_line(text)}: the role lacks this permission: `keystone doctor` lists what it needs"
            )
    said = _first_line(text)
    for pattern, kind, advice in WORDS:
        if re.search(pattern, text):
            return kind(f"{start}: {said}: {advice}")
    return EnvironmentFault(f"{start}: {said}: run it again; if it stays, this text is Athena's own")


@contextmanager
def classified(doing: str) -> Iterator[None]:
    """Turns errors of AWS and PyAthena into classified ones; bugs stay what they are."""
    try:
        yield
    except Exception as error:
        if isinstance(error, KeystoneError) or not _of_aws(error):
            raise
        raise fault(error, doing) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was made of: SQLAlchemy and PyAthena wrap botocore's."""
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__


def _of_aws(error: BaseException) -> bool:
    return any(type(cause).__module__.partition(".")[0] in ("botocore", "pyathena") for cause in _causes(error))


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else "no reason given"
