"""Lines that return on a site's stories: learnt in one round, used in the next, repeated by ``reprocess``."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger import site_blocks, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.explain import explain
from pipeline.flows.filters import EXTRACT, run_filter
from pipeline.flows.recorder import Recorder
from pipeline.flows.reprocess import reprocess
from pipeline.flows.site_memory import MOST_LEARNT, SiteMemory
from pipeline.model import Story
from pipeline.settings import Settings
from pipeline.stages.clean import Block, traits_of
from pipeline.stages.clean.site_lines import SiteLines
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

NOTICE = "Harbour Ledger is a member of the Coastal Press Council."


def publish(site: Site, numbers: range) -> None:
    for number in numbers:
        site.replies[f"/story/{number}"] = page(
            f"Story {number}", words(number), words(number + 100), words(number + 200), NOTICE
        )
    site.replies["/feed"] = rss(site, *[item(f"{site.url}/story/{n}", f"Story {n}", summary="") for n in numbers])


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Three stories of one round, one more of a later one; the site has closed since."""
    with open_site() as site:
        made = settings_of(tmp_path, [f"{site.url}/feed"], elasticsearch_url="http://127.0.0.1:9")
        publish(site, range(1, 4))
        collect_at(made)
        publish(site, range(4, 5))
        collect_at(made, 24)
    yield made


def told(settings: Settings) -> list[Story]:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        ids = [row[0] for row in stories.all_revisions(connection)]
        return sorted(stories.load_many(connection, ids).values(), key=lambda story: story.title)


def silent(_message: str) -> None:
    """Nobody listens."""


def test_a_round_uses_what_earlier_rounds_have_learnt(settings: Settings) -> None:
    assert [NOTICE in story.text for story in told(settings)] == [True, True, True, False]


def test_explain_shows_the_line_its_rule_and_what_was_known(settings: Settings) -> None:
    last = explain(settings, told(settings)[3].id)
    assert {"text": NOTICE, "rule": "site-repeat"} in last.removed
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        known = site_blocks.snapshot(connection, last.versions[0]["site_snapshot"])
        assert len(known.uses) == 1
        assert site_blocks.snapshot(connection, explain(settings, told(settings)[0].id).versions[0]["site_snapshot"])


def test_reprocess_repeats_what_was_known_then(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stages.tell.METHOD", 1000)
    before = told(settings)
    done = reprocess(settings, silent)
    assert (done.looked, done.changed, done.lost) == (4, 0, [])
    assert told(settings) == before


NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)


def learnt(folder: Path, **limit: int) -> tuple[list[SiteLines], int]:
    """What the ledger holds of two sites after one round has told more stories of each than it learns from, and how
    much of it was there before the round ended."""
    memory = SiteMemory(**limit)
    early = 0

    async def tell_all(ledger: Ledger) -> None:
        nonlocal early
        async with Recorder(ledger, Archive(str(folder / "raw"))) as recorder:
            for number in range(MOST_LEARNT + 5):
                for site in ("ledger.example", "post.example"):
                    lines = traits_of([Block(words(number)), Block(words(number + 100)), Block(NOTICE)])
                    await memory.learn(f"https://{site}/{number}", lines, recorder, lambda: NOON)
        with ledger.read() as connection:
            early = site_blocks.load(connection, "post.example").stories
        with ledger.write() as connection:
            memory.save(connection, lambda: NOON)

    folder.mkdir()
    with Ledger(f"sqlite:///{folder}/ledger.db") as ledger:
        asyncio.run(tell_all(ledger))
        with ledger.read() as connection:
            return [site_blocks.load(connection, site) for site in ("ledger.example", "post.example")], early


def test_what_a_round_learns_is_written_before_it_fills_the_memory(tmp_path: Path) -> None:
    at_the_end, nothing = learnt(tmp_path / "whole")
    in_pieces, early = learnt(tmp_path / "pieces", most_bytes=500)
    assert nothing == 0
    assert 0 < early < MOST_LEARNT
    assert in_pieces == at_the_end
    assert [lines.stories for lines in in_pieces] == [MOST_LEARNT, MOST_LEARNT]


def html(number: int) -> str:
    paragraphs = "".join(f"<p>{words(number + part)}</p>" for part in (0, 100, 200))
    return f"<html><body><article><h1>Story {number}</h1>{paragraphs}<p>{NOTICE}</p></article></body></html>"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stream_of_pages_is_cleaned_by_what_came_before(jobs: int) -> None:
    lines = [
        json.dumps({"id": n, "url": f"https://ledger.example/{n}", "html": html(n)}).encode() + b"\n"
        for n in range(1, 7)
    ]
    pieces = iter([b"".join(lines), b""])
    answers = [json.loads(a) for some in run_filter(EXTRACT, lambda _: next(pieces), jobs) for a in some]
    assert [answer["id"] for answer in answers] == list(range(1, 7))
    assert [NOTICE in answer["text"] for answer in answers] == [True, True] + [False] * 4
    assert answers[5]["removed"] == [{"text": NOTICE, "rule": "site-repeat"}]
    assert set(answers[5]) == {"id", "title", "text", "authors", "published_at", "language", "removed", "seconds"}
