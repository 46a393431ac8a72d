"""The archive in an object store: the same code over a real S3 interface (moto's server on loopback)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from pipeline.adapters.archive import Archive
from pipeline.errors import CannotRun
from pipeline.flows import round as flow
from pipeline.flows.explain import explain
from pipeline.model import Exchange
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import item, open_site, page, rss, words

AT = datetime(2024, 10, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder in an empty bucket, credentials in the environment as S3's tools want them."""
    import boto3
    import s3fs

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    s3fs.S3FileSystem.clear_instance_cache()
    store = boto3.resource("s3").create_bucket(Bucket="raw")
    store.objects.all().delete()
    return "s3://raw/pages"


def exchange(number: int) -> Exchange:
    body = f"<html><body>Page {number}</body></html>".encode()
    url = f"https://example.org/{number}"
    return Exchange(url, url, 200, (("Content-Type", "text/html"),), body, body, AT, 1)


def test_what_goes_in_comes_out(bucket: str) -> None:
    archive = Archive(bucket)
    refs = archive.write([exchange(1), exchange(2)])
    assert [archive.read(ref).body for ref in refs] == [exchange(1).body, exchange(2).body]
    assert Archive(bucket).read(refs[1]).url == "https://example.org/2"


def test_old_days_are_removed(bucket: str) -> None:
    archive = Archive(bucket)
    (ref,) = archive.write([exchange(1)])
    assert archive.remove_before(date(2024, 10, 21)) == ([], 0)
    names, size = archive.remove_before(date(2024, 10, 22))
    assert (names, size > 0) == ([ref.file], True)
    with pytest.raises(CannotRun, match="cannot be read"):
        archive.read(ref)


def test_a_store_that_refuses_is_named_without_the_secret(bucket: str) -> None:
    with pytest.raises(CannotRun, match="cannot write the archive") as raised:
        Archive("s3://no-such-bucket/pages").write([exchange(1)])
    assert "secret-of-the-test" not in str(raised.value)


def test_a_round_keeps_its_pages_there_and_a_refusal_loses_nothing(bucket: str, tmp_path: Path) -> None:
    with open_site() as site:
        site.replies["/story/1"] = page("Story 1", words(1), words(101))
        site.replies["/feed"] = rss(site, item(f"{site.url}/story/1", "Story 1", summary="Summary 1."))
        refused = settings_of(tmp_path, [f"{site.url}/feed"], archive_url="s3://no-such-bucket/pages")
        run_id = flow.plan(refused, NOON)
        with pytest.raises(CannotRun, match="cannot write the archive"):
            flow.collect(refused, run_id)
        good = settings_of(tmp_path, [f"{site.url}/feed"], archive_url=bucket)
        assert collect_at(good, hours=1).entries["created"] == 1
        assert explain(good, f"{site.url}/story/1").story is not None
