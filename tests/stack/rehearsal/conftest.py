"""One stack for all files of the rehearsal; and the reason, once, at the end, where there can be none.

Its tests go on from each other, in the order in which the Makefile names their files.
"""

from collections.abc import Iterator

import pytest

from tests.conftest import USERS_CACHE
from tests.stack.rehearsal.engine import Engine, engine, missing
from tests.stack.rehearsal.events import Events, watched
from tests.stack.rehearsal.figures import Figures
from tests.stack.rehearsal.images import build_images
from tests.stack.rehearsal.ingestion import rounds, story_ids
from tests.stack.rehearsal.stack import Stack, new_stack, until

FILES = "rehearse_"
CANNOT = "the stack cannot be rehearsed here"
EVERY_MINUTE = "* * * * *"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rehearsed = [item for item in items if item.path.name.startswith(FILES)]
    reason = missing() if rehearsed else ""
    for item in rehearsed:
        item.add_marker(pytest.mark.timeout(3600))
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"{CANNOT}: {reason}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", ())]
    reasons = {str(reason[2]).removeprefix("Skipped: ") for reason in skipped if isinstance(reason, tuple)}
    for reason in sorted(reason for reason in reasons if reason.startswith(CANNOT)):
        terminalreporter.write_line(reason)


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    found = Figures()
    yield found
    found.tell_all()


@pytest.fixture(scope="session")
def machine(figures: Figures) -> Iterator[Engine]:
    """With all images built; they are kept for the next time."""
    cache = USERS_CACHE / "rehearsal"
    cache.mkdir(parents=True, exist_ok=True)
    with engine(cache) as started:
        with figures.timed("stand-in images"):
            build_images(started)
        yield started


@pytest.fixture(scope="session")
def stack(machine: Engine, tmp_path_factory: pytest.TempPathFactory, figures: Figures) -> Iterator[Stack]:
    made = new_stack(machine, tmp_path_factory.mktemp("stack"), EVERY_MINUTE)
    with figures.timed("Sitrep's image"):
        made.run("docker compose build")
    made.run("docker compose down --volumes")
    yield made
    made.run("docker compose logs --no-color > logs", check=False)
    figures.note("logs of all containers", str(made.folder / "logs"))
    made.run("docker compose down --volumes")


@pytest.fixture(scope="session")
def events(stack: Stack) -> Iterator[Events]:
    with watched(stack.engine, stack.folder / "events") as seen:
        yield seen


@pytest.fixture(scope="session")
def running(stack: Stack, events: Events, figures: Figures) -> Stack:
    with figures.timed("first start, until all is healthy"):
        stack.up()
    return stack


@pytest.fixture(scope="session")
def reference(running: Stack) -> set[str]:
    """Ids of the stories of the first, undisturbed round."""
    until(lambda: rounds(running) > 0, "a first round by the schedule", 600)
    return story_ids(running)
