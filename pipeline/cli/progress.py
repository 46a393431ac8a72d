"""Progress of a round on standard error, where somebody looks on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.flows.collect import Watcher, unwatched


@contextmanager
def watching() -> Iterator[Watcher]:
    """Bars for feeds and entries on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars = {what: progress.add_task(what, total=0) for what in ("feeds", "entries")}
        yield lambda what, done, total: progress.update(bars[what], completed=done, total=total)
