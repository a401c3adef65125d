"""`keystone`: the command line. Starts fast, because each command imports what it needs when it runs."""

from keystone_nexus.cli.main import main

__all__ = ["main"]
