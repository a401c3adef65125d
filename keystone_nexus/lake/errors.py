"""What can go wrong, by whose fault: the exit codes of the command line (interface.md).

Messages are for people: what was wrong, where, what to do.
"""

DISK_WORDS = (
    "Errno", "No space", "os error", "Permission denied", "Read-only", "IO Error", "Too many open files",
    "disk I/O error", "disk is full", "unable to open database", "readonly database",
    "database is locked",
    "File out of specification",
)  # fmt: skip
"""What the errors say by which Python, Polars, DuckDB and SQLite report a disk."""
DISK_CODES = {5, 6, 8, 10, 13, 14}
"""SQLite's primary codes for a file that is held by another process, or cannot be written, read, extended or opened."""


class KeystoneError(Exception):
    """Base of every expected error. `exit_code` is what the command line returns."""

    exit_code = 1


class Breach(KeystoneError):
    """The work was done, but a gate failed or the lake does not hold what it must."""

    exit_code = 1


class Refused(KeystoneError):
    """Bad usage, configuration or source: nothing was published."""

    exit_code = 2


class EnvironmentFault(KeystoneError):
    """Disk, network, broker or a lock: the machine is at fault; safe to run again."""

    exit_code = 3


BY_NAME: dict[str, type[KeystoneError]] = {c.__name__: c for c in (Breach, Refused, EnvironmentFault)}
"""For where only the name of an error crossed to another process."""


def disk_fault(error: BaseException) -> str | None:
    """What the operating system said where an error comes from it, however engines wrap it; else None."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            said = cause.strerror or str(cause)
            return f"{cause.filename}: {said}" if cause.filename else said
        if _of_an_engine(cause):
            return str(cause)
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None


def _of_an_engine(error: BaseException) -> bool:
    """Whether SQLite, DuckDB or Polars could not read or write."""
    kind = type(error)
    match kind.__module__.partition(".")[0]:
        case "sqlite3":
            return getattr(error, "sqlite_errorcode", 0) & 0xFF in DISK_CODES
        case "duckdb" | "_duckdb":
            return kind.__name__ == "IOException"
        case "polars":
            return says_disk(str(error))
        case _:
            return False


def of_the_machine(text: str) -> bool:
    """Whether an engine's text tells of a full disk or of too little memory."""
    return says_disk(text) or "Out of Memory" in text


def says_disk(text: str) -> bool:
    """Whether an error's text is the operating system's, for errors of which only the text is left."""
    return any(word in text for word in DISK_WORDS)
