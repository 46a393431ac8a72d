"""What an entry, with or without its page, has to say about a story."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.flows.checked_rules import load_rules
from pipeline.model import Entry
from pipeline.stages.judge_page import Page
from pipeline.stages.revise import Telling
from pipeline.stages.tell import MAX_SUMMARY, processing_digest, tell

RULES = load_rules()
NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
FIRST = "The ferry left the island before dawn with forty people on board, the harbour master said on Friday."
SECOND = "By noon the storm had passed and the boats were back, but nobody had counted the crates on the quay."
THIRD = "The council wants to know who had given the order to sail, and why the radio mast was still down."
STORY = f"{FIRST}\n{SECOND}\n{THIRD}"
NOTICE = "Before you go on, please choose how this service and those who work with it may store what you do here."
ENTRY = Entry(
    guid="quay-1",
    url="https://quay.example/ferry?utm_source=feed",
    title="Ferry leaves the island",
    summary=f"<p>{FIRST}</p><p>The post Ferry leaves the island appeared first on The Quay.</p>",
    authors=("Omar Feld",),
    published_at=NOW - timedelta(hours=3),
)


def page(*texts: str, head: str = "<title>Ferry leaves the island at dawn</title>", url: str | None = None) -> Page:
    body = "".join(f"<p>{text}</p>" for text in texts)
    html = f"<html lang='en'><head>{head}</head><body><article>{body}</article></body></html>"
    return Page(html.encode(), url or "https://quay.example/ferry", "utf-8")


def told(entry: Entry = ENTRY, found: Page | None = None, language: str | None = None) -> Telling:
    telling = tell("quay", language, entry, found, NOW, RULES, ())
    assert telling is not None
    return telling


def test_a_page_tells_the_story() -> None:
    head = (
        '<title>Ferry leaves the island at dawn</title><meta name="author" content="Dana Whitlock">'
        '<link rel="canonical" href="https://quay.example/world/ferry">'
    )
    telling = told(found=page(FIRST, "Advertisement", SECOND, THIRD, head=head))
    assert telling.feed_id == "quay"
    assert telling.url == "https://quay.example/world/ferry"
    assert telling.title == "Ferry leaves the island at dawn"
    assert telling.text == STORY
    assert telling.summary == FIRST
    assert telling.authors == ("Dana Whitlock",)
    assert telling.language == "en"
    assert telling.published_at == ENTRY.published_at
    assert telling.content_source == "page"
    assert [removal.rule for removal in telling.removed] == ["advertisement"]
    assert telling.rules_digest == processing_digest(RULES, ())


def test_without_a_page_the_feed_tells_the_story() -> None:
    telling = told()
    assert telling.url == "https://quay.example/ferry"
    assert telling.title == ENTRY.title
    assert telling.text == FIRST
    assert telling.authors == ENTRY.authors
    assert telling.content_source == "feed"
    assert [removal.rule for removal in telling.removed] == ["appeared-first"]


def test_the_content_of_an_entry_goes_before_its_summary() -> None:
    telling = told(replace(ENTRY, content=f"<p>{FIRST}</p><p>{SECOND}</p>", summary="<p>A ferry left.</p>"))
    assert telling.text == f"{FIRST}\n{SECOND}"
    assert telling.summary == "A ferry left."


def test_the_stub_of_a_paywall_gives_way_to_the_feeds_text() -> None:
    entry = replace(ENTRY, content="".join(f"<p>{line}</p>" for line in STORY.splitlines()))
    telling = told(entry, page(FIRST, url="https://quay.example/wall"))
    assert (telling.text, telling.content_source) == (STORY, "feed")
    assert telling.url == "https://quay.example/ferry"


def test_a_page_a_little_shorter_than_the_feed_is_still_the_page() -> None:
    entry = replace(ENTRY, content=f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p><p>One more line of five words.</p>")
    assert told(entry, page(FIRST, SECOND, THIRD)).content_source == "page"


def test_a_notice_in_place_of_the_story_gives_way_to_the_feeds_text() -> None:
    telling = told(found=page(NOTICE, NOTICE.upper(), head="<title>The Quay</title>"))
    assert (telling.text, telling.title, telling.content_source) == (FIRST, ENTRY.title, "feed")


def test_where_the_feed_has_no_words_a_short_page_tells_the_story() -> None:
    assert told(replace(ENTRY, summary=""), page(NOTICE)).content_source == "page"


def test_a_long_page_may_tell_it_in_other_words() -> None:
    telling = told(found=page(*[f"{NOTICE} {number}" for number in range(12)]))
    assert telling.content_source == "page"


def test_an_empty_page_gives_way_to_the_feeds_text() -> None:
    assert told(found=page()).content_source == "feed"


def test_without_any_text_there_is_no_telling() -> None:
    assert tell("quay", None, replace(ENTRY, summary=""), None, NOW, RULES, ()) is None
    assert tell("quay", None, replace(ENTRY, summary=""), page(), NOW, RULES, ()) is None


def test_without_any_address_there_is_no_telling() -> None:
    assert tell("quay", None, replace(ENTRY, url=None), None, NOW, RULES, ()) is None


def test_a_guid_may_be_the_only_link() -> None:
    assert told(replace(ENTRY, url=None, guid="https://quay.example/?p=7")).url == "https://quay.example/?p=7"


def test_the_address_of_the_page_will_do_where_the_feed_gives_none() -> None:
    assert told(replace(ENTRY, url=None), page()).url == "https://quay.example/ferry"


def test_a_canonical_address_on_another_site_is_not_believed() -> None:
    head = '<link rel="canonical" href="https://elsewhere.example.org/ferry">'
    assert told(found=page(FIRST, SECOND, head=head)).url == "https://quay.example/ferry"


def test_a_page_without_a_headline_takes_the_feeds() -> None:
    assert told(found=page(FIRST, SECOND, head="")).title == ENTRY.title


def test_authors_of_the_feed_stand_in_where_the_page_names_none() -> None:
    assert told(found=page(FIRST, SECOND)).authors == ("Omar Feld",)


PAGE_TIME = "<meta property='article:published_time' content='2024-10-20T08:00:00Z'>"


@pytest.mark.parametrize(
    ("stated", "head", "believed"),
    [
        (NOW - timedelta(days=2), PAGE_TIME, NOW - timedelta(days=2)),
        (NOW + timedelta(hours=23), PAGE_TIME, NOW + timedelta(hours=23)),
        (NOW + timedelta(days=2), PAGE_TIME, datetime(2024, 10, 20, 8, tzinfo=UTC)),
        (None, PAGE_TIME, datetime(2024, 10, 20, 8, tzinfo=UTC)),
        (None, PAGE_TIME.replace("2024", "2031"), None),
        (None, "", None),
    ],
)
def test_times_far_in_the_future_are_not_believed(
    stated: datetime | None, head: str, believed: datetime | None
) -> None:
    assert told(replace(ENTRY, published_at=stated), page(FIRST, SECOND, head=head)).published_at == believed


def test_the_language_is_the_pages_then_the_feed_lists_then_that_of_the_words() -> None:
    french = page(FIRST, SECOND)
    assert told(found=french, language="fr").language == "en"
    assert told(language="fr").language == "fr"
    assert told().language == "en"


def test_a_long_summary_is_cut_at_a_word() -> None:
    telling = told(replace(ENTRY, summary=f"<p>{'harbour ' * 400}</p>"))
    assert len(telling.summary) <= MAX_SUMMARY
    assert telling.summary.endswith("harbour…")


def test_a_summary_is_one_line() -> None:
    assert told(replace(ENTRY, summary=f"<p>{FIRST}</p><p>{SECOND}</p>")).summary == f"{FIRST} {SECOND}"
