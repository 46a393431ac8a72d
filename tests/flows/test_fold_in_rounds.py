"""Copies that arrive in real rounds over a real site: one cluster, one head, and what happens when texts change."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.adapters.ledger import outbox, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.explain import explain
from pipeline.model import Story
from pipeline.settings import Settings
from tests.support.prose import cut, prose, sentences
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss

WIRE = prose(1, 30)
NOTICE = (
    "The health ministry said on {day} that {dead} people had been killed and {hurt} wounded across the northern "
    "districts. The dead were brought to {places} hospitals, it said in its daily notice, and many were still under "
    "the rubble where ambulances could not reach them. The total since the beginning of the fighting has risen to "
    "{total} killed, according to the ministry, which does not tell fighters from civilians, and it called on families "
    "to register the missing through its form. It also asked for blood donations and said that {trucks} trucks came."
)


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Settings:
    return settings_of(tmp_path, [f"{site.url}/{outlet}/feed" for outlet in ("agency", "tribune", "journal")])


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def publish(site: Site, texts: Mapping[str, str], hour: int = 9) -> None:
    """Each text on a page of its outlet (``tribune/raid``), listed in that outlet's feed, published in this order."""
    links: dict[str, list[str]] = {"agency": [], "tribune": [], "journal": []}
    for minute, (name, text) in enumerate(texts.items()):
        headline = name.replace("/", " tells of the ") + f" in {len(text)} letters"
        site.replies[f"/{name}"] = page(headline, *text.split("\n"))
        date = f"Mon, 21 Oct 2024 {hour:02d}:{minute:02d}:00 GMT"
        # The summary names the text's length, so that a changed page is a changed entry, which is fetched again.
        links[name.partition("/")[0]].append(item(f"{site.url}/{name}", headline, summary=f"{len(text)}", date=date))
    for outlet, items in links.items():
        site.replies[f"/{outlet}/feed"] = rss(site, *items, title=outlet)


def told(settings: Settings) -> dict[str, Story]:
    """Every story by the path of its page; all of them wait for the index as they are."""
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        ids = [row[0] for row in stories.all_revisions(connection)]
        every = stories.load_many(connection, ids)
        assert {story.id: story for story in outbox.batch(connection, "", 100)} == every
    assert all(every[story.cluster_id].copy_of is None for story in every.values())
    assert all(story.copy_of in (None, story.cluster_id) for story in every.values())
    return {story.url.split("/", 3)[3]: story for story in every.values()}


def heads(settings: Settings) -> dict[str, str]:
    """The path of each story's page → that of its head."""
    every = told(settings)
    names = {story.id: name for name, story in every.items()}
    return {name: names[story.copy_of or story.id] for name, story in every.items()}


def test_three_outlets_form_one_cluster_headed_by_the_first_and_a_look_alike_stays_out(
    site: Site, settings: Settings
) -> None:
    monday = NOTICE.format(day="Monday", dead=41, hurt=127, places=6, total="2,418", trucks=15)
    tuesday = NOTICE.format(day="Tuesday", dead=38, hurt=96, places=4, total="2,456", trucks=22)
    publish(
        site,
        {
            "agency/raid": WIRE,
            "agency/notice": monday,
            "tribune/raid": cut(WIRE, 2 / 3),
            "journal/raid": "PORTVALE (Agency) — " + WIRE + "\nThe council is to meet on Thursday.",
            "tribune/notice": tuesday,
        },
    )
    collect_at(settings)
    assert heads(settings) == {
        "agency/raid": "agency/raid",
        "tribune/raid": "agency/raid",
        "journal/raid": "agency/raid",
        "agency/notice": "agency/notice",
        "tribune/notice": "tribune/notice",
    }


def test_a_reprint_of_a_later_round_joins_the_cluster(site: Site, settings: Settings) -> None:
    publish(site, {"agency/raid": WIRE})
    collect_at(settings)
    publish(site, {"agency/raid": WIRE, "tribune/raid": cut(WIRE, 2 / 3)})
    collect_at(settings, hours=1)
    assert heads(settings) == {"agency/raid": "agency/raid", "tribune/raid": "agency/raid"}
    head = told(settings)["agency/raid"]
    assert (head.version, head.revision) == (1, 2), "the head has a copy to tell of"


def test_a_head_that_becomes_another_story_leaves_a_valid_cluster(site: Site, settings: Settings) -> None:
    texts = {"agency/raid": WIRE, "tribune/raid": cut(WIRE, 2 / 3), "journal/raid": WIRE}
    publish(site, texts)
    collect_at(settings)
    publish(site, texts | {"agency/raid": prose(2, 31)})
    collect_at(settings, hours=1)
    assert heads(settings) == {
        "agency/raid": "agency/raid",
        "tribune/raid": "tribune/raid",
        "journal/raid": "tribune/raid",
    }
    assert told(settings)["tribune/raid"].version == 1


def test_a_head_that_grows_keeps_its_copies_but_for_one_that_becomes_another_story(
    site: Site, settings: Settings
) -> None:
    texts = {"agency/raid": WIRE, "tribune/raid": WIRE, "journal/raid": WIRE}
    publish(site, texts)
    collect_at(settings)
    before = told(settings)["journal/raid"]
    grown = WIRE + "\n" + " ".join(sentences(5, 3))
    publish(site, texts | {"agency/raid": grown, "tribune/raid": prose(2, 31)})
    collect_at(settings, hours=1)
    assert heads(settings) == {
        "agency/raid": "agency/raid",
        "tribune/raid": "tribune/raid",
        "journal/raid": "agency/raid",
    }
    assert told(settings)["journal/raid"] == before


def test_a_first_story_whose_text_comes_late_heads_the_reprints_that_had_it_before(
    site: Site, settings: Settings
) -> None:
    publish(site, {"agency/raid": prose(2, 31)})
    collect_at(settings)
    publish(site, {"agency/raid": prose(2, 31), "tribune/raid": WIRE, "journal/raid": cut(WIRE, 2 / 3)})
    collect_at(settings, hours=1)
    publish(site, {"agency/raid": WIRE, "tribune/raid": WIRE, "journal/raid": cut(WIRE, 2 / 3)})
    collect_at(settings, hours=2)
    assert set(heads(settings).values()) == {"agency/raid"}


def test_a_story_is_explained_with_its_cluster_and_what_each_one_is_to_an_earlier_one(
    site: Site, settings: Settings
) -> None:
    texts = {"agency/raid": WIRE, "tribune/raid": cut(WIRE, 2 / 3), "journal/raid": prose(9, 12) + "\n" + WIRE}
    publish(site, texts)
    collect_at(settings)
    ids = {name: story.id for name, story in told(settings).items()}
    explained = explain(settings, f"{site.url}/tribune/raid").cluster
    assert [(row["id"], row["relation"], row["like"]) for row in explained] == [
        (ids["agency/raid"], "new", None),
        (ids["tribune/raid"], "copy", ids["agency/raid"]),
        (ids["journal/raid"], "update", ids["agency/raid"]),
    ]
    assert all(row["similarity"] > 0.9 for row in explained[1:])
