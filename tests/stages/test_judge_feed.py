"""What an answer for a feed's address is worth."""

import pytest

from pipeline.model import Exchange, FetchFailure
from pipeline.stages.judge_feed import judge_feed
from tests.support.exchanges import exchange


def test_a_document_passes_as_it_is() -> None:
    answer = exchange(200, b"<rss/>")
    assert judge_feed(answer) is answer


def test_a_304_passes_when_validators_were_sent() -> None:
    answer = exchange(304, b"")
    assert judge_feed(answer) is answer


def test_a_304_that_nobody_asked_for_is_temporary_trouble() -> None:
    failure = judge_feed(exchange(304, b""), conditional=False)
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary, failure.status) == ("http_status", True, 304)


def test_a_failure_passes_as_it_is() -> None:
    failure = FetchFailure("https://example.org/", "timeout", "late", temporary=True)
    assert judge_feed(failure) is failure


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_an_empty_200_is_a_failure_with_its_own_name(body: bytes) -> None:
    failure = judge_feed(exchange(200, body))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary, failure.status) == ("empty_feed", True, 200)


def test_410_means_gone() -> None:
    failure = judge_feed(exchange(410, b"<rss/>"))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.temporary, failure.status) == ("gone", False, 410)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 451])
def test_a_refusal_is_final(status: int) -> None:
    failure = judge_feed(exchange(status))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.detail, failure.temporary) == ("http_status", str(status), False)


@pytest.mark.parametrize("status", [202, 206, 408, 425, 429, 500, 502, 503, 504, 520])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    failure = judge_feed(exchange(status))
    assert isinstance(failure, FetchFailure)
    assert (failure.kind, failure.detail, failure.temporary) == ("http_status", str(status), True)


def test_a_failure_keeps_the_answer_and_names_the_address_that_was_asked() -> None:
    answer: Exchange = exchange(503, url="https://elsewhere.example/f", requested_url="https://example.org/feed/")
    failure = judge_feed(answer)
    assert isinstance(failure, FetchFailure)
    assert failure.exchange is answer
    assert failure.url == "https://example.org/feed/"
