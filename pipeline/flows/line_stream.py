"""Lines in, one answer each out, in the same order: worked on by several processes, in bounded memory.

What arrives together may be worked on together; nothing waits for a line that has not come yet. A batch whose worker
died or took too long is done again line by line, so that a bad line harms no neighbour.
"""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future

from pipeline.adapters.workers import Workers

MAX_LINE = 64_000_000
MAX_BYTES_IN_FLIGHT = 64_000_000
BATCHES_PER_WORKER = 4
READ_SIZE = 1 << 18
FULL_BATCH = 1 << 18
"""Bytes after which a batch takes no further line."""

Line = bytes | None
"""Without its newline; None for a line over ``MAX_LINE``."""
Batch = tuple[Line, ...]
Answers = tuple[bytes, ...]
Work = Callable[[Batch], Answers]
"""Runs in a worker: one answer for each line. It must be importable there."""
Refuse = Callable[[Line, str], bytes]
"""Runs in a worker: the answer to a line that could not be worked on, and why. Also called here, without the line."""


class LineStream:
    """Iterate over it for the answers, batch by batch, each as soon as it and all before it are there.

    ``read`` gives up to so many bytes as soon as there are any, none at the end (``os.read``); what it raises comes
    out of the iteration. ``batch``: most lines that are worked on in one call.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        workers: Workers,
        work: Work,
        refuse: Refuse,
        *,
        jobs: int,
        batch: int = 1,
    ) -> None:
        self._read = read
        self._workers = workers
        self._work = work
        self._refuse = refuse
        self._batch = batch
        self._window = _Window(BATCHES_PER_WORKER * jobs, MAX_BYTES_IN_FLIGHT)
        self._begun: queue.SimpleQueue[tuple[Batch, Future[Answers]] | Exception | None] = queue.SimpleQueue()

    def __iter__(self) -> Generator[Answers]:
        # A daemon, because nothing can wake it from a read: where the iteration is given up, it is left alone.
        threading.Thread(target=self._take_in, name="reader", daemon=True).start()
        try:
            while (begun := self._begun.get()) is not None:
                if isinstance(begun, Exception):
                    raise begun
                yield self._outcome(*begun)
                self._window.leave(_size(begun[0]))
        finally:
            self._window.close()

    def _take_in(self) -> None:
        try:
            for batch in batches(self._read, self._batch):
                if not self._window.enter(_size(batch)):
                    return
                self._begun.put((batch, self._workers.submit(self._work, batch)))
        except Exception as error:
            self._begun.put(error)
        else:
            self._begun.put(None)

    def _outcome(self, batch: Batch, answers: "Future[Answers]") -> Answers:
        try:
            return answers.result()
        except Exception as error:
            if len(batch) == 1:
                return (self._refusal(batch[0], str(error) or type(error).__name__),)
        alone = [((line,), self._workers.submit(self._work, (line,))) for line in batch]
        return tuple(answer for line, future in alone for answer in self._outcome(line, future))

    def _refusal(self, line: Line, reason: str) -> bytes:
        """Made by a worker: reading the line may be what ended the one before."""
        try:
            return self._workers.submit(self._refuse, line, reason).result()
        except Exception:
            return self._refuse(None, reason)


class _Window:
    """How many batches, and how many bytes of them, are between reading and writing; one batch always fits."""

    def __init__(self, batches: int, size: int) -> None:
        self._batches_left = self._batches = batches
        self._size_left = size
        self._closed = False
        self._changed = threading.Condition()

    def enter(self, size: int) -> bool:
        """Wait for room and take it; False once the window is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._fits(size))
            self._batches_left -= 1
            self._size_left -= size
            return not self._closed

    def leave(self, size: int) -> None:
        with self._changed:
            self._batches_left += 1
            self._size_left += size
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _fits(self, size: int) -> bool:
        empty = self._batches_left == self._batches
        return empty or (self._batches_left > 0 and self._size_left >= size)


def batches(read: Callable[[int], bytes], most: int) -> Iterator[Batch]:
    """Lines that have arrived together, up to ``most`` of them or about ``FULL_BATCH`` bytes."""
    for lines in _arrivals(read):
        batch: list[Line] = []
        for line in lines:
            batch.append(line)
            if len(batch) == most or _size(batch) >= FULL_BATCH:
                yield tuple(batch)
                batch = []
        if batch:
            yield tuple(batch)


def _arrivals(read: Callable[[int], bytes]) -> Iterator[list[Line]]:
    """The lines that each piece of input completes; a last line needs no newline."""
    begun = _BegunLine()
    while piece := read(READ_SIZE):
        first, *others = piece.split(b"\n")
        begun.add(first)
        if others:
            yield [begun.take(), *others[:-1]]
            begun.add(others[-1])
    if begun.size:
        yield [begun.take()]


class _BegunLine:
    """A line that is still coming; beyond ``MAX_LINE`` only its size is kept."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > MAX_LINE:
            self.parts.clear()
        elif part:
            self.parts.append(part)

    def take(self) -> Line:
        line = b"".join(self.parts) if self.size <= MAX_LINE else None
        self.parts, self.size = [], 0
        return line


def _size(batch: list[Line] | Batch) -> int:
    return sum(len(line) for line in batch if line is not None)
