"""Walls between a program and what it asked for are told by the marks of the products that make them."""

import pytest

from pipeline.model import FetchFailure
from pipeline.stages.judge_feed import instead_of_feed, judge_feed
from pipeline.stages.judge_page import Page, judge_page
from pipeline.stages.wall import says_little, wall
from tests.support.exchanges import exchange

WALLS = [
    (
        b"<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript</noscript>",
        "bot_challenge",
    ),
    (b"<html><script>window._cf_chl_opt={cvId:'3'}</script><body>Checking", "bot_challenge"),
    (b"<html><body><iframe src='/_Incapsula_Resource?x=1'></iframe></body></html>", "bot_challenge"),
    (b"<html><body><form><div class='g-recaptcha' data-sitekey=x></div></form></body></html>", "captcha"),
    (b"<html><body><img src='/captcha.png'><input name=code></body></html>", "captcha"),
    (b"<html><body><h1>Log in</h1><form><input name=u><input type='password' name=p></form>", "login_page"),
]
STORY = b"<p>" + b" word" * 400 + b"</p>"


@pytest.mark.parametrize(("body", "name"), WALLS)
def test_each_kind_of_wall_has_its_name_at_a_feeds_address_and_at_a_pages(body: bytes, name: str) -> None:
    answer = exchange(200, body, content_type="text/html")
    assert wall(answer) == name
    assert instead_of_feed(answer, "html", "a web page").kind == name
    judged = judge_page(answer)
    assert isinstance(judged, FetchFailure)
    assert (judged.kind, judged.temporary) == (name, False)


@pytest.mark.parametrize(("body", "name"), WALLS)
def test_marks_are_told_in_capitals_too(body: bytes, name: str) -> None:
    assert wall(exchange(200, body.upper(), content_type="text/html")) == name


def test_words_of_scripts_are_not_read_whatever_the_case_of_their_tags() -> None:
    assert says_little(b"<p>Prove it<SCRIPT>" + b"a word " * 400 + b"</Script\n>and <b>go</b> on")
    assert not says_little(b"<p>Prove it<script>x</SCRIPT>" + b"a word " * 400)


@pytest.mark.parametrize("body", [body for body, _ in WALLS])
def test_an_article_with_the_same_marks_is_an_article(body: bytes) -> None:
    answer = exchange(200, body + STORY, content_type="text/html")
    assert wall(answer) is None
    assert isinstance(judge_page(answer), Page)


def test_an_article_whose_words_begin_behind_long_scripts_is_an_article() -> None:
    scripts = b"<script>load('https://www.example.org/recaptcha/api.js');" + b"x=1;" * 100_000 + b"</script>"
    assert wall(exchange(200, b"<html>" + scripts + STORY, content_type="text/html")) is None
    assert wall(exchange(200, b"<html>" + scripts + b"<p>Prove it", content_type="text/html")) == "captcha"


def test_a_header_tells_a_challenge_whatever_the_status() -> None:
    for status in (200, 202, 403, 503):
        answer = exchange(status, b"", cf_mitigated="challenge")
        judged = judge_feed(answer)
        assert isinstance(judged, FetchFailure)
        assert judged.kind == ("empty_feed" if status == 200 else "bot_challenge")


def test_any_other_page_keeps_the_parsers_word() -> None:
    failure = instead_of_feed(exchange(200, b"<html><body>Maintenance</body></html>"), "html", "a web page")
    assert (failure.kind, failure.detail, failure.temporary) == ("html", "a web page", True)


@pytest.mark.parametrize("junk", [b"<" * 200_000, b"<script" * 30_000, b"<input " * 30_000, b"<a captch" * 20_000])
def test_hostile_bytes_take_no_time(junk: bytes) -> None:
    assert wall(exchange(200, junk)) in (None, "captcha")
