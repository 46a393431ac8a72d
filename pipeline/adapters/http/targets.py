"""An address to ask, read once, by the very parser that the connection is made with.

Two parsers that understand one URL differently are how address checks are got round (``http://127。0。0。1/`` has the
host 127.0.0.1 for one of them only), so nothing here looks at a URL's host in any other way.
"""

import base64
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from yarl import URL

from pipeline.adapters.http.addresses import host_key

MAX_URL = 4000
URI_REST = re.compile(
    r"(?!.*/(?:\.|%2e){1,2}(?:[/?]|$))(?:[\w.~:/?@!$&'()*+,;=-]|%[0-9a-f]{2})*", re.ASCII | re.IGNORECASE
)
"""Path and query of RFC 3986, without the dot segments that every client takes out."""

CREDENTIALS = re.compile(r"(?<=//)[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Target:
    """``url`` is the address as it is known and kept: as written where that is a URI (RFC 3986), else as it is sent.

    It holds no credentials and no fragment; ``credentials`` (an Authorization header's value) go to
    this address alone.
    """

    url: str
    parsed: URL
    host: str
    credentials: str | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port; a default port is left out."""
        return str(self.parsed.origin())


def read_target(url: str) -> Target | None:
    """The http or https address that the text stands for, or ``None``."""
    try:
        text = url.strip().partition("#")[0]
        text.encode()  # bytes that are no text would be left out silently, and another address asked
        parsed = URL(text)
        host = parsed.raw_host or ""
        if parsed.scheme not in ("http", "https") or not _is_visible(host) or not parsed.port or len(text) > MAX_URL:
            return None
        user, password = parsed.user or "", parsed.password or ""
        credentials = _basic(user, password) if user or password else None
    except (ValueError, IndexError):  # the latter from yarl, for an empty host beside brackets
        return None
    url = without_credentials(text) if _is_visible(text) else str(parsed.with_user(None))
    return Target(url, _as_written(text, parsed.with_user(None)), host_key(host), credentials)


def _basic(user: str, password: str) -> str:
    """The Authorization header of RFC 7617. A colon would end the user name too early."""
    if ":" in user:
        raise ValueError("a user name cannot hold a colon")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _as_written(text: str, parsed: URL) -> URL:
    """With path and query as written where they are a URI's: signed addresses allow no other spelling of %2F."""
    written = URL(text, encoded=True)
    if not URI_REST.fullmatch(written.raw_path_qs):
        return parsed
    return URL.build(
        scheme=parsed.scheme,
        authority=f"{parsed.host_subcomponent}:{parsed.port}",
        path=written.raw_path,
        query_string=written.raw_query_string,
        encoded=True,
    )


def redirected(target: Target, location: str) -> Target | None:
    """Where a Location header leads. Credentials go on within one origin only; a server's own are not taken."""
    try:
        after = read_target(without_credentials(urljoin(target.url, location.strip())))
    except ValueError:
        return None
    if after is None or after.origin != target.origin:
        return after
    return Target(after.url, after.parsed, after.host, target.credentials)


def _is_visible(text: str) -> bool:
    """At least one character, all of them visible ASCII."""
    return text != "" and all("!" <= char <= "~" for char in text)


def without_credentials(url: str) -> str:
    """The same address without user name and password."""
    return CREDENTIALS.sub("", url, count=1)


def shown(url: str) -> str:
    """A URL for logs and reports: without credentials, without control characters, not endless."""
    return "".join(char if char.isprintable() else "?" for char in without_credentials(url))[:300]
