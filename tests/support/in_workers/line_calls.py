"""Work on lines that say what happens to the worker."""

import time

import worker_calls


def work(batch: tuple[bytes | None, ...]) -> tuple[bytes, ...]:
    return tuple(map(answer, batch))


def answer(line: bytes | None) -> bytes:
    match line:
        case b"slow":
            time.sleep(0.01)
        case b"hang":
            worker_calls.loop()
        case b"raise":
            raise LookupError("an odd line")
        case bytes() if line.startswith(b"die"):
            worker_calls.die()
        case None:
            return b"<too long>"
    return b"<" + line + b">"


def refuse(line: bytes | None, reason: str) -> bytes:
    if line == b"die twice":
        worker_calls.die()
    name = "None" if line is None else line.decode()
    return f"refused {name}: {reason}".encode()
