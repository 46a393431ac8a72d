"""What the children of the zygote do: rounds and the other flows, in one process, with a fault built in on request."""

import ctypes
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from pipeline.errors import CannotRun
from tests.faults.points import Points
from tests.faults.syscalls import Traced, traced
from tests.support.rounds import NOON

NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000


class WorkInPlace:
    """In the place of worker processes: they write and send nothing, and starting them costs more than a round."""

    def __init__(self, _jobs: int, *, initializer: Callable[..., None], initargs: tuple[Any, ...], **_: Any) -> None:
        initializer(*initargs)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was started."""


def warm_up() -> None:
    """Import what a round imports, so that the children need not, and read the configuration once."""
    import importlib
    import logging
    import pkgutil

    import elasticsearch
    import feedparser
    import structlog
    import trafilatura
    import warcio.archiveiterator
    import warcio.warcwriter
    from alembic import command

    import pipeline.stages.fold.sketch
    from pipeline.flows import audit as audit_flow
    from pipeline.flows import configuration, reindex, reprocess, round, work_round

    # All of the program at once, so that no child imports a file that was edited since.
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    _ = (elasticsearch, feedparser, trafilatura, warcio, command, pipeline, audit_flow, reindex, round)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    work_round.Workers = WorkInPlace
    reprocess.Workers = WorkInPlace
    configuration.checked_rules = _once(configuration.checked_rules)


def _once(read: Callable[..., Any]) -> Callable[..., Any]:
    """Rules do not change between rounds, and compiling them takes longer than a small round."""
    known: dict[Any, Any] = {}

    def read_once(*arguments: Any) -> Any:
        if arguments not in known:
            known[arguments] = read(*arguments)
        return known[arguments]

    return read_once


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def settings_from(values: Mapping[str, Any]) -> Any:
    from pipeline.settings import Settings

    return Settings(**values)


def whole_round(values: Mapping[str, Any], hours: float) -> dict[str, Any]:
    """Plan, collect, deliver, report; returns the report and why stories wait."""
    from pipeline.flows import round as flow
    from pipeline.flows.report import report_json

    settings = settings_from(values)
    run_id = flow.plan(settings, NOON + timedelta(hours=hours))
    flow.collect(settings, run_id)
    delivered = flow.deliver(settings, run_id)
    return report_json(flow.report(settings, run_id)) | {"problem": delivered.problem}


def round_with_points(
    values: Mapping[str, Any], hours: float, chosen: str | None = None, nth: int = 1, fill: str | None = None
) -> list[str]:
    """A round that is killed at the nth crossing of a point, or whose disk ``fill`` is full from there on.

    Returns the points that were crossed.
    """
    points = Points(chosen, nth, (lambda: fill_up(Path(fill))) if fill else die)
    points.install()
    whole_round(values, hours)
    return points.crossed


def fill_up(folder: Path) -> None:
    """Leave not a page free where ``folder`` lies."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    ballast.write(bytes(size))
            except OSError:
                """Not so much is left."""


def round_on_a_small_disk(values: Mapping[str, Any], hours: float, chosen: str) -> str:
    """A round whose state lies on a disk of its own, which is full from a point on; returns how it ended.

    The disk is one in memory that only this process sees, so none of the machine's fills up. ``impossible`` where the
    kernel gives none.
    """
    home = Path(values["home"])
    aside = home.with_name("aside")
    shutil.copytree(home, aside, dirs_exist_ok=True)
    if not _own_disk(home):
        return "impossible"
    shutil.copytree(aside, home, dirs_exist_ok=True)
    try:
        round_with_points(values, hours, chosen, 1, str(home))
        return "done"
    except CannotRun as error:
        return f"CannotRun: {error}"
    finally:
        (home / "ballast").unlink(missing_ok=True)
        shutil.rmtree(aside)
        shutil.copytree(home, aside)


def _own_disk(folder: Path) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_USER | NEW_MOUNTS) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    except OSError:
        return False
    return bool(libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=96m") == 0)


def round_with_syscalls(values: Mapping[str, Any], hours: float, kill_at: int | None) -> Traced:
    """A round that is killed before its nth system call that writes, sends, or names a file."""
    return traced(lambda: whole_round(values, hours), kill_at)


def audit(values: Mapping[str, Any], repair: bool = False) -> dict[str, Any]:
    from dataclasses import asdict

    from pipeline.flows.audit import audit as flow

    found = flow(settings_from(values), silent, repair=repair)
    return asdict(found) | {"clean": found.clean}


def deliver(values: Mapping[str, Any]) -> tuple[int, int]:
    from pipeline.flows.round import deliver_backlog

    done = deliver_backlog(settings_from(values))
    return done.indexed, done.waiting


def reindex_with_points(values: Mapping[str, Any], chosen: str | None = None, nth: int = 1) -> list[str]:
    from pipeline.flows.reindex import reindex

    points = Points(chosen, nth, die)
    points.install()
    reindex(settings_from(values), silent)
    return points.crossed


def reprocess_with_points(values: Mapping[str, Any], chosen: str | None = None, nth: int = 1) -> list[str]:
    from pipeline.flows.reprocess import reprocess

    points = Points(chosen, nth, die)
    points.install()
    reprocess(settings_from(values), silent)
    return points.crossed


def prune_with_points(values: Mapping[str, Any], hours: float, chosen: str | None = None, nth: int = 1) -> list[str]:
    from pipeline.flows.prune import prune

    points = Points(chosen, nth, die)
    points.install()
    prune(settings_from(values), NOON + timedelta(hours=hours))
    return points.crossed


def silent(_message: str) -> None:
    """Nobody listens."""
