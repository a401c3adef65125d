"""What can go wrong, by whose fault: the exit codes of the command line (interface.md).

Messages are for people: what was wrong, where, what to do.
"""


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
