"""A newsroom that lives on from round to round while faults strike, and what has to be true after each of them.

The site's articles are the truth: whatever happens to a round, the next ones must end with every entry in its state,
every story told once in its newest words, and the index holding exactly that.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger import entries, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import entries as entry_table
from pipeline.adapters.ledger.schema import fetches, runs, versions
from pipeline.model import RecordRef, Story
from tests.faults.zygote import Ended, Zygote
from tests.support.hook import Hook
from tests.support.prose import cut, prose
from tests.support.rounds import settings_of
from tests.support.site import Reply, Site, item, page, rss

OUTLETS = ("agency", "tribune")
STEP = 12.0
"""Hours between rounds: every feed is due again, every retry is."""
LISTED = 24
RECENT = 9
"""Of the listed articles, those that may change: none may leave the list before a round has seen its change."""
CALM = 1
"""Rounds after a fault until all has to be well."""


@dataclass(frozen=True)
class Article:
    """What stands on the site at ``/outlet/number``. ``kind``: how its page behaves."""

    outlet: str
    number: int
    text: str
    wire: int
    kind: str = "page"
    edition: int = 1

    @property
    def path(self) -> str:
        return f"/{self.outlet}/{self.number}"

    @property
    def summary(self) -> str:
        return f"Summary of number {self.number}, edition {self.edition}, as the desk of the {self.outlet} tells it."

    @property
    def told(self) -> str:
        return self.text if self.kind == "page" else self.summary


@dataclass
class Life:
    """``strike`` lets a fault happen to a round and looks what came of it."""

    site: Site
    hook: Hook
    values: dict[str, Any]
    zygote: Zygote
    dice: random.Random
    elasticsearch: Any
    hours: float = 0.0
    articles: dict[str, Article] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    """Paths of articles that no feed lists now, though they are still on the site."""
    pruned: bool = False
    """Pages may have been forgotten, since they are old."""
    numbers: int = 0
    tally: dict[str, list[int]] = field(default_factory=dict)
    """By fault: how often it happened, what was lost, what was doubled."""

    def news(self) -> None:
        """New stories, one with a copy at the other outlet, a change of an old one; some pages behave badly."""
        for outlet in OUTLETS:
            self._add(outlet, prose(self.dice.randrange(10**9), 14))
        wire = self._add("agency", prose(self.dice.randrange(10**9), 24))
        self._add("tribune", cut(wire.text, 2 / 3), wire=wire.wire)
        self._add(self.dice.choice(OUTLETS), "", kind=self.dice.choice(("gone", "closed", "mail")))
        self._change()
        self.publish()

    def _add(self, outlet: str, text: str, kind: str = "page", wire: int | None = None) -> Article:
        self.numbers += 1
        article = Article(outlet, self.numbers, text, wire or self.numbers, kind)
        self.articles[article.path] = article
        return article

    def _change(self) -> None:
        """An article that is still listed gets a paragraph more."""
        able = [a for outlet in OUTLETS for a in self._listed(outlet)[-RECENT:-4] if a.kind == "page" and a.edition < 3]
        if able:
            old = self.dice.choice(able)
            text = f"{old.text}\n{prose(self.dice.randrange(10**9), 2)}"
            self.articles[old.path] = replace(old, text=text, edition=old.edition + 1)

    def _listed(self, outlet: str) -> list[Article]:
        every = [article for article in self.articles.values() if article.outlet == outlet]
        return [article for article in every if article.path not in self.hidden][-LISTED:]

    def publish(self, *, down: bool = False) -> None:
        """Put all on the site; ``down``: pages answer 503."""
        for article in self.articles.values():
            self.site.replies[article.path] = Reply(b"down", 503) if down else self._reply(article)
        for outlet in OUTLETS:
            links = [
                item(self._link(a), f"Number {a.number} of the {a.outlet}", summary=self._summary(a))
                for a in self._listed(outlet)
            ]
            self.site.replies[f"/{outlet}/feed"] = rss(self.site, *links, title=outlet)

    def _reply(self, article: Article) -> Reply:
        if article.kind == "page":
            return page(f"Number {article.number} of the {article.outlet}", *article.text.split("\n"))
        return Reply(b"no", 403 if article.kind == "closed" else 404)

    def _link(self, article: Article) -> str:
        return (
            f"mailto:desk{article.number}@example.org" if article.kind == "mail" else f"{self.site.url}{article.path}"
        )

    def _summary(self, article: Article) -> str:
        return "" if article.kind in ("gone", "mail") else article.summary

    def round(self, job: str = "whole_round", **more: Any) -> Ended:
        """The next round."""
        self.hours += STEP
        return self.zygote.run(job, values=self.values, hours=self.hours, **more)

    def strike(self, fault: str, happen: Callable[[], object], *, between: Callable[[], object] | None = None) -> None:
        """News, a round to which the fault happens, calm, and a look at what was lost or doubled.

        ``between`` is what an operator, or the daily upkeep, has to do after this fault.
        """
        self.news()
        happen()
        self.publish()
        self.recover()
        if between is not None:
            between()
        lost, doubled = self.losses()
        self.tally[fault] = [
            sum(pair) for pair in zip(self.tally.get(fault, [0, 0, 0]), (1, lost, doubled), strict=True)
        ]
        try:
            self.check()
        except AssertionError as error:
            raise AssertionError(f"after the fault: {fault}") from error

    def ruled_anew(self, number: int, **more: Any) -> Ended:
        """``reprocess`` under rules that no telling had yet, if their number is new: all is told again.

        The threshold makes them new. The word that speaks a little against the topic gives stories other scores, so
        their documents change too; none comes onto the topic by it, of which nobody would have been told.
        """
        against = f"against: {{others: {{weight: 0.1, phrases: [{WORDS[number % len(WORDS)]}]}}}}\n"
        rules = TOPIC.replace("0.01", f"0.0{100 + number}") + against
        (Path(self.values["topics"]) / "guarding.yaml").write_text(rules)
        return self.zygote.run("reprocess_with_points", values=self.values, **more)

    def losses(self) -> tuple[int, int]:
        """How many articles are not in the index as they stand on the site, and how many documents are too many."""
        self.elasticsearch("POST", f"/{self.values['index']}/_refresh")
        answer = self.elasticsearch("GET", f"/{self.values['index']}/_search?size=5000&_source=url,text")
        held = Counter((hit["_source"]["url"], hit["_source"]["text"]) for hit in answer["hits"]["hits"])
        wanted = Counter((url, article.told) for url, article in self._told().items())
        return (wanted - held).total(), (held - wanted).total()

    def recover(self) -> None:
        """Rounds without faults, which have to succeed."""
        for _ in range(CALM):
            ended = self.round()
            assert ended.how == "done", ended.value
            assert ended.value["balanced"], ended.value

    def check(self) -> None:
        """Everything that has to be true once calm is back."""
        with Ledger(ledger_url(self.values)) as ledger, ledger.read() as connection:
            assert entries.broken_rows(connection) == []
            self._check_entries(connection)
            held = list(stories.page_after(connection, "", 100_000))
            self._check_stories(held)
            self._check_messages(held)
            self._check_versions(connection, {story.id: story for story in held})
            self._check_archive(connection)
        self._check_index(held)

    def _check_entries(self, connection: Any) -> None:
        wanted = {"page": "stored", "closed": "stored", "gone": "failed", "mail": "rejected"}
        rows = connection.execute(select(entry_table.c.url, entry_table.c.state)).all()
        assert Counter((row.url, row.state) for row in rows) == Counter(
            (self._link(article), wanted[article.kind]) for article in self.articles.values()
        )

    def _told(self) -> dict[str, Article]:
        return {self._link(a): a for a in self.articles.values() if a.kind in ("page", "closed")}

    def _check_stories(self, held: Iterable[Story]) -> None:
        articles = self._told()
        texts = [(story.url, story.text) for story in held]
        assert Counter(texts) == Counter((url, article.told) for url, article in articles.items())
        by_id = {story.id: story for story in held}
        together: dict[str, set[int]] = {}
        for story in held:
            article = articles[story.url]
            together.setdefault(story.cluster_id, set()).add(article.wire)
            assert story.copy_of in (None, story.cluster_id)
            assert by_id[story.cluster_id].copy_of is None
        assert all(len(wires) == 1 for wires in together.values()), "two stories are folded that tell different things"
        assert len(together) == len({article.wire for article in articles.values()}), "copies are not folded"

    def _check_messages(self, held: Iterable[Story]) -> None:
        """The webhook has heard of every report on the topic, be it of its first text or of a copy."""
        told = {row["id"] for body in self.hook.bodies() for row in body.get("stories", ())}
        heard = {story.cluster_id for story in held if story.id in told}
        on_topic = {story.id for story in held if story.copy_of is None and any(t.tagged for t in story.topics)}
        assert on_topic <= heard, "the webhook was not told of a story"

    def _check_versions(self, connection: Any, held: Mapping[str, Story]) -> None:
        told: dict[str, list[Any]] = {}
        for row in connection.execute(select(versions).order_by(versions.c.story_id, versions.c.version)):
            told.setdefault(row.story_id, []).append(row)
        assert told.keys() == held.keys()
        for story_id, rows in told.items():
            assert [row.version for row in rows] == list(range(1, held[story_id].version + 1))
            assert rows[-1].text == held[story_id].text
            assert all(one.text != two.text for one, two in itertools.pairwise(rows)), "a version came twice"

    def _check_archive(self, connection: Any) -> None:
        """Every page that a version was told from can be read."""
        archive = Archive(str(Path(self.values["home"]) / "archive"))
        told = select(fetches.c.file, fetches.c.offset, fetches.c.outcome).where(
            fetches.c.id.in_(select(versions.c.fetch_id)), fetches.c.outcome == "fetched"
        )
        for row in connection.execute(told.order_by(fetches.c.id.desc()).limit(20)):
            if row.file is None and self.pruned:
                continue
            assert archive.read(RecordRef(row.file, row.offset)).raw
        ended = connection.execute(select(runs.c.report).where(runs.c.report.is_not(None))).scalars()
        assert all(report["balanced"] for report in ended)

    def _check_index(self, held: Iterable[Story]) -> None:
        found = self.zygote.run("audit", values=self.values)
        assert found.how == "done", found.value
        assert found.value["clean"], found.value
        answer = self.elasticsearch("GET", f"/{self.values['index']}/_search?size=5000")
        documents = {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}
        copies = Counter(story.copy_of for story in held if story.copy_of is not None)
        assert {name: found["copies"] for name, found in documents.items() if "copies" in found} == copies
        assert {story.id: (story.text, story.cluster_id, story.copy_of) for story in held} == {
            name: (found["text"], found["cluster_id"], found.get("copy_of")) for name, found in documents.items()
        }


def ledger_url(values: Mapping[str, Any]) -> str:
    given = values.get("database_url")
    return str(given) if given else f"sqlite:///{Path(values['home']) / 'ledger.sqlite'}"


def begin(site: Site, hook: Hook, home: Path, zygote: Zygote, elasticsearch: Any, seed: int, **settings: Any) -> Life:
    """A life that has had its first two rounds."""
    life = found(site, hook, home, zygote, elasticsearch, seed, **settings)
    for _ in range(2):
        life.news()
        ended = life.round()
        assert ended.how == "done", ended.value
    life.recover()
    life.check()
    return life


def found(site: Site, hook: Hook, home: Path, zygote: Zygote, elasticsearch: Any, seed: int, **settings: Any) -> Life:
    """A newsroom of two outlets, before anything has happened."""
    topics = home / "topics"
    topics.mkdir(parents=True)
    (topics / "guarding.yaml").write_text(TOPIC)
    urls = [f"{site.url}/{outlet}/feed" for outlet in OUTLETS]
    made = settings_of(home, urls)
    values = {
        "home": home,
        "feeds": made.feeds,
        "topics": topics,
        "allow_hosts": "127.0.0.1",
        "host_delay": 0,
        "webhook_url": hook.url,
        **settings,
    }
    return Life(site, hook, values, zygote, random.Random(seed), elasticsearch)


WORDS = ("crossed", "rebuilt", "visited", "counted", "closed", "measured")
"""Such as stories have (``prose``)."""

TOPIC = """
name: Guarding
description: Stories in which something is guarded.
threshold: 0.01
references: [{title: "They guarded it", text: "They guarded the harbour at dusk."}]
groups: {terms: {guards: [guarded], hours: [dusk, dawn]}}
subject: {guards: 1}
together: [{hours: 1}]
"""
