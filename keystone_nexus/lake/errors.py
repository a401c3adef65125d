"""What can go wrong, by whose fault: the exit codes of the command line (interface.md).

Messages are for people: what was wrong, where, what to do.
"""

DISK_CODES = {8, 10, 13, 14}
"""SQLite's primary codes for a file that cannot be written, read, extended or opened."""


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


def disk_fault(error: BaseException) -> str | None:
    """What the disk said where an error comes from it, as SQLite and what is built on it wrap it; else None."""
    import sqlite3

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return cause.strerror or str(cause)
        if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in DISK_CODES:
            return str(cause)
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None
