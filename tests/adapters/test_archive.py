"""The raw archive: what goes in comes out, and what is broken is named."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from pipeline.adapters.archive import Archive
from pipeline.errors import CannotRun
from pipeline.model import Exchange, RecordRef
from tests.support.exchanges import NOON, exchange

PAGE = exchange(
    200,
    b"<p>Rockets fell.</p>",
    url="https://example.org/b",
    requested_url="https://example.org/a",
    content_type="text/html; charset=utf-8",
)


def as_stored(item: Exchange) -> Exchange:
    """What is not stored: how long it took, and the way there."""
    return replace(item, milliseconds=0, redirects=())


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_every_exchange_of_a_batch_comes_back_from_its_own_place(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    batch = [
        PAGE,
        replace(PAGE, at=NOON + timedelta(microseconds=5), raw=b"", body=b"", status=200),
        exchange(599, b"\x00\xff\r\n\r\nWARC/1.1\r\n", url="http://example.org/?x=1&y=2"),
        replace(
            PAGE,
            raw=gzip.compress(b"<p>x"),
            body=b"<p>x",
            headers=(("Content-Encoding", "gzip"), ("X", "1"), ("x", "2")),
        ),
    ]
    refs = archive.write(batch)
    assert len({ref.file for ref in refs}) == 1
    assert [archive.read(ref) for ref in refs] == [as_stored(item) for item in batch]


@given(raw=st.binary(max_size=2000), status=st.integers(200, 599), seconds=st.floats(0, 10**8))
def test_any_body_survives(raw: bytes, status: int, seconds: float) -> None:
    item = replace(PAGE, raw=raw, body=raw, status=status, at=NOON + timedelta(seconds=seconds))
    archive = Archive("memory://sitrep-any-body")
    (ref,) = archive.write([item])
    assert archive.read(ref) == as_stored(item)


def test_encodings_in_several_headers_are_undone(tmp_path: Path) -> None:
    packed = gzip.compress(gzip.compress(b"<rss/>"))
    twice = (("Content-Encoding", "gzip"), ("Content-Encoding", "gzip"))
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([replace(PAGE, raw=packed, body=b"<rss/>", headers=twice)])
    assert archive.read(ref).body == b"<rss/>"


def test_nothing_to_store_makes_no_file(tmp_path: Path) -> None:
    assert Archive(str(tmp_path)).write([]) == []
    assert files(tmp_path) == []


def test_a_batch_is_one_closed_file_under_its_day_that_any_warc_reader_reads(tmp_path: Path) -> None:
    refs = Archive(str(tmp_path)).write([PAGE, PAGE])
    (path,) = files(tmp_path)
    assert path == tmp_path / refs[0].file
    assert refs[0].file.startswith("2024/10/21/20241021T120000Z-")
    with path.open("rb") as stream:
        records = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI")) for record in ArchiveIterator(stream)
        ]
    assert records == [("response", "https://example.org/b")] * 2


def test_warcios_own_check_finds_nothing_to_complain_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``warcio check`` compares the digests of every record; ``warcio index`` finds a story's page by its address."""
    packed = replace(PAGE, raw=gzip.compress(PAGE.body), headers=(*PAGE.headers, ("Content-Encoding", "gzip")))
    (ref, *_) = Archive(str(tmp_path)).write([PAGE, packed, exchange(404, b"", url="http://example.org/gone")])
    path = str(tmp_path / ref.file)
    assert checked(path) == 0
    warcio(["index", path, "-f", "warc-target-uri,offset,http:status"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["warc-target-uri"], row["http:status"]) for row in rows] == [
        ("https://example.org/b", "200"),
        ("https://example.org/b", "200"),
        ("http://example.org/gone", "404"),
    ]
    assert int(rows[0]["offset"]) == ref.offset
    Path(path).write_bytes(Path(path).read_bytes().replace(b"Rockets", b"Rackets", 1))
    assert checked(path) == 1


def checked(path: str) -> object:
    """The exit status of ``warcio check``."""
    with pytest.raises(SystemExit) as ended:
        warcio(["check", path])
    return ended.value.code


def test_two_batches_of_one_moment_are_two_files(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    first, second = archive.write([PAGE]), archive.write([PAGE])
    assert first[0].file != second[0].file
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize(
    "name",
    ["Set-Cookie", "set-cookie2", "WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info", "Transfer-Encoding"],
)
def test_secrets_and_chunking_are_not_stored(tmp_path: Path, name: str) -> None:
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([replace(PAGE, headers=((name, "secret-value"), ("X-Other", "kept")))])
    assert archive.read(ref).headers == (("X-Other", "kept"),)
    assert b"secret-value" not in (tmp_path / ref.file).read_bytes()


def test_headers_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([replace(PAGE, headers=(("X-é", "caf\udce9 ☃"), ("Content-Type", "text/html")))])
    assert archive.read(ref).header("content-type") == "text/html"


def test_a_file_left_over_by_a_crash_does_no_harm(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([PAGE])
    (tmp_path / ref.file).with_suffix(".part").write_bytes(b"WARC/1.1\r\nhalf a rec")
    (again,) = archive.write([PAGE])
    assert archive.read(ref) == archive.read(again) == as_stored(PAGE)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"2024/10/21/lost\.warc at 7 cannot be read \(No such file"):
        Archive(str(tmp_path)).read(RecordRef("2024/10/21/lost.warc", 7))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"Rockets", b"Rackets", 1),
        lambda data: data.replace(b"HTTP/1.1 200", b"HTTP/1.1 404", 1),
        lambda data: data[:-30],
        lambda data: data[:90],
        lambda data: b"",
        lambda data: b"\0" * len(data),
        lambda data: b"\n" + data,
        lambda data: data.replace(b"WARC-Type: response", b"WARC-Type: metadata"),
        lambda data: b"<html>no archive at all</html>\r\n\r\n" * 50,
    ],
    ids=["body", "status", "cut", "cut-head", "empty", "zeros", "shifted", "type", "html"],
)
def test_a_broken_record_is_named_and_never_taken_for_a_page(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([PAGE])
    path = tmp_path / ref.file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CannotRun) as caught:
        archive.read(ref)
    assert f"archive record {ref.file} at 0 cannot be read" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_wrong_place_in_a_sound_file_is_named(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    (ref,) = archive.write([PAGE])
    for offset in (3, 10**6):
        with pytest.raises(CannotRun, match=f"at {offset} cannot be read"):
            archive.read(replace(ref, offset=offset))


def test_a_folder_that_cannot_be_written_is_told_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotRun, match=r"cannot write the archive .*file: Not a directory"):
        Archive(str(tmp_path / "file")).write([PAGE])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_in_one_message(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotRun, match="Permission denied"):
        Archive(str(tmp_path)).write([PAGE])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(str(tmp_path))
    archive.write([PAGE])
    monkeypatch.setattr("pipeline.adapters.archive.uuid.uuid4", lambda: _Full())
    full = tmp_path / "2024/10/21/20241021T120000Z-full.part"
    full.symlink_to("/dev/full")
    with pytest.raises(CannotRun, match="No space left on device"):
        archive.write([PAGE])
    assert not full.is_symlink()


class _Full:
    hex = "full"


def test_an_archive_in_memory_works_like_a_folder() -> None:
    archive = Archive("memory://sitrep-test")
    (ref,) = archive.write([PAGE])
    assert archive.read(ref) == as_stored(PAGE)


def test_an_unknown_kind_of_archive_is_named() -> None:
    with pytest.raises(CannotRun, match="SITREP_ARCHIVE_URL cannot be opened"):
        Archive("nonsense://me:secret@x/y")
