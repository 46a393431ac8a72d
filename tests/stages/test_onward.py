"""Pages that only lead on are told from those that were meant."""

import pytest

from pipeline.stages.judge_page import Page
from pipeline.stages.onward import onward, tells

HERE = "https://www.example.org/news/1"
STORY = "<p>" + "word " * 200
AMP = "<!doctype html><html ⚡ lang=en><head><link rel=canonical href='{}'></head>"


def led(head: str, url: str = HERE) -> str | None:
    return onward(Page(head.encode(), url, None))


def refresh(content: str) -> str:
    return f'<html><head><meta http-equiv="Refresh" content="{content}"></head>'


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/story/1", "https://www.example.org/story/1"),
        ("0;URL='https://example.org/story/1'", "https://example.org/story/1"),
        ("5, https://news.example.org/story/1?a=1&amp;b=2", "https://news.example.org/story/1?a=1&b=2"),
        ("0; url=/news/1", None),
        ("0; url=https://elsewhere.net/", None),
        ("0; url=javascript:alert(1)", None),
        ("300; url=/story/1", None),
        ("300", None),
        ("", None),
    ],
)
def test_a_meta_refresh_leads_on_within_its_site(content: str, target: str | None) -> None:
    assert led(refresh(content)) == target


def test_a_page_without_a_story_is_no_story() -> None:
    assert not tells(Page(refresh("0; url=/story/1").encode(), HERE, None))
    assert tells(Page(STORY.encode(), HERE, None))


@pytest.mark.parametrize("around", ["<!--[if lte IE 9]>{}<![endif]-->", "<!-- {} -->", "<!-- {}"])
def test_what_stands_in_a_comment_leads_nowhere(around: str) -> None:
    assert led(around.format(refresh("1; url=/unsupported"))) is None


def test_a_page_with_its_story_is_not_left_for_what_browsers_without_scripts_are_told() -> None:
    told = f"<NoScript>{refresh('0; url=/no-scripts')}</noscript>"
    assert led(told) == "https://www.example.org/no-scripts"
    assert led(told + STORY) is None
    assert led(told + refresh("0; url=/story/1") + STORY) == "https://www.example.org/story/1"


@pytest.mark.parametrize("mark", ["amp", "⚡", "amp lang=en", "lang=en amp=''", "⚡="])
def test_an_amp_page_leads_to_its_canonical_one(mark: str) -> None:
    page = f"<!doctype html><html {mark}><head><link rel='canonical' href='/story/1'></head>"
    assert led(page) == "https://www.example.org/story/1"
    assert tells(Page(page.encode(), HERE, None))


def test_the_tag_for_old_browsers_does_not_hide_that_of_an_amp_page() -> None:
    page = "<!--[if lt IE 9]><html class=old><![endif]--><HTML AMP><head><link rel=canonical href=/story/1></head>"
    assert led(page) == "https://www.example.org/story/1"


def test_the_canonical_address_of_any_other_page_is_not_asked() -> None:
    assert led("<html class=amplified><head><link rel=canonical href=/story/1></head>") is None


def test_an_amp_page_of_another_site_stays() -> None:
    assert led(AMP.format("https://elsewhere.net/story/1")) is None


@pytest.mark.parametrize(
    "junk",
    [b"<meta " * 20_000, b"<" * 100_000, b"<html " + b"a=b " * 30_000, b"\xff\xfe<\0m\0e\0", b"<!--refresh" * 20_000],
)
def test_hostile_pages_lead_nowhere_and_take_no_time(junk: bytes) -> None:
    assert onward(Page(junk, HERE, None)) is None
