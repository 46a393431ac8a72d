"""Starting the server's processes, and reading from their output why they ended."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from pipeline.adapters.local_node.guise import Guise
from pipeline.adapters.local_node.records import Places, failed
from pipeline.adapters.processes import end_tree, identify, start
from pipeline.errors import NodeFailed

GRACE = 20.0
POLL = 0.1
TAIL_LINES = 6
KNOWN_TROUBLE = (
    (("Address already in use",), "its port was taken", "Run the command again"),
    (
        ("Could not reserve enough space", "insufficient memory", "Cannot allocate memory", "OutOfMemoryError"),
        "there is too little memory",
        "Close other programs and run the command again",
    ),
    (("No space left on device",), "its disk is full", "Free some space or set SITREP_HOME to a larger disk"),
    (
        ("failed to obtain node locks", "LockObtainFailedException"),
        "another program uses its data",
        "Stop the other Elasticsearch that runs on this SITREP_HOME",
    ),
    (
        ("cannot downgrade a node", "IndexFormatTooNewException"),
        "a newer Elasticsearch wrote its data",
        "Update Sitrep, delete the data folder and run 'sitrep reindex'",
    ),
)


def launch(places: Places, guise: Guise, console: Path) -> subprocess.Popen[bytes]:
    """Start the launcher (which starts the server and dies with it); both know nothing of our environment."""
    environment = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",  # else Java cannot open a path that is not ASCII
        "HOSTNAME": "localhost",
        "ES_TMPDIR": str(places.temporary),
    }
    return start((*guise.prefix, *_command(places)), cwd=places.program, env=environment, output=console)


def _command(places: Places) -> tuple[str, ...]:
    """What the shell scripts of the archive run in the end; without them no shell and no check of Java is needed."""
    program = places.program
    return (
        str(places.java / "bin" / "java"),
        *("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        "-Dcli.name=server",
        f"-Dcli.script={program / 'bin' / 'elasticsearch'}",
        "-Dcli.libs=lib/tools/server-cli",
        f"-Des.path.home={program}",
        _launcher_mark(places),
        "-Des.distribution.type=zip",
        "-Des.java.type=ES_JAVA_HOME",
        *("-cp", f"{program / 'lib'}/*:{program / 'lib' / 'cli-launcher'}/*"),
        "org.elasticsearch.launcher.CliToolLauncher",
    )


def _launcher_mark(places: Places) -> str:
    return f"-Des.path.conf={places.config}"


def _server_mark(places: Places) -> str:
    return f"-Djava.io.tmpdir={places.temporary}"


def end_strays(places: Places) -> None:
    """End processes of this node that no record names: it was lost, or only the launcher was killed."""
    marks = {_launcher_mark(places), _server_mark(places)}
    for process in psutil.process_iter(["cmdline"]):
        if marks.intersection(process.info["cmdline"] or ()):
            known = identify(process.pid)
            if known is not None:
                end_tree(known, GRACE)


def wait_until(ready: Callable[[], bool], child: subprocess.Popen[bytes] | None, limit: float) -> bool:
    """Ask again and again for ``limit`` seconds; False when they are over or ``child`` has ended."""
    end = time.monotonic() + limit
    while not ready():
        if time.monotonic() > end or (child is not None and child.poll() is not None):
            return False
        time.sleep(POLL)
    return True


def port_was_taken(text: str) -> bool:
    return "Address already in use" in text


def explain_end(places: Places, text: str, status: int | None, limit: float) -> NodeFailed:
    """Why the node is not up, from what it printed and its exit status (None: it still runs)."""
    head = "the local Elasticsearch did not start"
    for signs, trouble, remedy in KNOWN_TROUBLE:
        if any(sign in text for sign in signs):
            return failed(f"{head}: {trouble} ({places.data})", remedy)
    if status is None:
        return failed(f"{head} within {limit:.0f} s; see {places.log}", "Try again when the machine is less busy")
    if status == -9:
        return failed(f"{head}: it was killed, likely for want of memory", "Close other programs and try again")
    last = "\n".join(line[:300] for line in text.splitlines()[-TAIL_LINES:])
    return failed(f"{head} (exit status {status}); the end of {places.log}:\n{last}", "Mend what it says")
