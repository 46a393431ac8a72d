"""Today's rules over what is archived, without the network: what changes becomes a new revision like any other."""

import difflib
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.adapters.ledger import retelling, stories
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.retelling import Source
from pipeline.adapters.workers import Workers, WorkFailed, cores
from pipeline.errors import SitrepError
from pipeline.flows.archived_work import Reading, equip, reread
from pipeline.flows.clock import system_clock
from pipeline.flows.configuration import Configuration, load_configuration
from pipeline.flows.deliver import deliver_waiting
from pipeline.flows.rule_effects import RuleEffect, note_effects
from pipeline.flows.settle import retell
from pipeline.flows.textwork import PRELOAD
from pipeline.flows.watch import Watcher, unwatched
from pipeline.model import Story
from pipeline.settings import Settings
from pipeline.stages.revise import Revision, Telling, revise
from pipeline.stages.tell import processing_digest

PAGE = 64
"""Stories of one transaction."""
TEXT_WORK_LIMIT = 60.0
MAX_SAMPLES = 10
MAX_LINES = 12
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One story that changes: lines that come (``+``) and go (``-``), topics before and after where they differ."""

    url: str
    title: str
    lines: tuple[str, ...]
    topics: tuple[tuple[str, ...], tuple[str, ...]] | None


@dataclass(slots=True)
class Reprocessed:
    """``looked`` = ``unchanged`` + ``changed`` + the length of ``lost``; ``new_versions`` counts changed texts."""

    dry_run: bool
    looked: int = 0
    unchanged: int = 0
    changed: int = 0
    new_versions: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)
    """(URL or id, why) of stories that could not be told again: their page is gone or broken. They stay as they are."""
    samples: list[Sample] = field(default_factory=list)
    entered: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    """Stories by topic that are tagged now and were not before, and the other way round."""
    rules: dict[str, RuleEffect] = field(default_factory=dict)
    """What changes of each boilerplate rule whose lines change."""
    waiting: int = 0


def reprocess(
    settings: Settings,
    say: Say,
    *,
    since: datetime | None = None,
    dry_run: bool = False,
    watch: Watcher = unwatched,
) -> Reprocessed:
    """Tell every story again that was told under other rules. An interrupted one goes on where it stopped.

    ``since``: only stories changed then or later. ``dry_run``: nothing is written, ``samples`` show what would change.
    """
    configuration = load_configuration(settings)
    done = Reprocessed(dry_run)
    with Ledger(settings.ledger_url) as ledger:
        digest = processing_digest(configuration.rules, configuration.topics)
        with ledger.read() as connection:
            total = retelling.count(connection, digest, since)
        if total:
            with _workers(settings, configuration) as workers:
                for batch in _batches(ledger, workers, configuration, digest, since):
                    _apply(ledger, batch, digest, done, timedelta(days=settings.copy_window_days))
                    watch("stories", done.looked, total)
        if not dry_run:
            done.waiting = deliver_waiting(settings, ledger, system_clock, say).waiting
    return done


def _workers(settings: Settings, configuration: Configuration) -> Workers:
    return Workers(
        cores(),
        limit=TEXT_WORK_LIMIT,
        preload=PRELOAD,
        initializer=equip,
        initargs=(configuration.rules, configuration.topics, settings.raw_archive_url),
    )


Told = tuple[Source | str, Telling | None, str | None]
"""A story's source (or its id alone), what it has to say now, and why nothing could be made of it."""


def _batches(
    ledger: Ledger, workers: Workers, configuration: Configuration, digest: str, since: datetime | None
) -> Iterator[list[Told]]:
    """Pages of stories told anew; the next page is being worked on while one is written."""
    languages = {feed.id: feed.language for feed in configuration.feeds}
    ahead: deque[list[tuple[Source | str, Future[Reading] | None]]] = deque()
    for page in _pages(ledger, digest, since):
        now = system_clock()
        ahead.append(
            [
                (source, workers.submit(reread, source, languages.get(source.feed_id), now))
                if isinstance(source, Source)
                else (source, None)
                for source in page
            ]
        )
        if len(ahead) > 1:
            yield [_told(source, future) for source, future in ahead.popleft()]
    while ahead:
        yield [_told(source, future) for source, future in ahead.popleft()]


