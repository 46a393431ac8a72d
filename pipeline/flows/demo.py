"""The whole main job over the sample newsroom: real HTTP, the real DAG, a real Elasticsearch, two rounds.

It shows how Sitrep works; being written for the purpose, its articles measure nothing.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.adapters.airflow import Airflow
from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger import runs, stories
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.local_node import LocalNode
from pipeline.adapters.search_index.records import SearchQuery, SearchResult
from pipeline.errors import CannotRun
from pipeline.flows.index import open_index
from pipeline.flows.lock import round_lock
from pipeline.model import Removal, Story
from pipeline.sample.newsroom import HOURS, START, open_newsroom
from pipeline.sample.origin import serve
from pipeline.settings import Settings
from pipeline.stages.extract import page_lines
from pipeline.stages.judge_page import Page, judge_page

TOPIC = "israel-hezbollah"
INDEX = "sitrep-demo"
ROUND_LIMIT = 600.0
OWN = ("SITREP_HOME", "SITREP_CACHE")
OUTSIDE = "extract"
"""The reason for lines outside the article: no rule of cleaning, but the extraction itself left them out."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CleanedStory:
    """One story's page as lines in their order, each with the rule that removed it, or ``None`` where it stayed."""

    title: str
    lines: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One text and the outlets that printed it: the first one, then its copies."""

    title: str
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What there is to see after the two rounds."""

    reports: tuple[dict[str, Any], ...]
    on_topic: SearchResult
    cleaned: CleanedStory
    updated: tuple[str, ...]
    """Titles of stories with more than one version."""
    clusters: tuple[Cluster, ...]


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The demo needs no settings of Sitrep and heeds none but where its files may lie."""
    return {name: value for name, value in environ.items() if not name.startswith("SITREP_") or name in OWN}


@contextmanager
def demonstration(base: Settings, say: Say, *, keep: bool) -> Iterator[Demonstration]:
    """Run the demo in a fresh ``demo`` folder of ``base.home``; its node goes on to the end of the block.

    With ``keep`` the node is left running after it. Raises ``CannotRun`` (also ``RoundRunning`` for a second demo).
    """
    home = base.home / "demo"
    with round_lock(base.home / "demo-lock"):
        node = LocalNode(home, base.cache)
        node.stop()
        _empty(home)
        try:
            yield _run(base, home, node, say)
        finally:
            if not keep:
                node.stop()


def _empty(home: Path) -> None:
    try:
        shutil.rmtree(home, ignore_errors=False) if home.exists() else None
        home.mkdir(parents=True)
    except OSError as error:
        raise CannotRun(f"cannot empty {home} ({error.strerror}); set SITREP_HOME to a folder you may write") from None


def _run(base: Settings, home: Path, node: LocalNode, say: Say) -> Demonstration:
    with serve(open_newsroom()) as origin:
        feeds = home / "feeds.yaml"
        origin.write_feed_list(feeds)
        variables = {
            "SITREP_HOME": str(home),
            "SITREP_CACHE": str(base.cache),
            "SITREP_FEEDS": str(feeds),
            "SITREP_INDEX": INDEX,
            "SITREP_ALLOW_HOSTS": origin.allow_hosts,
            "SITREP_HOST_DELAY": "0",
        }
        say(f"the sample newsroom is open: {len(origin.feeds)} invented feeds on loopback addresses")
        airflow = Airflow(home, own_environment(os.environ) | variables)
        _start(node, airflow, say)
        for hour in HOURS:
            moment = START + timedelta(hours=hour)
            origin.set_hour(hour)
            say(f"round {hour + 1} of {len(HOURS)}: airflow dags test ingest, now {moment:%Y-%m-%d %H:%M} UTC")
            airflow.run_dag("ingest", {"now": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}, ROUND_LIMIT)
    settings = base.model_copy(update={"home": home, "index": INDEX})
    return _seen(settings, say)


def _start(node: LocalNode, airflow: Airflow, say: Say) -> None:
    """Elasticsearch and Airflow's database get ready side by side: each waits mostly for itself."""
    say("making Airflow's database and starting the local Elasticsearch")
    with ThreadPoolExecutor(1) as beside:
        migrated = beside.submit(airflow.migrate)
        node.ensure(say)
        migrated.result()


def _seen(settings: Settings, say: Say) -> Demonstration:
    with open_index(settings, say) as index:
        on_topic = index.search(SearchQuery(topic=TOPIC, size=20, with_text=False))
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        told = [story for ids in [_ids(connection)] for story in stories.load_many(connection, ids).values()]
        return Demonstration(
            reports=tuple(runs.reports(connection)),
            on_topic=on_topic,
            cleaned=_cleaned(connection, Archive(settings.raw_archive_url), told),
            updated=tuple(sorted(story.title for story in told if story.version > 1)),
            clusters=_clusters(told),
        )


def _ids(connection: Connection) -> list[str]:
    return [story_id for story_id, _, _ in stories.all_revisions(connection)]


def _clusters(told: list[Story]) -> tuple[Cluster, ...]:
    """Texts that more than one outlet printed, the most printed first."""
    by_cluster: dict[str, list[Story]] = {}
    for story in sorted(told, key=lambda story: story.copy_of is not None):
        by_cluster.setdefault(story.cluster_id, []).append(story)
    printed = [
        Cluster(members[0].title, tuple(member.sources[0] for member in members))
        for members in by_cluster.values()
        if len(members) > 1
    ]
    return tuple(sorted(printed, key=lambda cluster: -len(cluster.outlets)))


def _cleaned(connection: Connection, archive: Archive, told: list[Story]) -> CleanedStory:
    """The on-topic story from whose page most was removed, line by line."""
    on_topic = [s for s in told if s.content_source == "page" and any(t.tagged for t in s.topics)]
    versions = [(story, *stories.versions_of(connection, story.id)[-1]) for story in on_topic]
    if not versions:
        raise CannotRun("the demo found no story on its topic; its newsroom or its rules are broken")
    story, version, removed = min(versions, key=lambda found: (-len(found[2]), found[0].title))
    ref = runs.archived(connection, version["fetch_id"])
    page = judge_page(archive.read(ref)) if ref else None
    lines = page_lines(page.html, page.charset) if isinstance(page, Page) else ()
    return CleanedStory(story.title, tuple(_marked(lines, removed, story)))


def _marked(lines: Sequence[str], removed: tuple[Removal, ...], story: Story) -> Iterator[tuple[str, str | None]]:
    """Each line of the page with its fate. A cut end (a stray sign) stands after its line."""
    waiting = list(removed)
    kept = set(story.text.split("\n"))
    for line in lines:
        rule = next((removal.rule for removal in waiting if removal.text == line), None)
        if rule is not None:
            waiting.remove(Removal(line, rule))
            yield line, rule
        elif line in kept:
            yield line, None
        else:
            yield from _cut(line, waiting)


def _cut(line: str, waiting: list[Removal]) -> Iterator[tuple[str, str | None]]:
    """A line of which only the end was removed, or one that stands outside the article."""
    removal = next((removal for removal in waiting if removal.text and line.endswith(removal.text)), None)
    if removal is None:
        yield line, OUTSIDE
        return
    waiting.remove(removal)
    yield line.removesuffix(removal.text).rstrip(), None
    yield removal.text, removal.rule
