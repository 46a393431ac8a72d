"""Addresses, read once."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.adapters.http.targets import MAX_URL, read_target, redirected, shown, without_credentials

# text → address as kept, what the request line asks for, key of the host
READ = [
    ("http://a.example", "http://a.example", "/", "a.example"),
    ("  http://a.example/x  ", "http://a.example/x", "/x", "a.example"),
    ("http://a.example/x#part", "http://a.example/x", "/x", "a.example"),
    ("HTTPS://A.Example:443/X", "HTTPS://A.Example:443/X", "/X", "a.example"),
    ("http://a.example./", "http://a.example./", "/", "a.example"),
    (
        "http://a.example/a%2Fb%7ec?d=%2F%3d+e",
        "http://a.example/a%2Fb%7ec?d=%2F%3d+e",
        "/a%2Fb%7ec?d=%2F%3d+e",
        "a.example",
    ),
    ("http://a.example/x y?é=ü", "http://a.example/x%20y?%C3%A9=%C3%BC", "/x%20y?%C3%A9=%C3%BC", "a.example"),
    ("http://a.example/100%", "http://a.example/100%", "/100%25", "a.example"),
    ("http://a.example/open/../shut", "http://a.example/open/../shut", "/shut", "a.example"),
    ("http://a.example/open/%2E%2e/shut", "http://a.example/open/%2E%2e/shut", "/shut", "a.example"),
    ("http://a.example/...", "http://a.example/...", "/...", "a.example"),
    ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4", "/%C3%A4", "xn--bcher-kva.example"),
    ("http://127。0。0。1/", "http://127.0.0.1/", "/", "127.0.0.1"),
    ("http://１２７.0.0.1/", "http://127.0.0.1/", "/", "127.0.0.1"),
    ("http://[2001:DB8::1]:8080/x", "http://[2001:DB8::1]:8080/x", "/x", "2001:db8::1"),
    ("http://me:pass@a.example:81/@x?y=a@b", "http://a.example:81/@x?y=a@b", "/@x?y=a@b", "a.example"),
    ("http://a.example?y=a@b", "http://a.example?y=a@b", "/?y=a@b", "a.example"),
]

NO_ADDRESSES = [
    "http://[]@",
    "",
    "feed",
    "//a.example/x",
    "mailto:a@b.example",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http:///x",
    "http://",
    "http://a.example:0/",
    "http://a.example:65536/",
    "http://a.example:x/",
    "http://[::1",
    "http://a b.example/",
    "http://a\x00.example/",
    "http://good.example\\@127.0.0.1/",
    "http://a.example/\udcff",
    "http://me:x@a.example:pass@b.example:x/",
    "http://a%3Ab:c@a.example/",
    "http://a.example/" + "x" * MAX_URL,
]


@pytest.mark.parametrize(("text", "kept", "asked", "host"), READ)
def test_an_address_is_kept_as_written_and_sent_as_a_uri(text: str, kept: str, asked: str, host: str) -> None:
    target = read_target(text)
    assert target is not None
    assert (target.url, target.parsed.raw_path_qs, target.host) == (kept, asked, host)


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_anything_else_is_no_address(text: str) -> None:
    assert read_target(text) is None


def test_credentials_are_taken_out_of_the_address() -> None:
    target = read_target("http://me:p%40ss@a.example/")
    assert target is not None
    assert target.credentials == "Basic bWU6cEBzcw=="
    assert "me" not in str(target.parsed)
    assert "p%40ss" not in target.url
    bare = read_target("http://a.example/")
    assert bare is not None
    assert bare.credentials is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("http://a.example/x", "HTTP://A.example:80/y", True),
        ("http://a.example/", "https://a.example/", False),
        ("http://a.example/", "http://a.example:81/", False),
        ("http://a.example/", "http://b.example/", False),
        ("http://me:pass@a.example/", "http://a.example/", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(first: str, second: str, same: bool) -> None:
    one, other = read_target(first), read_target(second)
    assert one is not None
    assert other is not None
    assert (one.origin == other.origin) is same


@pytest.mark.parametrize(
    ("location", "url", "with_credentials"),
    [
        ("/c", "http://a.example/c", True),
        ("c?d#e", "http://a.example/x/c?d", True),
        (" /c ", "http://a.example/c", True),
        ("http://a.example/c", "http://a.example/c", True),
        ("//b.example/c", "http://b.example/c", False),
        ("https://a.example/c", "https://a.example/c", False),
        ("http://a.example:81/c", "http://a.example:81/c", False),
        ("http://other:own@b.example/c", "http://b.example/c", False),
        ("http://other:own@a.example/c", "http://a.example/c", True),
    ],
)
def test_credentials_go_on_within_one_origin_only(location: str, url: str, with_credentials: bool) -> None:
    asked = read_target("http://me:pass@a.example/x/y")
    assert asked is not None
    moved = redirected(asked, location)
    assert moved is not None
    assert moved.url == url
    assert moved.credentials == (asked.credentials if with_credentials else None)


@pytest.mark.parametrize("location", ["javascript:x", "file:///x", "http://[::1", "http://a.example:x/", "\udcff"])
def test_a_location_that_leads_nowhere_is_none(location: str) -> None:
    asked = read_target("http://a.example/")
    assert asked is not None
    assert redirected(asked, location) is None


def test_what_is_shown_is_short_printable_and_without_credentials() -> None:
    assert shown("http://me:pass@a.example/x") == "http://a.example/x"
    assert shown("http://a.example/\x1b[31m\n\udcff") == "http://a.example/?[31m??"
    assert len(shown("http://a.example/" + "x" * 5000)) == 300
    assert without_credentials("http://a.example/@me?x=a@b") == "http://a.example/@me?x=a@b"


@given(st.text(max_size=60) | st.text("htp:/@.#?%[]\\a1 ", max_size=40).map(lambda rest: "http://" + rest))
@example("http://0x\u3002/")
def test_whatever_the_text_an_address_is_one_line_of_ascii(text: str) -> None:
    target = read_target(text)
    if target is not None:
        assert target.url.isascii()
        assert target.url.isprintable()
        assert target.host.isascii()
        assert target.parsed.user is None
        again = read_target(target.url)
        assert again is not None
        assert (again.url, again.origin) == (target.url, target.origin)