def _pages(ledger: Ledger, digest: str, since: datetime | None) -> Iterator[Sequence[Source | str]]:
    after = ""
    while True:
        with ledger.read() as connection:
            page = retelling.page_after(connection, digest, since, after, PAGE)
        if not page:
            return
        yield page
        last = page[-1]
        after = last.story_id if isinstance(last, Source) else last


def _told(source: Source | str, future: "Future[Reading] | None") -> Told:
    if future is None:
        return source, None, "no entry leads to it any more"
    try:
        telling, trouble = future.result()
    except (WorkFailed, SitrepError) as error:
        return source, None, str(error)
    except Exception as error:  # one page must not end the work on all others
        return source, None, f"{type(error).__name__}: {error}"
    return source, telling, trouble


def _apply(ledger: Ledger, batch: list[Told], digest: str, done: Reprocessed, window: timedelta) -> None:
    run_id = f"reprocess-{uuid.uuid4().hex[:12]}"
    with ledger.read() if done.dry_run else ledger.write() as connection:
        for source, telling, trouble in batch:
            done.looked += 1
            if not isinstance(source, Source) or trouble is not None:
                where = source.url if isinstance(source, Source) else source
                done.lost.append((where, trouble or "unknown"))
                continue
            _renew(connection, source, telling, digest, run_id, done, window)


def _renew(
    connection: Connection,
    source: Source,
    telling: Telling | None,
    digest: str,
    run_id: str,
    done: Reprocessed,
    window: timedelta,
) -> None:
    """Write what the new telling changes; a story that a round has changed meanwhile is left for the next time."""
    story = stories.load(connection, source.story_id)
    if story is None or story.version != source.version:
        done.unchanged += 1
        return
    now = system_clock()
    revision = revise(story, telling, now) if telling else None
    if revision is not None and revision.changed:
        done.changed += 1
        done.new_versions += revision.new_version
        if telling is not None and revision.new_version:
            note_effects(done.rules, source.removed, telling.removed)
        _count_topics(story, revision.story, done)
        _keep_sample(_sample(story, revision), done)
    else:
        done.unchanged += 1
    if done.dry_run:
        return
    if telling is not None:
        retell(connection, story, telling, run_id, now, source.fetch_id, window)
        if revision is not None and not revision.changed and telling.topics == story.topics:
            stories.note_topics(connection, story.id, telling.topics)  # the same tags, by the digests of today's rules
    retelling.stamp(connection, story.id, digest)


def _count_topics(before: Story, after: Story, done: Reprocessed) -> None:
    old, new = ({score.topic for score in story.topics if score.tagged} for story in (before, after))
    done.entered.update(new - old)
    done.left.update(old - new)


def _keep_sample(sample: Sample, done: Reprocessed) -> None:
    """Stories that enter or leave a topic take the places of others."""
    if len(done.samples) < MAX_SAMPLES:
        done.samples.append(sample)
    elif sample.topics is not None:
        place = next((n for n, kept in enumerate(done.samples) if kept.topics is None), None)
        if place is not None:
            done.samples[place] = sample


def _sample(before: Story, revision: Revision) -> Sample:
    after = revision.story
    lines = difflib.unified_diff(before.text.splitlines(), after.text.splitlines(), lineterm="", n=0)
    shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    topics = tuple(tuple(t.topic for t in story.topics if t.tagged) for story in (before, after))
    return Sample(
        after.url,
        after.title,
        tuple(shown[:MAX_LINES]),
        (topics[0], topics[1]) if topics[0] != topics[1] else None,
    )
