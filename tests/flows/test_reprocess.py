"""Today's rules over yesterday's pages, without the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.config.topics import load_topics
from pipeline.flows import reprocess as flow
from pipeline.flows.reprocess import Reprocessed, reprocess
from pipeline.flows.rule_effects import RuleEffect
from pipeline.model import Story
from pipeline.settings import Settings
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words

COUNT = 3
TOPIC = """
name: Wars at sea
description: Stories about {word}.
threshold: 0.01
references: [{{title: "The {word} sails", text: "The {word} sailed from the harbour to the river."}}]
groups: {{terms: {{ships: [{word}], water: [officials, officers]}}}}
subject: {{ships: 1}}
together: [{{water: 1}}]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Three stories told from pages and one from its feed, all under the first rules; the site has closed since."""
    topics = tmp_path / "topics"
    topics.mkdir()
    (topics / "sea.yaml").write_text(TOPIC.format(word="submarine"))
    with open_site() as site:
        publish(site)
        made = settings_of(tmp_path, [f"{site.url}/feed"], topics=topics, elasticsearch_url="http://127.0.0.1:9")
        collect_at(made)
    yield made


def publish(site: Site) -> None:
    for number in range(1, COUNT + 1):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
    site.replies[f"/story/{COUNT + 1}"] = Reply(b"no", 403)
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=words(n + 200)) for n in range(1, COUNT + 2)]
    site.replies["/feed"] = rss(site, *links)


def other_rules(settings: Settings) -> None:
    """From now on the topic is one that every story is about."""
    (settings.topics / "sea.yaml").write_text(TOPIC.format(word="report"))


def told(settings: Settings) -> list[Story]:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        ids = [row[0] for row in stories.all_revisions(connection)]
        return sorted(stories.load_many(connection, ids).values(), key=lambda story: story.url)


def silent(_message: str) -> None:
    """Nobody listens."""


def test_unchanged_rules_cost_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_work(*_: object) -> None:
        raise AssertionError("workers were started")

    monkeypatch.setattr(flow, "_workers", no_work)
    assert reprocess(settings, silent).looked == 0


def test_what_enters_and_leaves_a_topic_is_counted_and_shown(settings: Settings) -> None:
    other_rules(settings)
    done = reprocess(settings, silent, dry_run=True)
    tagged = {story.url for story in told(settings) if any(score.tagged for score in story.topics)}
    assert done.entered["sea"] == COUNT + 1 - len(tagged)
    assert done.left == {}
    assert sum(sample.topics == ((), ("sea",)) for sample in done.samples) == done.entered["sea"] > 0


def test_tags_that_stay_the_same_carry_the_digest_of_the_new_rules(settings: Settings) -> None:
    file = settings.topics / "sea.yaml"
    before = told(settings)
    file.write_text(file.read_text().replace("Stories about submarine.", "Stories about submarines."))
    assert reprocess(settings, silent).changed == 0
    (topic,) = load_topics(settings.topics)
    after = told(settings)
    assert after == before
    assert {score.rules for story in after for score in story.topics} == {topic.digest}
    assert {score.rules for story in before for score in story.topics} != {topic.digest}


def test_other_rules_make_new_revisions_without_the_network(settings: Settings) -> None:
    before = told(settings)
    other_rules(settings)
    done = reprocess(settings, silent)
    assert (done.looked, done.changed, done.new_versions, done.lost) == (COUNT + 1, COUNT + 1, 0, [])
    assert done.waiting == COUNT + 1
    for old, new in zip(before, told(settings), strict=True):
        assert (new.revision, new.version, new.text) == (old.revision + 1, old.version, old.text)
        assert [topic.tagged for topic in new.topics] == [True]
    assert reprocess(settings, silent).looked == 0


def test_a_dry_run_shows_what_would_change_and_writes_nothing(settings: Settings) -> None:
    before = told(settings)
    other_rules(settings)
    done = reprocess(settings, silent, dry_run=True)
    assert (done.changed, len(done.samples)) == (COUNT + 1, COUNT + 1)
    assert done.samples[0].topics == ((), ("sea",))
    assert told(settings) == before


def test_what_cannot_be_told_again_is_named_and_stays_as_it_is(settings: Settings) -> None:
    before = told(settings)
    other_rules(settings)
    for file in (settings.home / "archive").rglob("*.warc"):
        file.write_bytes(file.read_bytes().replace(b"WARC/1.1", b"garbage!"))
    done = reprocess(settings, silent)
    assert (done.looked, done.changed, len(done.lost)) == (COUNT + 1, 1, COUNT)
    assert all("archive record" in reason for _, reason in done.lost)
    assert [story.text for story in told(settings)] == [story.text for story in before]


def test_an_interrupted_one_goes_on_where_it_stopped(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    other_rules(settings)
    monkeypatch.setattr(flow, "PAGE", 1)

    def interrupt(_what: str, done: int, _all: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reprocess(settings, silent, watch=interrupt)
    assert reprocess(settings, silent).looked == COUNT + 1 - 2


def test_counts_add_up(settings: Settings) -> None:
    other_rules(settings)
    done: Reprocessed = reprocess(settings, silent)
    assert done.looked == done.unchanged + done.changed + len(done.lost)


def test_a_dry_run_tells_for_each_rule_what_it_would_change(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(settings)
    rules = settings.home / "rules.yaml"
    rules.write_text("rules:\n- {id: ads, where: anywhere, pattern: advertisement, match: [Advertisement]}\n")
    monkeypatch.setattr("pipeline.flows.configuration.BOILERPLATE", rules)
    done = reprocess(settings, silent, dry_run=True)
    assert done.new_versions == COUNT
    assert done.rules == {"subscribe": RuleEffect(COUNT, 0, COUNT, ["+ Subscribe to our newsletter"])}
    assert told(settings) == before
