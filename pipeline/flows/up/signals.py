"""How ``up`` is told to end: Ctrl-C, SIGTERM (``sitrep down``, systemd) and a terminal that is closed are one thing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CALLS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, each of the signals raises ``KeyboardInterrupt``.

    A hang-up that is ignored (``nohup``) stays so. Shells have background jobs ignore SIGINT, which is not meant.
    """
    heeded = [n for n in CALLS if n != signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
    with _handled(heeded, signal.default_int_handler):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Inside, none of the signals does anything: what is going on is the end they ask for."""
    with _handled(CALLS, signal.SIG_IGN):
        yield


@contextmanager
def _handled(numbers: Any, handler: Any) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
