"""Who is who: the address that stands for a story, and the keys by which entries are known again."""

import hashlib
import ipaddress
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna

from pipeline.model import Entry

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MAX_URL = 8192
"""Code points; longer addresses are no addresses of articles."""
USUAL_URL = 300
"""Code points; longer ones are not remembered, so that hostile ones fill no memory."""

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
TAG = re.compile(r"<[^<>]*>")
FRONT_PAGE = re.compile(
    r"(?:/[a-z]{2}(?:-[a-z]{2})?)?(?:/(?:(?:index|default|home)(?:\.[a-z]{3,5})?/?)?)?", re.IGNORECASE
)
"""Also of one language edition: ``/en/``."""

TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "_hs", "mkt_", "vero_", "oly_", "wt_", "ns_")
TRACKING_NAMES = frozenset(
    (
        # click identifiers of advertisers and social networks
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ymclid", "twclid", "ttclid"),
        *("igshid", "igsh", "li_fat_id", "rdt_cid", "epik", "irclickid", "_openstat", "dicbo", "tblci", "wickedid"),
        # newsletters and analytics
        *("mc_cid", "mc_eid", "_ga", "_gl", "_ke", "__s", "ga_source", "ga_medium", "ga_campaign", "s_cid", "s_kwcid"),
        *("at_medium", "at_campaign", "at_format", "at_link_id", "at_link_origin", "at_link_type", "at_ptr_name"),
        *("sc_cid", "sc_campaign", "sc_channel", "sc_country", "cm_mmc", "xtor", "xtcr", "xtref", "trk", "trkcampaign"),
        # "seen in our feed", as publishers write it
        *("cmp", "cmpid", "ito", "ocid", "ncid", "icid", "emc", "smid", "smtyp", "ftcamp", "ftag", "fsrc", "mbid"),
        *("taid", "soc_src", "soc_trk", "sr_share", "feedtype", "feedname", "spm", "wprov", "__twitter_impression"),
        *("guccounter", "guce_referrer", "guce_referrer_sig", "share_source", "traffic_source"),
    )
)
ORIGIN_NAMES = frozenset(("ref", "source", "src", "from", "via", "partner", "mod", "medium", "campaign"))
"""Names that may also tell pages apart: dropped only where the value says which feed or channel the reader came by."""
ORIGIN_VALUE = re.compile(
    r"(?:rss|feed|atom|xml|twitter|facebook|newsletter|e-?mail|social|google_?news|syndication)(?:[-_.0-9].*)?",
    re.IGNORECASE | re.DOTALL,
)


def canonical_url(url: str) -> str | None:
    """The one spelling of an http(s) address that stands for its page, ``None`` for anything else; idempotent.

    Scheme and host in lower case (IDNA, UTS 46), default port, user name, fragment and tracking parameters dropped,
    percent-encoding and dot segments normalised (RFC 3986, section 6.2.2). Path case, the order of parameters and
    every parameter that may name a page (``id``, ``p``, ``story``) stay.
    """
    return _remembered(url) if len(url) <= USUAL_URL else _canonical(url)


def _canonical(url: str) -> str | None:
    parts = _split(url)
    if parts is None:
        return None
    authority = _authority(parts)
    if authority is None:
        return None
    path = _without_dots(_normal(parts.path, "/!$&'()*+,;=:@")) or "/"
    query = "&".join(pair for pair in _normal(parts.query, "/?!$'()*+,;=:@&").split("&") if not _is_tracking(pair))
    return f"{parts.scheme}://{authority}{path}" + (f"?{query}" if query else "")


_remembered = lru_cache(maxsize=512)(_canonical)
"""Seven times a round asks for one entry's, while its feed's document is written and its page told."""


def story_id(canonical_url: str) -> str:
    """The story's id and its ``_id`` in the index: 32 hex digits of SHA-256."""
    return _digest(canonical_url)[:32]


def page_url(stated: str | None, fetched: str) -> str:
    """The address of a fetched page: what it states about itself where that can be believed, else ``fetched``.

    A rel=canonical is believed on the page's own site only (registrable domain; the host itself for IP addresses),
    and never when it names a front page: careless templates do so on every article.
    """
    here = canonical_url(fetched)
    there = canonical_url(joined(fetched, stated)) if stated and stated.strip() else None
    if here is None or there is None:
        return fetched
    target = urlsplit(there)
    if FRONT_PAGE.fullmatch(target.path) and not target.query:
        return fetched
    return there if same_site(there, here) else fetched


def entry_keys(entries: Sequence[Entry], *, by_link: bool = False) -> tuple[str, ...]:
    """The identity of each entry of one document within its feed: guid, else link, else a digest of title and text.

    Entries that share a guid but lead to different pages are told apart by link, all entries where ``by_link`` says
    that the feed is known for it. Equal keys are true repetitions.
    """
    shared = shared_guids(entries)
    return tuple(_key(entry, shared=by_link or entry.guid in shared) for entry in entries)


