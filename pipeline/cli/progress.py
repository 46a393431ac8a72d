"""Progress of a round on standard error, where somebody looks on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.flows.watch import Watcher, unwatched


@contextmanager
def watching(bars_of: tuple[str, ...] = ("feeds", "entries")) -> Iterator[Watcher]:
    """A bar for each of ``bars_of`` on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars = {what: progress.add_task(what, total=0) for what in bars_of}
        yield lambda what, done, total: progress.update(bars[what], completed=done, total=total)
