"""The node of one ``SITREP_HOME``: at most one, started by whoever needs it, found again by everybody else."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pipeline.adapters.local_node.boot import BOOT_LIMIT, Boot, answers
from pipeline.adapters.local_node.launch import wait_until
from pipeline.adapters.local_node.program import exclusive, program
from pipeline.adapters.local_node.record import Record, read_record, write_record
from pipeline.adapters.local_node.records import ELASTICSEARCH, NodeStatus, Release, failed
from pipeline.adapters.processes import end_tree
from pipeline.errors import NodeFailed

PATIENCE = 15.0
GRACE = 20.0

Announce = Callable[[str], None]


class LocalNode:
    """``started_here`` tells whether this object started the node, and so should stop it."""

    def __init__(
        self, home: Path, cache: Path, release: Release = ELASTICSEARCH, *, patience: float = PATIENCE
    ) -> None:
        """``patience``: seconds after which a node that answered before and does not now is taken for hung."""
        self._home, self._cache, self._release, self._patience = home, cache, release, patience
        self._folder = home / "elasticsearch"
        self._note = self._folder / "node.json"
        self._child: subprocess.Popen[bytes] | None = None
        self.started_here = False

    def ensure(self, announce: Announce) -> str:
        """The URL of the running node; it is downloaded, started or replaced where needed.

        Only one process at a time does so, others wait for it. Raises ``NodeFailed``.
        """
        with self._locked(announce):
            record = self._found(announce) or self._start(announce)
        return record.url

    def running(self) -> str | None:
        """The URL of the node if it is up now; nothing is started and nothing waited for."""
        record = read_record(self._note)
        return record.url if record is not None and answers(record) else None

    def stop(self) -> bool:
        """End the node, whoever started it; False if there was none."""
        if not self._note.exists():
            return False
        with self._locked(lambda _: None):
            record = read_record(self._note)
            return record is not None and self._end(record, GRACE)

    def status(self) -> NodeStatus:
        """What is known of the node, without waiting for anything but its answer."""
        record = read_record(self._note)
        if record is None:
            data, log = self._folder / "data", self._home / "logs" / "elasticsearch.log"
            return NodeStatus("stopped", None, None, self._release.version, _size(data), data, log)
        url = self.running()
        process = record.process if record.lives else None
        return NodeStatus(
            state="running" if url else "silent" if process else "stopped",
            url=url,
            pid=process.pid if process else None,
            version=record.version,
            data_bytes=_size(record.data),
            data=record.data,
            log=record.log,
        )

    @contextmanager
    def _locked(self, announce: Announce) -> Iterator[None]:
        with ExitStack() as held:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self._home / "logs").mkdir(exist_ok=True)
                held.enter_context(
                    exclusive(self._folder / "lock", announce, "another command is at the local node; waiting")
                )
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def _found(self, announce: Announce) -> Record | None:
        """The node that runs already. One that hangs is ended: what it has acknowledged is on disk."""
        record = read_record(self._note)
        if record is None or not record.lives:
            return None
        limit = self._patience if record.answered else BOOT_LIMIT
        if wait_until(lambda: answers(record) or not record.lives, None, limit) and record.lives:
            return record
        announce("the local Elasticsearch does not answer any more; starting it anew")
        self._end(record, grace=2.0)
        return None

    def _start(self, announce: Announce) -> Record:
        server = program(self._release, self._cache, announce)
        last = read_record(self._note)
        announce(f"starting the local Elasticsearch {self._release.version} (about ten seconds)")
        try:
            boot = Boot(self._home, server, self._release.version, self._note)
            booted = boot.start(last.port if last else None)
        except OSError as error:
            raise self._unwritable(error) from None
        self._child, self.started_here = booted.child, True
        return booted.record

    def _end(self, record: Record, grace: float) -> bool:
        ended = record.process is not None and end_tree(record.process, grace)
        if self._child is not None:
            self._child.poll()
        with suppress(OSError):  # a full disk must not keep a node from being stopped
            write_record(self._note, replace(record, process=None))
        return ended

    def _unwritable(self, error: OSError) -> NodeFailed:
        return failed(
            f"cannot write {error.filename or self._folder}: {error.strerror or error}",
            "Set SITREP_HOME to a folder you may write, with 500 MB free",
        )


def _size(folder: Path) -> int:
    """Bytes of all files below; those that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size if path.is_file() else 0
    return total
