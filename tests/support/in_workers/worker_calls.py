"""Calls for worker processes: well-behaved, raising, hanging and deadly ones."""

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

equipped_with: Any = None
kept: list[bytes] = []


class Awkward(Exception):
    """Can be pickled, but not read back: it wants two arguments and passes on one."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} {why}")


def echo(value: Any) -> Any:
    return value


def pid() -> int:
    return os.getpid()


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def refuse(words: str) -> None:
    raise LookupError(words)


def refuse_awkwardly() -> None:
    raise Awkward("odd", "ending")


def leave() -> None:
    raise SystemExit(7)


def unsendable() -> Any:
    return lambda: None


def die(number: int = signal.SIGKILL) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def end(status: int) -> None:
    os._exit(status)


def loop() -> None:
    while True:
        pass


def hang_in_c() -> None:
    """Backtracks for years without giving other threads a turn."""
    re.match(r"(a|a)*$", "a" * 60 + "b")


def hoard(size: int) -> int:
    """Many small pieces."""
    pieces = [bytes(999) for _ in range(size // 1000)]
    return len(pieces) * 1000


def hoard_in_c(size: int) -> int:
    """One large piece."""
    return len(bytearray(size))


def keep(size: int) -> int:
    """Bytes that stay when the call has ended."""
    kept.append(bytes([1]) * size)
    return os.getpid()


def keep_and_refuse(size: int) -> None:
    keep(size)
    raise LookupError("no")


def work(seconds: float) -> int:
    """Takes so much CPU."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


def write_pid_and(path: str, then: Any) -> None:
    Path(path).write_text(str(os.getpid()))
    then()


def equip_with(value: Any) -> None:
    global equipped_with
    equipped_with = value


def equipment() -> Any:
    return equipped_with


def cannot_equip(tries: str, size: int) -> None:
    with Path(tries).open("a") as lines:
        lines.write(f"{keep(size)}\n")
    raise ValueError("no such rules")
