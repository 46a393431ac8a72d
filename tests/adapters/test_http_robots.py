"""robots.txt after RFC 9309, asked of a real server."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.adapters.http.robots import MAX_BYTES, Robots
from pipeline.model import ROUND_OVER, FetchFailure, RobotsFile
from tests.support.exchanges import NOON
from tests.support.origin import Reply, exactly, origin, redirect, reply, silence

CLOSED = reply(200, b"User-agent: *\nDisallow: /closed/\n")
FAR = 10.0**12


class Turns(HostTurns):
    """Notes what sites ask for, and gives every turn at once."""

    def __init__(self, deadline: float = FAR) -> None:
        super().__init__(0.0, deadline)
        self.asked: list[tuple[str, float]] = []

    def widen(self, host: str, gap: float) -> None:
        self.asked.append((host, gap))


@dataclass
class Asked:
    """What came of asking for leave to fetch some paths, in order."""

    refusals: list[FetchFailure | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    fresh: list[RobotsFile] = field(default_factory=list)
    gaps: list[tuple[str, float]] = field(default_factory=list)
    site: str = ""

    @property
    def kinds(self) -> list[str | None]:
        return [refusal.kind if refusal else None for refusal in self.refusals]


def asked(
    script: Mapping[str, Reply],
    *paths: str,
    known: RobotsFile | None = None,
    now: datetime = NOON,
    deadline: float = FAR,
    time_limit: float = 10.0,
) -> Asked:
    async def run() -> Asked:
        turns, allowed = Turns(deadline), AllowedHosts(("127.0.0.0/8",))
        async with (
            origin(script) as site,
            HttpClient(turns, allowed, contact=None, time_limit=time_limit, clock=lambda: now) as client,
        ):
            robots = Robots(client, turns, lambda _: known, lambda: now)
            found = Asked(site=site.url(""))
            found.refusals = list(await asyncio.gather(*(robots.refusal(site.url(path)) for path in paths)))
            found.paths, found.fresh, found.gaps = site.paths, robots.fresh, turns.asked
            return found

    return asyncio.run(run())


def test_a_site_is_asked_once_for_all_its_pages() -> None:
    found = asked({"/robots.txt": CLOSED}, "/a", "/b", "/closed/c")
    assert found.kinds == [None, None, "robots"]
    assert found.paths == ["/robots.txt"]


def test_what_the_site_forbids_is_final_and_names_the_page() -> None:
    found = asked({"/robots.txt": CLOSED}, "/closed/c")
    refusal = found.refusals[0]
    assert refusal is not None
    assert (refusal.temporary, refusal.url) == (False, found.site + "/closed/c")


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        (b"User-agent: *\nDisallow: /\n", "/a", False),
        (b"User-agent: *\nDisallow:\n", "/a", True),
        (b"User-agent: *\nDisallow: /\nAllow: /news/\n", "/news/a", True),
        (b"User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf", False),
        (b"User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf?x", True),
        (b"User-agent: *\nDisallow: /a?b=\n", "/a?b=1", False),
        (b"User-agent: sitrep\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "/a", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: Sitrep\nAllow: /\n", "/a", True),
        (b"User-agent: Googlebot\nDisallow: /\n", "/a", True),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", "/a", False),
        (b"User-agent: *\r\nDisallow: /closed\r\n", "/closed", False),
        (b"User-agent: *\nDisallow: /%7Eme/\n", "/~me/", False),
        (b"User-agent: *\nDisallow: /shut/\n", "/open/../shut/a", False),
        (b"<!doctype html><p>Disallow: /</p>", "/a", True),
        (b"\xff\xfe\x00\x01", "/a", True),
        (b"", "/a", True),
    ],
)
def test_rules_are_read_as_the_standard_says(rules: bytes, path: str, allowed: bool) -> None:
    assert asked({"/robots.txt": reply(200, rules)}, path).kinds == [None if allowed else "robots"]


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 429])
def test_without_rules_everything_is_allowed(status: int) -> None:
    found = asked({"/robots.txt": reply(status)}, "/a")
    assert found.kinds == [None]
    assert [file.status for file in found.fresh] == [status]


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_while_the_server_is_in_trouble_nothing_may_be_fetched(status: int) -> None:
    found = asked({"/robots.txt": reply(status)}, "/a")
    assert found.kinds == ["robots_unreachable"]
    assert found.refusals[0] is not None
    assert found.refusals[0].temporary


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_is_not_remembered_for_a_day(status: int) -> None:
    assert asked({"/robots.txt": reply(status)}, "/a").fresh == []


@pytest.mark.parametrize("broken", [exactly(b""), exactly(b"nonsense\r\n\r\n"), silence()])
def test_rules_that_cannot_be_had_forbid_everything_for_now(broken: Reply) -> None:
    found = asked({"/robots.txt": broken}, "/a", time_limit=0.3)
    assert found.kinds == ["robots_unreachable"]
    assert found.refusals[0] is not None
    assert found.refusals[0].temporary
    assert found.fresh == []


def test_rules_may_lie_behind_a_redirect() -> None:
    script = {"/robots.txt": redirect(301, "/real.txt"), "/real.txt": CLOSED}
    assert asked(script, "/a", "/closed/b").kinds == [None, "robots"]


@pytest.mark.parametrize("location", ["/robots.txt", "javascript:x"])
def test_rules_behind_a_redirect_to_nowhere_count_as_missing(location: str) -> None:
    found = asked({"/robots.txt": redirect(302, location)}, "/a")
    assert found.kinds == [None]
    assert [file.status for file in found.fresh] == [302]


def test_when_the_round_is_over_nobody_is_asked_and_nothing_failed() -> None:
    found = asked({"/robots.txt": CLOSED}, "/a", deadline=-1.0)
    assert found.kinds == [ROUND_OVER]
    assert found.paths == []


def test_rules_of_an_earlier_round_hold_for_a_day() -> None:
    body = b"User-agent: *\nDisallow: /\n"
    for age, paths in ((timedelta(hours=24), []), (timedelta(hours=24, seconds=1), ["/robots.txt"])):
        known = RobotsFile("x", NOON - age, 200, body)
        found = asked({"/robots.txt": reply(404)}, "/a", known=known)
        assert found.paths == paths
        assert found.kinds == (["robots"] if not paths else [None])


def test_a_missing_file_is_remembered_as_well() -> None:
    known = RobotsFile("x", NOON, 404, b"")
    assert asked({"/robots.txt": CLOSED}, "/closed/a", known=known).paths == []


def test_the_new_answer_is_handed_on_with_its_site_and_time() -> None:
    found = asked({"/robots.txt": CLOSED}, "/a")
    (file,) = found.fresh
    assert (file.origin, file.at, file.status) == (found.site, NOON, 200)
    assert b"Disallow: /closed/" in file.body


def test_of_a_very_long_file_the_beginning_counts() -> None:
    rules = b"User-agent: *\nDisallow: /closed/\n" + b"# padding\n" * 60_000 + b"Disallow: /\n"
    found = asked({"/robots.txt": reply(200, rules)}, "/a", "/closed/b")
    assert found.kinds == [None, "robots"]
    assert len(found.fresh[0].body) == MAX_BYTES


@pytest.mark.parametrize(
    ("stated", "gap"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("120", 120.0),
        ("86400", 120.0),
        ("0", None),
        ("-3", None),
        ("nan", None),
        ("soon", None),
    ],
)
def test_a_crawl_delay_is_kept_up_to_two_minutes(stated: str, gap: float | None) -> None:
    rules = f"User-agent: *\nCrawl-delay: {stated}\nDisallow: /closed/\n".encode()
    found = asked({"/robots.txt": reply(200, rules)}, "/a")
    assert found.gaps == ([("127.0.0.1", gap)] if gap is not None else [])


def test_a_remembered_crawl_delay_is_kept() -> None:
    known = RobotsFile("x", NOON, 200, b"User-agent: *\nCrawl-delay: 9\n")
    assert asked({}, "/a", known=known).gaps == [("127.0.0.1", 9.0)]


def test_hostile_patterns_take_no_time() -> None:
    rules = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 60 + b"*b$\n"
    assert asked({"/robots.txt": reply(200, rules)}, "/" + "a" * 3000).kinds == [None]


def test_credentials_of_a_page_are_not_part_of_its_site() -> None:
    async def run() -> list[str]:
        turns, allowed = Turns(), AllowedHosts(("127.0.0.0/8",))
        async with (
            origin({"/robots.txt": CLOSED}) as site,
            HttpClient(turns, allowed, contact=None, time_limit=10, clock=lambda: NOON) as client,
        ):
            origins: list[str] = []
            robots = Robots(client, turns, lambda name: origins.append(name), lambda: NOON)
            for url in (site.url("/a"), site.url("/b").replace("//", "//me:pass@")):
                assert await robots.refusal(url) is None
            assert site.paths == ["/robots.txt"]
            assert "authorization" not in site.requests[0].headers
            assert origins == [site.url("")]
            return origins

    asyncio.run(run())


def test_what_is_no_address_is_refused() -> None:
    async def run() -> FetchFailure | None:
        turns, allowed = Turns(), AllowedHosts(())
        async with HttpClient(turns, allowed, contact=None, time_limit=10, clock=lambda: NOON) as client:
            return await Robots(client, turns, lambda _: None, lambda: NOON).refusal("mailto:a@b.example")

    refusal = asyncio.run(run())
    assert refusal is not None
    assert (refusal.kind, refusal.temporary) == ("bad_url", False)
