"""A word that stands only in the headline of another story, beside this one, must not find this one."""

from pathlib import Path

import pytest

from pipeline.adapters.search_index.records import SearchQuery
from pipeline.flows import round as flow
from pipeline.flows.explain import explain
from pipeline.flows.index import open_index
from pipeline.settings import Settings
from tests.support.rounds import NOON, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

ASIDES = {
    "narwhal": "See also: Narwhal seen off the cape",
    "walrus": "Read more: Why the walrus left the bay",
    "osprey": '<a href="/o">Osprey nests again on the mast</a>',
    "cormorant": "Related stories</p><p><a href='/c'>Cormorant count begins on Monday</a>",
}


@pytest.fixture
def settings(tmp_path: Path, elasticsearch_url: str, prefix: str) -> Settings:
    with open_site() as site:
        publish(site)
        made = settings_of(tmp_path, [f"{site.url}/feed"], elasticsearch_url=elasticsearch_url, index=prefix)
        run_id = flow.plan(made, NOON)
        flow.collect(made, run_id)
        flow.deliver(made, run_id)
    return made


def publish(site: Site) -> None:
    site.replies["/story/1"] = page(
        "Convoy leaves harbour",
        words(1),
        ASIDES["narwhal"],
        words(2),
        ASIDES["walrus"],
        words(3),
        ASIDES["cormorant"],
        ASIDES["osprey"],
    )
    summary = "A convoy of eleven ships has left. See also: Pelican on the pier"
    site.replies["/feed"] = rss(site, item(f"{site.url}/story/1", "Convoy leaves harbour", summary=summary))


def silent(_message: str) -> None:
    """Nobody listens."""


def found(settings: Settings, text: str) -> int:
    with open_index(settings, silent) as index:
        return index.search(SearchQuery(text)).total


def test_a_word_of_another_storys_headline_finds_nothing(settings: Settings) -> None:
    assert found(settings, "convoy") == 1
    assert {word: found(settings, word) for word in ASIDES} == dict.fromkeys(ASIDES, 0)


def test_what_was_taken_off_is_told_by_explain_with_its_rule(settings: Settings) -> None:
    with open_index(settings, silent) as index:
        story = index.search(SearchQuery("convoy")).hits[0]
    removed = {removal["text"]: removal["rule"] for removal in explain(settings, str(story.document["url"])).removed}
    assert removed["See also: Narwhal seen off the cape"] == "see-also"
    assert removed["Read more: Why the walrus left the bay"] == "read-more"
