"""Every way in which a request can fail, as a value with a name."""

import aiohttp

from pipeline.adapters.http.addresses import AddressRefused
from pipeline.adapters.http.bodies import BadEncoding, TooLarge
from pipeline.model import FetchFailure


def failure_of(url: str, error: Exception, time_limit: float) -> FetchFailure:
    """Why ``url`` has no answer; unforeseen trouble with one page must not end a round either."""
    cause = getattr(error, "os_error", None) or error
    match error:
        case TimeoutError():
            return FetchFailure(url, "timeout", f"not answered within {time_limit:g} s", temporary=True)
        case TooLarge():
            return FetchFailure(url, "too_large", str(error), temporary=False)
        case BadEncoding():
            return FetchFailure(url, "bad_encoding", str(error), temporary=True)
        case aiohttp.ClientConnectorError() if isinstance(cause, AddressRefused):
            return refused_address(url, str(cause))
        case aiohttp.ClientConnectorDNSError():
            return FetchFailure(url, "dns", "the host name does not resolve", temporary=True)
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return FetchFailure(url, "tls", _line(cause), temporary=True)
        case aiohttp.InvalidURL() | UnicodeError():
            return FetchFailure(url, "bad_url", "no usable http or https address", temporary=False)
        case aiohttp.ClientConnectorError():
            return FetchFailure(url, "connect", _line(cause), temporary=True)
        case _:
            return FetchFailure(url, "broken_answer", f"{type(error).__name__}: {_line(error)}", temporary=True)


def refused_address(url: str, why: str) -> FetchFailure:
    """The host is, or leads to, an address that must not be asked."""
    detail = f"{why}: private addresses are refused (SITREP_ALLOW_HOSTS names the exceptions)"
    return FetchFailure(url, "address_refused", detail, temporary=False)


def _line(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]
