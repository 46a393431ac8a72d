"""``python -m pipeline.adapters.keeper GRACE COMMAND…``: run a command that never outlives whoever wanted it.

The keeper begins a session and runs the command in it. Standard input is its life line: when the other end closes,
which the kernel sees to however the holder ends, the keeper ends the whole session, and so it does on SIGTERM. The
command is asked to end and has its grace; what it has started is killed at once, as if the power had gone, for which
rounds are made. When the command ends by itself, what it left behind goes too.
The exit status is the command's, 128 + N after signal N.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence

from pipeline.adapters.processes import identify
from pipeline.adapters.sessions import kill_members

CANNOT_START = 127


def keep(grace: float, command: Sequence[str]) -> int:
    """Run ``command`` to its end, or end it within ``grace`` seconds when the life line breaks."""
    bell = _bell_for(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"cannot start {command[0]}: {error.strerror}", file=sys.stderr)
        return CANNOT_START
    own = identify(os.getpid())
    if _wait(child, bell) and own is not None:
        child.terminate()
        kill_members(own, spare=child.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    if own is not None:
        kill_members(own)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _bell_for(*signals: signal.Signals) -> int:
    """A descriptor that can be read when one of the signals has come."""
    bell, rope = os.pipe()
    for end in (bell, rope):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(rope, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, lambda *_: None)
    return bell


def _wait(child: subprocess.Popen[bytes], bell: int) -> bool:
    """Sleep until the child has ended or is to end; True for the latter."""
    life_line = sys.stdin.fileno()
    while child.poll() is None:
        ready, _, _ = select.select([life_line, bell], [], [])
        if life_line in ready or _is_asked(bell):
            return True
    return False


def _is_asked(bell: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        return any(number != signal.SIGCHLD for number in os.read(bell, 1000))
    return False


if __name__ == "__main__":
    sys.exit(keep(float(sys.argv[1]), sys.argv[2:]))
