"""What an answer for an article page is worth."""

import pytest

from pipeline.model import FetchFailure
from pipeline.stages.judge_page import Page, judge_page
from tests.support.exchanges import exchange

HTML = b"<!doctype html><html><p>Rockets fell.</p></html>"


@pytest.mark.parametrize("stated", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml", ""])
def test_html_is_a_page(stated: str) -> None:
    page = judge_page(exchange(200, HTML, url="https://example.org/a", content_type=stated))
    assert isinstance(page, Page)
    assert (page.html, page.url) == (HTML, "https://example.org/a")


def test_html_without_a_stated_type_is_a_page() -> None:
    assert isinstance(judge_page(exchange(200, HTML)), Page)


def test_html_sent_as_plain_text_is_a_page_and_real_plain_text_is_none() -> None:
    assert isinstance(judge_page(exchange(200, HTML, content_type="text/plain")), Page)
    failure = judge_page(exchange(200, b"just words", content_type="text/plain"))
    assert isinstance(failure, FetchFailure)
    assert failure.kind == "not_html"


@pytest.mark.parametrize("stated", ["application/pdf", "image/jpeg", "video/mp4", "application/json"])
def test_what_is_no_html_is_final_even_if_it_holds_markup(stated: str) -> None:
    failure = judge_page(exchange(200, HTML, content_type=stated))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary, failure.status) == ("not_html", False, 200)
    assert stated in failure.detail


@pytest.mark.parametrize(
    ("stated", "charset"),
    [
        ("text/html; charset=windows-1256", "windows-1256"),
        ('text/html; Charset = "ISO-8859-1"', "ISO-8859-1"),
        ("text/html", None),
        ("text/html; charset=", None),
    ],
)
def test_the_charset_of_http_is_handed_on(stated: str, charset: str | None) -> None:
    page = judge_page(exchange(200, HTML, content_type=stated))
    assert isinstance(page, Page)
    assert page.charset == charset


@pytest.mark.parametrize("body", [b"", b"\n \n"])
def test_a_page_without_a_body_is_asked_for_again(body: bytes) -> None:
    failure = judge_page(exchange(200, body, content_type="text/html"))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary, failure.status) == ("empty_page", True, 200)


@pytest.mark.parametrize("status", [300, 304, 401, 402, 403, 404, 410, 451])
def test_a_refused_page_is_final(status: int) -> None:
    failure = judge_page(exchange(status, HTML))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.detail, failure.status, failure.temporary) == (
        "http_status",
        str(status),
        status,
        False,
    )


@pytest.mark.parametrize("status", [202, 206, 299, 408, 421, 423, 425, 429, 500, 503, 599])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    failure = judge_page(exchange(status, HTML))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary) == ("http_status", True)


def test_a_failure_passes_as_it_is() -> None:
    failure = FetchFailure("https://example.org/", "timeout", "late", temporary=True)
    assert judge_page(failure) is failure


def test_a_failure_keeps_the_answer_and_shows_no_bytes_that_are_no_text() -> None:
    answer = exchange(200, HTML, content_type="appl\udcfftion/x\x07")
    failure = judge_page(answer)
    assert isinstance(failure, FetchFailure)
    assert failure.exchange is answer
    assert failure.detail.isascii()
    assert failure.detail.isprintable()
