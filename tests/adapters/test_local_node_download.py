"""Getting the server's archive: whole, once, checked; and a message that helps when that fails."""

import fcntl
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.local_node import program as unpacking
from pipeline.adapters.local_node.download import CHUNK
from pipeline.adapters.local_node.program import program
from pipeline.errors import NodeFailed
from tests.support.maven_repository import JAR_SIZE, VERSION, Repository, maven_repository, small_archive


@pytest.fixture
def repository() -> Iterator[Repository]:
    with maven_repository(small_archive()) as served:
        yield served


def get(repository: Repository, cache: Path) -> Path:
    return program(repository.release, cache, lambda _: None)


def failure(repository: Repository, cache: Path) -> str:
    with pytest.raises(NodeFailed) as failed:
        get(repository, cache)
    assert "or set SITREP_ELASTICSEARCH_URL" in str(failed.value)
    return str(failed.value)


def test_it_is_downloaded_and_unpacked_once(repository: Repository, tmp_path: Path) -> None:
    folder = get(repository, tmp_path / "cache")
    assert (folder / "lib" / "server.jar").stat().st_size == JAR_SIZE
    assert get(repository, tmp_path / "cache") == folder
    assert len(repository.asked) == 1


def test_nothing_but_the_unpacked_server_stays_in_the_cache(repository: Repository, tmp_path: Path) -> None:
    get(repository, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"elasticsearch-{VERSION}", "elasticsearch.lock"}


def test_a_broken_connection_goes_on_where_it_broke(repository: Repository, tmp_path: Path) -> None:
    repository.cuts = [CHUNK + 1, 2 * CHUNK]
    get(repository, tmp_path)
    assert repository.asked == [None, f"bytes={CHUNK}-", f"bytes={3 * CHUNK}-"]


def test_a_server_without_ranges_sends_all_again(repository: Repository, tmp_path: Path) -> None:
    repository.cuts, repository.takes_ranges = [CHUNK + 1], False
    assert get(repository, tmp_path).is_dir()


def test_a_download_cut_off_again_and_again_is_told_and_goes_on_next_time(
    repository: Repository, tmp_path: Path
) -> None:
    repository.cuts = [CHUNK + 1] * 3
    assert "Run the command again, it goes on where it stopped" in failure(repository, tmp_path)
    assert get(repository, tmp_path).is_dir()
    assert repository.asked[-1] == f"bytes={3 * CHUNK}-"


def test_a_wrong_digest_is_told_and_nothing_of_it_is_kept(repository: Repository, tmp_path: Path) -> None:
    published = repository.release
    repository.archive = repository.archive[:-1] + b"x"
    with pytest.raises(NodeFailed, match="SHA-256 digest differs") as failed:
        program(published, tmp_path, lambda _: None)
    assert "SITREP_ELASTICSEARCH_URL" in str(failed.value)
    assert [path.name for path in tmp_path.iterdir()] == ["elasticsearch.lock"]


def test_an_answer_that_never_ends_is_left_at_the_published_size(repository: Repository, tmp_path: Path) -> None:
    published = replace(repository.release, size=5000)
    with pytest.raises(NodeFailed, match="digest differs"):
        program(published, tmp_path, lambda _: None)


def test_a_repository_that_lacks_the_archive_is_not_asked_again(repository: Repository, tmp_path: Path) -> None:
    repository.status = 404
    message = failure(repository, tmp_path)
    assert "404" in message
    assert f"put the file (elasticsearch {VERSION}" in message
    assert len(repository.asked) == 1


def test_no_network_is_told_in_few_words(tmp_path: Path) -> None:
    with maven_repository(small_archive()) as gone:
        release = gone.release
    with pytest.raises(NodeFailed, match="HTTPS_PROXY") as failed:
        program(release, tmp_path, lambda _: None)
    first_line = str(failed.value).splitlines()[0]
    assert "Connection refused" in first_line
    assert len(first_line) < 200


def test_an_archive_put_there_by_hand_is_used(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / f"elasticsearch-{VERSION}.zip").write_bytes(repository.archive)
    assert get(repository, tmp_path).is_dir()
    assert repository.asked == []


def test_a_crash_while_unpacking_leaves_nothing_that_looks_finished(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(unpacking.zipfile.ZipFile):
        def extractall(self, path: Path) -> None:  # type: ignore[override]
            self.extract(self.namelist()[0], path)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(unpacking.zipfile, "ZipFile", Dying)
        get(repository, tmp_path)
    assert not (tmp_path / f"elasticsearch-{VERSION}").exists()
    assert (get(repository, tmp_path) / "lib" / "server.jar").exists()
    assert len(repository.asked) == 1


def test_a_cache_that_is_a_file_is_told(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    assert "SITREP_CACHE" in failure(repository, tmp_path / "cache")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(repository: Repository, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "SITREP_CACHE" in failure(repository, tmp_path / "cache")


def test_a_full_disk_is_told_before_the_download(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "UNPACKED_SIZE", 10**18)
    assert "Free some space or set SITREP_CACHE" in failure(repository, tmp_path)
    assert repository.asked == []


def test_two_at_once_download_once(repository: Repository, tmp_path: Path) -> None:
    said: list[str] = []
    descriptor = os.open(tmp_path / "elasticsearch.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    waiting = threading.Event()

    def announce(message: str) -> None:
        said.append(message)
        waiting.set()

    other = threading.Thread(target=program, args=(repository.release, tmp_path, announce))
    other.start()
    assert waiting.wait(30)
    assert (repository.asked, said) == ([], ["another process is downloading Elasticsearch; waiting"])
    os.close(descriptor)
    other.join(30)
    get(repository, tmp_path)
    assert len(repository.asked) == 1
