"""Bytes to text: what a browser would show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.extract import decode as module
from pipeline.stages.extract.decode import decode, in_utf_8

WORDS = "Zoë’s café – 5 €"


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><p>{text}</p></body></html>"


def test_a_byte_order_mark_goes_before_everything_else() -> None:
    html = page(WORDS, '<meta charset="windows-1251">')
    assert WORDS in decode(b"\xef\xbb\xbf" + html.encode(), "iso-8859-1")
    assert WORDS in decode(b"\xff\xfe" + html.encode("utf-16-le"), None)
    assert not decode(b"\xef\xbb\xbf" + html.encode(), None).startswith("\ufeff")


def test_the_header_goes_before_the_meta_tag() -> None:
    assert WORDS in decode(page(WORDS, '<meta charset="windows-1251">').encode(), "utf-8")


@pytest.mark.parametrize(
    "meta",
    ['<meta charset="windows-1251">', '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'],
)
def test_the_meta_tag_counts_where_the_header_is_silent(meta: str) -> None:
    assert "Гавань" in decode(page("Гавань", meta).encode("cp1251"), None)


def test_a_header_that_names_no_charset_is_passed_over() -> None:
    for nonsense in ("no-such-thing", "base64", "rot13", ""):
        assert "Гавань" in decode(page("Гавань", '<meta charset="windows-1251">').encode("cp1251"), nonsense)


def test_a_meta_tag_that_names_no_charset_is_passed_over() -> None:
    assert WORDS in decode(page(WORDS, '<meta charset="hex">').encode(), None)


@pytest.mark.parametrize("label", ["iso-8859-1", "latin1", "us-ascii", "ISO-8859-1"])
def test_latin_1_means_windows_1252_on_the_web(label: str) -> None:
    assert WORDS in decode(page(WORDS).encode("cp1252"), label)


def test_a_meta_tag_cannot_mean_utf_16() -> None:
    assert WORDS in decode(page(WORDS, '<meta charset="utf-16">').encode(), None)


def test_without_any_label_valid_utf_8_is_utf_8() -> None:
    assert WORDS in decode(page(WORDS).encode(), None)


def test_without_any_label_other_bytes_are_windows_1252() -> None:
    assert WORDS in decode(page(WORDS).encode("cp1252"), None)


def test_a_letter_cut_in_two_does_not_change_the_charset() -> None:
    body = page("é" * 100).encode()
    assert "é" * 100 in decode(body[:-8] + b"\xc3" + body[-8:], None)


def test_bytes_that_are_wrong_for_their_charset_become_marks() -> None:
    assert "a\ufffdb" in decode(b"<p>a\xffb</p>", "utf-8")


def test_characters_that_no_parser_takes_become_blanks() -> None:
    assert decode(b"a\x00b\x0bc\x1fd\te\nf", "utf-8") == "a b c d\te\nf"
    assert decode("a\u2028b".encode(), "utf-8") == "a b"


def test_a_page_in_utf_8_goes_to_the_parser_as_it_came() -> None:
    body = page(WORDS).encode()
    assert in_utf_8(body, None) is body
    assert in_utf_8(body, "utf-8") is body
    assert in_utf_8(page(WORDS).encode("cp1252"), None) == body
    assert in_utf_8(b"\xef\xbb\xbf" + body, None) == body


def test_of_a_huge_page_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    assert decode(b"0123456789abc", None) == "0123456789"
    assert module.MAX_BYTES == 10


@given(
    st.binary(max_size=400), st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["utf-16", "idna", "utf-7"]))
)
def test_no_bytes_and_no_label_make_it_fail(html: bytes, charset: str | None) -> None:
    assert isinstance(decode(html, charset), str)
