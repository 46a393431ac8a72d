"""Every way in which a request can fail has a name."""

import socket

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from pipeline.adapters.http.addresses import AddressRefused
from pipeline.adapters.http.bodies import BadEncoding, TooLarge
from pipeline.adapters.http.failures import failure_of

KEY = ConnectionKey("a.example", 80, False, True, None, None, None)

CASES = [
    (TimeoutError(), "timeout", True),
    (aiohttp.ServerTimeoutError(), "timeout", True),
    (TooLarge("over 10 bytes"), "too_large", False),
    (BadEncoding("no gzip"), "bad_encoding", True),
    (aiohttp.ClientConnectorDNSError(KEY, AddressRefused("a.example leads to 10.0.0.1")), "address_refused", False),
    (aiohttp.ClientConnectorDNSError(KEY, OSError("no such host")), "dns", True),
    (aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused")), "connect", True),
    (aiohttp.ClientConnectorCertificateError(KEY, ValueError("expired")), "tls", True),
    (aiohttp.InvalidURL("http://x"), "bad_url", False),
    (UnicodeError("label too long"), "bad_url", False),
    (aiohttp.ServerDisconnectedError(), "broken_answer", True),
    (aiohttp.ClientPayloadError("cut"), "broken_answer", True),
    (ConnectionResetError(104, "reset"), "broken_answer", True),
    (socket.gaierror(-2, "unknown"), "broken_answer", True),
    (RuntimeError("unforeseen"), "broken_answer", True),
]


@pytest.mark.parametrize(
    ("error", "kind", "temporary"), CASES, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_each_kind_of_trouble_has_its_name(error: Exception, kind: str, temporary: bool) -> None:
    failure = failure_of("http://a.example/", error, 5.0)
    assert (failure.url, failure.kind, failure.temporary) == ("http://a.example/", kind, temporary)
    assert failure.detail


def test_a_detail_is_one_short_printable_line() -> None:
    detail = failure_of("http://a.example/", RuntimeError("a\x1b[31m\n\tb\udcff" + "x" * 1000), 5.0).detail
    assert detail.startswith("RuntimeError: a [31m b x")
    assert len(detail) < 230


def test_a_time_out_tells_the_limit() -> None:
    assert failure_of("http://a.example/", TimeoutError(), 2.5).detail == "not answered within 2.5 s"
