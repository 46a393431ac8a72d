"""Reading files that somebody else has named."""

import gzip
import os
from pathlib import Path

import psutil
import pytest

from pipeline.adapters.local_files import Unreadable, read_file


def written(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("name", ["page.html", "page.html.gz"])
def test_a_file_gives_its_bytes_and_a_packed_one_what_is_in_it(tmp_path: Path, name: str) -> None:
    data = b"<p>caf\xe9"
    packed = gzip.compress(data[:4]) + gzip.compress(data[4:])  # RFC 1952, 2.2: members in a row are one file
    assert read_file(written(tmp_path, name, data if name == "page.html" else packed), 100) == data
    assert read_file(written(tmp_path, "page", packed), 100) == data


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, "page", b"12345"), 5) == b"12345"


CUT_OFF = gzip.compress(os.urandom(500))[:-200]


@pytest.mark.parametrize("name", ["page", "page.gz"])
def test_a_file_over_the_limit_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="file is larger than 5 bytes"):
        read_file(written(tmp_path, name, b"123456"), 5)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"0" * 10_000_000, mtime=0), "unpacked file is larger than 100000 bytes"),
        (CUT_OFF, "cut off"),
        (b"no gzip at all", "not a gzip file"),
        (gzip.compress(b"text", mtime=0)[:10] + b"\xff" * 20, "damaged"),
        (b"", None),
    ],
)
def test_a_bad_gzip_file_says_what_is_wrong(tmp_path: Path, data: bytes, reason: str | None) -> None:
    path = written(tmp_path, "page.gz", data)
    if reason is None:
        assert read_file(path, 100_000) == b""
        return
    with pytest.raises(Unreadable, match=reason):
        read_file(path, 100_000)


def test_what_is_no_regular_file_is_refused_at_once_and_leaves_nothing_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = psutil.Process().num_fds()
    for path in (str(tmp_path / "pipe"), str(tmp_path), "/dev/zero"):
        with pytest.raises(Unreadable, match="not a regular file"):
            read_file(path, 100)
    assert psutil.Process().num_fds() == before


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "No such file"),
        ("/no/such/page", "No such file"),
        ("a\0b", "not a file name"),
        ("\ud800", "not a file name"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_without_repeating_it(path: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read_file(path, 100)
    assert path == "" or path not in str(caught.value)
