"""Lines in, answers out: whatever the pieces, the batches and the fates of the workers."""

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.workers import Workers
from pipeline.flows import line_stream
from pipeline.flows.line_stream import LineStream, batches

PATIENCE = 30.0
sys.path.append(str(Path(__file__).parents[1] / "support" / "in_workers"))
calls = import_module("line_calls")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2, limit=PATIENCE) as pool:
        yield pool


@pytest.fixture(scope="module")
def hasty() -> Iterator[Workers]:
    with Workers(2, limit=1.0) as pool:
        yield pool


def reader(*pieces: bytes) -> Callable[[int], bytes]:
    waiting = iter(pieces)
    return lambda _: next(waiting, b"")


def lines_of(*pieces: bytes, most: int = 3) -> list[bytes | None]:
    return [line for batch in batches(reader(*pieces), most) for line in batch]


@given(text=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60)), most=st.integers(1, 5))
def test_lines_are_the_same_however_they_arrive(text: bytes, cuts: list[int], most: int) -> None:
    edges = [0, *sorted(cuts), len(text)]
    pieces = [piece for start, end in itertools.pairwise(edges) if (piece := text[start:end])]
    whole = text.split(b"\n")
    assert lines_of(*pieces, most=most) == (whole[:-1] if whole[-1] == b"" else whole)


def test_lines_that_arrive_together_form_batches_and_no_batch_waits_for_more() -> None:
    taken = batches(reader(b"a\nb\nc\nd\ne", b"\nf\n"), 3)
    assert list(taken) == [(b"a", b"b", b"c"), (b"d",), (b"e", b"f")]


def test_a_batch_of_large_lines_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "FULL_BATCH", 10)
    assert list(batches(reader(b"12345678\n12345\n1\n"), 9)) == [(b"12345678", b"12345"), (b"1",)]


def test_a_line_over_the_cap_keeps_its_place_and_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "MAX_LINE", 4)
    assert lines_of(b"a\n1234\n12", b"34", b"5\nb\n", b"12345") == [b"a", b"1234", None, b"b", None]


def answers_of(pool: Workers, *pieces: bytes, batch: int = 1, jobs: int = 2) -> list[bytes]:
    stream = LineStream(reader(*pieces), pool, calls.work, calls.refuse, jobs=jobs, batch=batch)
    return [answer for answers in stream for answer in answers]


@pytest.mark.parametrize("batch", [1, 7])
def test_answers_come_in_the_order_of_their_lines(workers: Workers, batch: int) -> None:
    words = [b"slow" if number % 5 == 0 else b"%d" % number for number in range(40)]
    assert answers_of(workers, b"\n".join(words), batch=batch) == [b"<" + word + b">" for word in words]


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(("word", "reason"), [(b"die", b"SIGKILL"), (b"hang", b"longer than"), (b"raise", b"odd line")])
def test_a_deadly_line_is_refused_and_its_neighbours_are_answered(
    hasty: Workers, batch: int, word: bytes, reason: bytes
) -> None:
    first, second, refused, last = answers_of(hasty, b"a\nb\n" + word + b"\nc\n", batch=batch)
    assert (first, second, last) == (b"<a>", b"<b>", b"<c>")
    assert refused.startswith(b"refused " + word + b":")
    assert reason in refused


def test_a_line_that_kills_even_the_one_who_refuses_it_is_refused_unread(workers: Workers) -> None:
    before, refused, after = answers_of(workers, b"a\ndie twice\nb\n", batch=3)
    assert (before, after) == (b"<a>", b"<b>")
    assert refused.startswith(b"refused None: the worker died")


def test_an_answer_comes_before_the_next_line_is_sent(workers: Workers) -> None:
    theirs, ours = os.pipe()
    answers = iter(LineStream(partial(os.read, theirs), workers, calls.work, calls.refuse, jobs=2, batch=9))
    for word in (b"first", b"second", b"third"):
        os.write(ours, word + b"\n")
        assert next(answers) == (b"<" + word + b">",)
    os.close(ours)
    assert list(answers) == []
    os.close(theirs)


def in_flight(pool: Workers, pieces: int, piece: bytes) -> int:
    """The most pieces that were ever read and not yet answered."""
    read, answered, most = 0, 0, 0

    def take(_: int) -> bytes:
        nonlocal read, most
        if read == pieces:
            return b""
        read += 1
        most = max(most, read - answered)
        return piece

    for _ in LineStream(take, pool, calls.work, calls.refuse, jobs=2):
        answered += 1
    assert answered == pieces
    return most


def test_reading_stops_while_the_window_is_full(workers: Workers) -> None:
    # One more is read before the reader waits, and one is answered but not yet counted here.
    assert in_flight(workers, 1000, b"line\n") <= 2 * line_stream.BATCHES_PER_WORKER + 2


def test_few_large_lines_fill_the_window(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "MAX_BYTES_IN_FLIGHT", 2000)
    assert in_flight(workers, 50, b"x" * 1500 + b"\n") <= 1 + 2


def test_a_line_larger_than_the_window_passes_alone(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "MAX_BYTES_IN_FLIGHT", 10)
    assert answers_of(workers, b"a\n" + b"x" * 50 + b"\nb\n") == [b"<a>", b"<" + b"x" * 50 + b">", b"<b>"]


def test_what_reading_raises_comes_out_after_the_answers_before_it(workers: Workers) -> None:
    def read(_: int, pieces: Iterator[bytes] = iter((b"a\n",))) -> bytes:  # noqa: B008 (one stream, one state)
        for piece in pieces:
            return piece
        raise OSError("the disk is gone")

    answers = iter(LineStream(read, workers, calls.work, calls.refuse, jobs=2))
    assert next(answers) == (b"<a>",)
    with pytest.raises(OSError, match="the disk is gone"):
        next(answers)


def test_a_stream_given_up_reads_no_further(workers: Workers) -> None:
    read = 0

    def take(_: int) -> bytes:
        nonlocal read
        read += 1
        return b"line\n"

    answers = iter(LineStream(take, workers, calls.work, calls.refuse, jobs=2))
    next(answers)
    answers.close()
    for thread in threading.enumerate():
        if thread.name == "reader":
            thread.join(PATIENCE)
            assert not thread.is_alive()
    assert read <= 2 * line_stream.BATCHES_PER_WORKER + 3
