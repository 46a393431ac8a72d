"""Owning child processes: start them apart from the terminal, know them again later, end a whole tree."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process for good: a pid alone is given again to others, so ``birth`` says when it was started."""

    pid: int
    birth: str


def identify(pid: int) -> ProcessId | None:
    """The process that has ``pid`` now; None if there is none, or only the remains of one."""
    with contextlib.suppress(psutil.Error, OSError):
        if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            return ProcessId(pid, _birth(pid))
    return None


def is_running(process: ProcessId) -> bool:
    """Is it still this very process?"""
    return identify(process.pid) == process


def start(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it.

    Standard output and error go to the file ``output``; no other descriptor of ours is passed on.
    """
    with output.open("wb") as stream:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end_tree(process: ProcessId, grace: float) -> bool:
    """Ask the process, its descendants and its group to end, insist after ``grace`` seconds; True if it was running."""
    if not is_running(process):
        return False
    members = _family(process.pid)
    _signal(members, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(members, timeout=grace)
    if stubborn:
        _signal(stubborn, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=10)
    return True


def _family(pid: int) -> list[psutil.Process]:
    """The process, what it started, and what stays in its process group after a parent has gone."""
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        found = {member.pid: member for member in [root, *root.children(recursive=True)]}
    for other in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(other.pid) == pid:
                found[other.pid] = other
    found.pop(os.getpid(), None)
    return list(found.values())


def _signal(members: Sequence[psutil.Process], number: signal.Signals) -> None:
    for member in members:
        with contextlib.suppress(psutil.Error):
            member.send_signal(number)


def _birth(pid: int) -> str:
    """On Linux boot and clock tick of the start, which no change of the clock moves; elsewhere seconds since 1970."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return f"{psutil.Process(pid).create_time():.2f}"
    # The command name in parentheses may itself hold spaces and parentheses; field 22 is the start time (proc(5)).
    ticks = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    return f"{_boot()}/{ticks}"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return str(int(time.time() - time.monotonic()))
