"""Everything that can end a command.

Trouble with one feed, one page or one document is a value in the data's path, never an exception of this tree.

    SitrepError
    ├── ConfigError            exit 2   settings or files are wrong; every mistake is named
    ├── UnknownItem            exit 1   what was asked for is not known
    ├── NotDelivered           exit 3   the work is safe, not all of it reached the index
    └── CannotRun              exit 4   this machine or its servers do not allow it now
        ├── RoundRunning                another round holds the lock
        ├── LedgerTooNew                the ledger was written by a newer program
        ├── ServerUnreachable           Elasticsearch, database or archive does not answer
        └── NodeFailed                  the local Elasticsearch cannot be had or started
"""

from collections.abc import Sequence


class SitrepError(Exception):
    """A reason to stop, told to the user in one message without a traceback."""

    exit_code = 4


class ConfigError(SitrepError):
    """Wrong settings or configuration; ``problems`` holds one line for each mistake."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[Sequence[str]]]:
        """So that it arrives whole where a process of ours sends it."""
        return type(self), (self.problems,)


class UnknownItem(SitrepError):
    """The story, feed or topic asked for is not known."""

    exit_code = 1


class NotDelivered(SitrepError):
    """Stories are stored and wait for the index."""

    exit_code = 3


class CannotRun(SitrepError):
    """Disk, memory, port, lock or server does not allow the command now."""

    exit_code = 4


class RoundRunning(CannotRun):
    """Another round holds the lock."""


class LedgerTooNew(CannotRun):
    """The ledger's schema is newer than this program."""


class ServerUnreachable(CannotRun):
    """A server that the command needs does not answer."""


class NodeFailed(CannotRun):
    """The local Elasticsearch cannot be downloaded, unpacked or started."""