def shared_guids(entries: Sequence[Entry]) -> frozenset[str]:
    """The guids that stand for more than one page within a document."""
    places: dict[str, set[str]] = {}
    for entry in entries:
        if entry.guid:
            places.setdefault(entry.guid, set()).add(_place(entry))
    return frozenset(guid for guid, found in places.items() if len(found) > 1)


def entry_digest(entry: Entry) -> str:
    """SHA-256 (hex) of what the feed states. Changing tracking parameters are no new statement."""
    dates = [moment.isoformat() if moment else None for moment in (entry.published_at, entry.updated_at)]
    url = canonical_url(entry.url or "") or entry.url
    return _digest(json.dumps([entry.title, url, entry.summary, entry.content, entry.authors, dates]))


def rejection(entry: Entry) -> str | None:
    """Why the entry can never be a story, or ``None``: a story is known by its address, so it needs a usable one.

    Without a link a guid that is an address will do.
    """
    link = (entry.url or entry.guid or "").strip()
    if canonical_url(link):
        return None
    if not entry.url:
        has_text = _has_text(entry.content) or _has_text(entry.summary)
        return "no link, and so no address for the text" if has_text else "neither link nor text"
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):", link)
    if scheme and scheme[1].lower() not in DEFAULT_PORTS:
        return f"the link is no web page ({scheme[1].lower()}:)"
    return "the link is no usable address"


def _split(url: str) -> SplitResult | None:
    # The WHATWG URL standard: outer blanks and control characters off, tabs and line ends out, \ is / before the query.
    address = re.sub(r"[\t\r\n]", "", url[: MAX_URL + 1]).strip("".join(map(chr, range(33))))
    head, mark, tail = re.split(r"([?#])", address, maxsplit=1) if re.search(r"[?#]", address) else (address, "", "")
    try:
        parts = urlsplit(head.replace("\\", "/") + mark + tail)
    except ValueError:
        return None
    return parts if len(url) <= MAX_URL and parts.scheme in DEFAULT_PORTS else None


def _authority(parts: SplitResult) -> str | None:
    """Host and port as they stand in a canonical address."""
    try:
        port = parts.port
        host = _host(unquote(parts.hostname or ""), bracketed="[" in parts.netloc)
    except ValueError:
        return None
    if host is None or port == 0:
        return None
    return host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def _host(stated: str, *, bracketed: bool) -> str | None:
    if bracketed:
        return f"[{ipaddress.IPv6Address(stated.partition('%')[0]).compressed}]"
    host = _ascii_host(stated.lower()).removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(HOST_LABEL.fullmatch(label) for label in labels):
        return None
    if NUMBER.fullmatch(labels[-1]):
        return str(ipaddress.IPv4Address(host))
    return host


def _ascii_host(host: str) -> str:
    if host.isascii() or len(host) > 253:
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:  # names that IDNA 2008 forbids and browsers open all the same, such as emoji
        return host.encode("idna").decode("ascii").lower()


def _normal(part: str, kept: str) -> str:
    """Percent-encoding in its one form: upper-case, only where needed, a stray % encoded itself."""

    def escape(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%25"
        character = chr(int(found[1], 16))
        return character if character in UNRESERVED else found[0].upper()

    return quote(ESCAPE.sub(escape, part), safe=kept + "%", errors="replace")


def _without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name).lower().removeprefix("amp;")
    if name in ORIGIN_NAMES:
        return ORIGIN_VALUE.fullmatch(value) is not None
    return not pair or name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def joined(base: str, stated: str) -> str:
    """A stated link as seen from ``base``; empty where it cannot be one."""
    try:
        return urljoin(base, stated.strip())
    except ValueError:
        return ""


def same_site(one: str, other: str) -> bool:
    """Do two canonical addresses belong to one registrable domain?"""
    first, second = (urlsplit(url).hostname or "" for url in (one, other))
    if first == second:
        return True
    # A registrable domain has two labels or more. Where these differ the list of suffixes (4 MB) need not be read.
    return first.split(".")[-2:] == second.split(".")[-2:] and _site(first) == _site(second)


@lru_cache(maxsize=10_000)
def _site(host: str) -> str:
    """The registrable domain, with private suffixes such as github.io; the host itself where there is none."""
    return _suffixes().privatesuffix(host) or host


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    # The list inside the package: the network is not touched.
    return PublicSuffixList(accept_unknown=False)


def _place(entry: Entry) -> str:
    """Where an entry leads: its link, else its words."""
    if entry.url:
        return f"link:{canonical_url(entry.url) or entry.url}"
    return f"text:{_digest(json.dumps([entry.title, entry.content or entry.summary]))}"


def _key(entry: Entry, *, shared: bool) -> str:
    if not entry.guid:
        return _place(entry)
    return f"guid:{entry.guid}" + (f" {_place(entry)}" if shared else "")


def _has_text(fragment: str) -> bool:
    return bool(re.search(r"\w", re.sub(r"&[a-z]{2,8};", " ", TAG.sub(" ", fragment))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
