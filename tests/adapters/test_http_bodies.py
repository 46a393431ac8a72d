"""Undoing content encodings within caps."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.http.bodies import MAX_MEMBERS, BadEncoding, TooLarge, decode, encodings_of

TEXT = b"<rss><channel><title>Rockets fell</title></channel></rss>" * 40
LIMIT = 100_000


def bare_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("name", ENCODERS)
def test_each_encoding_is_undone(name: str) -> None:
    assert decode(ENCODERS[name](TEXT), name, LIMIT) == TEXT
    assert decode(ENCODERS[name](TEXT), f" {name.upper()} ", LIMIT) == TEXT


def test_deflate_without_its_envelope_is_undone_as_well() -> None:
    assert decode(bare_deflate(TEXT), "deflate", LIMIT) == TEXT


@pytest.mark.parametrize("name", ["", "identity", "none", "UTF-8", "identity, identity"])
def test_words_that_encode_nothing_leave_the_body_alone(name: str) -> None:
    assert decode(TEXT, name, LIMIT) == TEXT


@given(st.binary(max_size=5000), st.lists(st.sampled_from(list(ENCODERS)), max_size=3))
def test_encodings_are_undone_in_reverse_order(body: bytes, names: list[str]) -> None:
    packed = body
    for name in names:
        packed = ENCODERS[name](packed)
    assert decode(packed, ", ".join(names), LIMIT) == body


def test_the_encodings_of_all_headers_count_in_their_order() -> None:
    headers = [("content-encoding", "gzip"), ("Content-Type", "x"), ("Content-Encoding", "br, deflate")]
    assert encodings_of(headers) == "gzip,br, deflate"
    assert encodings_of([]) == ""


@pytest.mark.parametrize("name", ["zstd", "compress", "gzip, nonsense", "g\udcffip"])
def test_an_unknown_encoding_is_named(name: str) -> None:
    with pytest.raises(BadEncoding) as caught:
        decode(gzip.compress(TEXT), name, LIMIT)
    assert str(caught.value).isascii()


def test_a_chain_of_encodings_has_an_end() -> None:
    with pytest.raises(BadEncoding, match="more than three"):
        decode(TEXT, "gzip, gzip, gzip, gzip", LIMIT)


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_that_is_not_encoded_as_it_says_is_an_error(name: str) -> None:
    with pytest.raises(BadEncoding):
        decode(b"\xff" + TEXT, name, LIMIT)


@pytest.mark.parametrize("name", ENCODERS)
def test_an_empty_body_is_empty_in_every_encoding(name: str) -> None:
    assert decode(b"", name, LIMIT) == b""


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_that_ends_early_is_given_as_far_as_it_goes(name: str) -> None:
    body = random.Random(1).randbytes(20_000) + bytes(range(256)) * 300 + random.Random(2).randbytes(270_000)
    packed = ENCODERS[name](body)
    half = decode(packed[: len(packed) * 2 // 3], name, len(body))
    assert body.startswith(half)
    assert 0 < len(half) < len(body)


def test_gzip_members_in_a_row_are_one_body() -> None:
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", LIMIT) == b"one two"
    assert decode(gzip.compress(b"one") + b"\0" * 100, "gzip", LIMIT) == b"one"
    assert decode(gzip.compress(b"one") + b"garbage", "gzip", LIMIT) == b"one"


def test_gzip_members_without_end_are_an_error() -> None:
    assert decode(gzip.compress(b"x") * (MAX_MEMBERS - 1), "gzip", LIMIT) == b"x" * (MAX_MEMBERS - 1)
    with pytest.raises(BadEncoding, match="members"):
        decode(gzip.compress(b"") * 100_000, "gzip", LIMIT)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_cap_is_exact(name: str) -> None:
    packed = ENCODERS[name](b"x" * 1000)
    assert len(decode(packed, name, 1000)) == 1000
    with pytest.raises(TooLarge):
        decode(packed, name, 999)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_stopped_before_it_fills_the_memory(name: str, layers: int) -> None:
    bomb = b"\0" * 8_000_000
    for _ in range(layers):
        bomb = ENCODERS[name](bomb)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decode(bomb, ", ".join([name] * layers), LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


@given(st.binary(max_size=300), st.sampled_from(list(ENCODERS)), st.integers(0, 200))
def test_whatever_the_bytes_the_answer_is_a_body_or_a_named_error(junk: bytes, name: str, place: int) -> None:
    packed = ENCODERS[name](TEXT)
    for body in (junk, packed[:place] + junk + packed[place:]):
        with suppress(BadEncoding, TooLarge):
            assert len(decode(body, name, LIMIT)) <= LIMIT


def test_zstd_frames_in_a_row_are_one_body_but_not_without_end() -> None:
    assert decode(zstandard.compress(TEXT) * 2, "zstd", LIMIT) == TEXT * 2
    with pytest.raises(BadEncoding):
        decode(zstandard.compress(b"") * (MAX_MEMBERS + 1), "zstd", LIMIT)
