"""``sitrep extract``, ``clean``, ``tag`` and ``parse-feed``: JSON lines from standard input to standard output."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.errors import CannotRun

EXTRACT_EXAMPLES = """
[bold]Examples[/bold]

  echo '{"id": 1, "url": "https://example.org/a", "path": "page.html.gz"}' | sitrep extract

  sitrep extract --jobs 2 < pages.ndjson > articles.ndjson

In: id, url, and html or path (a file, also .gz).

Out: id, title, text, authors, published_at, language, removed, seconds.
"""
CLEAN_EXAMPLES = """
[bold]Example[/bold]

  sitrep clean < texts.ndjson > cleaned.ndjson

In: id, text (a paragraph or line a line).

Out: id, text, removed (what was taken off, and the rule).
"""
TAG_EXAMPLES = """
[bold]Example[/bold]

  echo '{"id": 1, "title": "Israel strikes Hezbollah in Lebanon", "text": ""}' | sitrep tag

In: id, title, text.

Out: id, topics (topic, score, tagged, evidence). Topics: SITREP_TOPICS.
"""
PARSE_FEED_EXAMPLES = """
[bold]Example[/bold]

  echo '{"id": 1, "url": "https://example.org/feed/", "path": "feed.xml"}' | sitrep parse-feed

In: id, url, and body or path, optionally headers.

Out: id, error (null or a reason), format, title, entries.
"""
SECONDS_BETWEEN_SIGNS = 0.25

Read = Callable[[int], bytes]

Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, max=256, help="Worker processes; default: one a core.", show_default=False),
]


def register(app: typer.Typer) -> None:
    app.command(epilog=EXTRACT_EXAMPLES)(extract)
    app.command(epilog=CLEAN_EXAMPLES)(clean)
    app.command(epilog=TAG_EXAMPLES)(tag)
    app.command("parse-feed", epilog=PARSE_FEED_EXAMPLES)(parse_feed)


def extract(jobs: Jobs = None) -> None:
    """Filter: pages in, articles out. One JSON object a line, answers in the same order."""
    _run("EXTRACT", jobs)


def clean(jobs: Jobs = None) -> None:
    """Filter: take boilerplate lines off plain texts. One JSON object a line, answers in the same order."""
    _run("CLEAN", jobs)


def tag(jobs: Jobs = None) -> None:
    """Filter: how much texts are like the topics, and why. One JSON object a line, answers in the same order."""
    _run("TAG", jobs)


def parse_feed(jobs: Jobs = None) -> None:
    """Filter: feed documents in, their entries out. One JSON object a line, answers in the same order."""
    _run("PARSE_FEED", jobs)


def _run(name: str, jobs: int | None) -> None:
    from pipeline.flows import filters

    answer_lines(partial(filters.run_filter, getattr(filters, name)), jobs)


def answer_lines(answers_to: Callable[[Read, int], Generator[tuple[bytes, ...]]], jobs: int | None) -> None:
    """Write the answers to the lines of standard input; ``answers_to`` gets what reads them, and a number of jobs."""
    from pipeline.adapters.workers import cores

    answers = answers_to(_read, jobs or cores())
    _greet()
    with closing(answers), _progress() as count:
        for some in answers:
            _write(b"".join(some))
            count(len(some))


def _greet() -> None:
    if sys.stdin is not None and sys.stdin.isatty():
        console.say("reading JSON lines from the terminal; Ctrl-D ends")


def _read(size: int) -> bytes:
    """Past Python's buffers, which would wait for more, and whose locks a thread cannot leave when the program ends."""
    if sys.stdin is None:
        raise CannotRun("standard input is closed")
    try:
        return os.read(sys.stdin.fileno(), size)
    except OSError as error:
        raise CannotRun(f"cannot read standard input ({error.strerror})") from None


def _write(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader has seen enough
            raise typer.Exit from None
        raise CannotRun(f"cannot write to standard output ({error.strerror})") from None


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A count of lines on standard error, where somebody looks on and does not see the answers themselves."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _: None
        return
    begun = shown = time.monotonic()
    lines = 0

    def count(more: int) -> None:
        nonlocal lines, shown
        lines += more
        if time.monotonic() - shown > SECONDS_BETWEEN_SIGNS:
            shown = time.monotonic()
            sys.stderr.write(f"\r{lines:,} lines, {lines / (shown - begun):,.0f} a second ")
            sys.stderr.flush()

    try:
        yield count
    finally:
        sys.stderr.write(f"\r{lines:,} lines in {time.monotonic() - begun:,.1f} s".ljust(50) + "\n")
