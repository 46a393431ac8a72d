"""One POST to the operator's own address: bounded, not redirected, its address never told."""

from collections.abc import Iterator

import pytest

from pipeline.adapters.http.webhook import post_json
from tests.support.hook import Hook, open_hook


@pytest.fixture
def hook() -> Iterator[Hook]:
    with open_hook() as opened:
        yield opened


def post(hook: Hook, limit: float = 20.0) -> str | None:
    return post_json(hook.url, {"text": "Zahlé – زحلة"}, time_limit=limit, contact="ops@example.org")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_json_arrives_as_it_was(hook: Hook, status: int) -> None:
    hook.status = status
    assert post(hook) is None
    ((path, headers, body),) = hook.posts
    assert path == "/services/T0P-S3CRET"
    assert body == {"text": "Zahlé – زحلة"}
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Sitrep/")
    assert "ops@example.org" in headers["user-agent"]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_a_refusal_is_told_with_its_status_alone(hook: Hook, status: int) -> None:
    hook.status = status
    assert post(hook) == f"answers {status}"


def test_a_redirect_is_not_followed(hook: Hook) -> None:
    hook.status, hook.headers = 307, {"Location": f"{hook.url}/elsewhere"}
    assert post(hook) == "answers 307: redirects are not followed"
    assert len(hook.posts) == 1


def test_a_server_that_never_answers_is_left(hook: Hook) -> None:
    hook.silent = True
    assert post(hook, limit=0.2) == "timeout: not answered within 0.2 s"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/S3CRET", "http://nowhere.invalid/S3CRET", "http://[::1/S3CRET", "ftp://h/S3CRET", "S3CRET"],
)
def test_no_failure_repeats_the_address(url: str) -> None:
    problem = post_json(url, {}, time_limit=5.0, contact=None)
    assert problem
    assert "S3CRET" not in problem
