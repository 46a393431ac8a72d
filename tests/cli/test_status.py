"""The page of ``sitrep status``: trouble first, never wider than the terminal, never driven by what a feed says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import Backlog, PastRun
from pipeline.cli.measures import ago, away, fitted, shown, size, span
from pipeline.cli.status_page import page
from pipeline.flows.status import DiskUse, FeedOverview, Status
from pipeline.stages.feed_state import FeedState
from tests.support.command import Ran, sitrep

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FEED_LIST = Path("/etc/sitrep/feeds.yaml")
EMPTY = Status(NOW, (), 0, Backlog(), (), (), DiskUse(0, 0, 0, 84_000_000_000))


def lines(found: Status, *, every_feed: bool = False, columns: int = 80) -> list[str]:
    """The page as the terminal shows it."""
    return [fitted(line, columns) for line in page(found, FEED_LIST, every_feed=every_feed)]


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def feed(number: int, state: str = "ok", **more: object) -> FeedOverview:
    plain = {"next_due_at": NOW + 20 * MINUTE, "last_success_at": NOW - MINUTE, "last_new_at": NOW - 60 * MINUTE}
    return FeedOverview(f"feed-{number:03}", f"https://feeds.example.org/{number}", state, **{**plain, **more})


def failing(number: int, problem: str = "http_status: 503", **more: object) -> FeedOverview:
    return feed(number, "failing", failures=2, last_problem=problem, **more)


def run(hour: int, *, balanced: bool = True, ended: bool = True) -> PastRun:
    report = {
        "balanced": balanced,
        "feeds": {"due": 12, "failed": 2},
        "entries": {"seen": 400, "created": 30, "updated": 4},
        "problems": [{}] * 3,
    }
    at = NOW - hour * 60 * MINUTE
    return PastRun(f"run-{hour}", at, at, at + MINUTE if ended else None, 42.0, report if ended else None)


def test_nothing_yet_says_what_to_do_next() -> None:
    text = "\n".join(lines(EMPTY))
    assert "none in /etc/sitrep/feeds.yaml" in text
    assert "sitrep feeds add" in text
    assert "sitrep ingest" in text
    assert "nothing waits" in text


def test_a_list_without_trouble_is_summed_up() -> None:
    shown = lines(replace(EMPTY, feeds=tuple(feed(number) for number in range(500))))
    assert shown[0] == "Feeds    500 feeds: ok"
    assert shown[1].strip() == "next poll in 20 min"
    assert len(shown) == 5


def test_trouble_of_500_feeds_comes_first_and_fits_on_a_screen() -> None:
    failures = tuple(failing(number, "dns: the host name does not resolve") for number in range(40))
    rest = (feed(40, "silent", silent_for=40 * DAY), feed(41, "gone"), feed(42, "never", next_due_at=None))
    found = replace(EMPTY, feeds=(*failures, *rest, *(feed(number) for number in range(43, 500))))
    shown = lines(found)
    assert shown[0] == "Feeds    500 feeds: 40 failing, 1 gone, 1 silent, 1 never asked, 457 ok"
    assert shown[1].strip() == "1 due now"
    assert "Failing: 40 feeds (dns 40)" in shown
    assert "  … and 30 more (sitrep status --all)" in shown
    assert shown.index("Failing: 40 feeds (dns 40)") < shown.index("Silent: 1 feed")
    assert len(shown) < 45


def test_a_failing_feed_shows_its_reason_and_its_next_try() -> None:
    shown = lines(replace(EMPTY, feeds=(failing(7, next_due_at=NOW + 3 * 60 * MINUTE), feed(8))))
    place = shown.index("  feed-007: next try in 3 h, 2 failures in a row, last answer 1 min ago")
    assert shown[place + 1].strip() == "http_status: 503"


def test_all_lists_every_feed() -> None:
    shown = lines(replace(EMPTY, feeds=tuple(feed(number) for number in range(500))), every_feed=True)
    assert sum(line.startswith("feed-") for line in shown) == 500


@pytest.mark.parametrize("columns", [40, 80, 132])
@pytest.mark.parametrize("every_feed", [False, True])
def test_no_line_is_wider_than_the_terminal_and_no_control_character_reaches_it(
    columns: int, every_feed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    hostile = "tls: \x1b]0;owned\x07 \x9b31m 証明書" + "の問題" * 60
    found = replace(
        EMPTY,
        feeds=(replace(failing(1, hostile), id="a" * 64), feed(2, "silent", silent_for=DAY)),
        dead_letters=((f"https://example.org/{'x' * 300}", hostile),),
        backlog=Backlog(3, 1, NOW, 2, NOW - DAY, 1),
        runs=tuple(run(hour) for hour in range(3)),
        unlisted=4,
    )
    from rich.cells import cell_len

    for line in lines(found, every_feed=every_feed, columns=columns):
        assert cell_len(line) <= columns
        assert line.isprintable() or line == ""


def test_the_backlog_says_what_waits_and_for_how_long() -> None:
    text = "\n".join(lines(replace(EMPTY, backlog=Backlog(1, 0, NOW + 15 * MINUTE, 2, NOW - 3 * DAY, 1))))
    assert "1 entry to be tried again, the next in 15 min" in text
    assert "2 stories not yet in the index, the first for 3 d" in text
    assert "1 story refused by the index" in text
    assert "nothing waits" not in text


def test_an_unbalanced_round_stands_out() -> None:
    shown = lines(replace(EMPTY, runs=(run(0, balanced=False), run(1))))
    assert "NOT BALANCED" in shown[3]
    assert shown[-2].endswith("NO")
    assert shown[-1].endswith("yes")


def test_a_round_that_has_not_ended_is_told_as_such() -> None:
    shown = lines(replace(EMPTY, runs=(run(0, ended=False), run(1))))
    assert "has not ended" in shown[3]
    assert shown[-2].endswith("not ended")


def test_an_address_is_never_cut_but_made_plain() -> None:
    address = "https://example.org/" + "x" * 100
    assert shown(f"      {address}") == f"      {address}"
    assert shown(f"  now at {address}\x1b[31m") == f"  now at {address} [31m"
    assert len(shown(f"{'word ' * 10}{address}")) == 80


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h"), (86400 * 400, "1 y")],
)
def test_lengths_of_time_in_their_largest_unit(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_times_before_and_after_now() -> None:
    assert (away(None, NOW), away(NOW - DAY, NOW), away(NOW + DAY, NOW)) == ("now", "now", "in 1 d")
    assert (ago(None, NOW), ago(NOW, NOW), ago(NOW - DAY, NOW)) == ("never", "just now", "1 d ago")


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1200, "1.2 kB"), (34_000_000, "34 MB"), (2 * 10**12, "2.0 TB")],
)
def test_sizes_in_their_largest_unit(count: int, words: str) -> None:
    assert size(count) == words


def command(home: Path, *arguments: str) -> Ran:
    return sitrep("status", *arguments, home=str(home), feeds=str(home.parent / "feeds.yaml"))


def test_the_command_answers_as_the_contract_says_and_creates_nothing(tmp_path: Path) -> None:
    rows = [{"id": "one", "name": "One", "url": "https://example.org/feed"}]
    (tmp_path / "feeds.yaml").write_text(yaml.safe_dump({"feeds": rows}))
    done = command(tmp_path / "home", "--json")
    assert (done.status, done.err) == (0, "")
    contract = {"id", "url", "state", "next_due_at", "failures", "last_success_at", "last_problem"}
    assert contract <= done.json["feeds"][0].keys()
    assert done.json["feeds"][0]["state"] == "never"
    assert {"backlog", "runs", "disk"} <= done.json.keys()
    assert not (tmp_path / "home").exists()


def test_a_feed_that_speaks_in_control_characters_does_not_reach_the_terminal(tmp_path: Path) -> None:
    rows = [{"id": "one", "name": "One", "url": "https://example.org/feed"}]
    (tmp_path / "feeds.yaml").write_text(yaml.safe_dump({"feeds": rows}))
    state = FeedState("one", rows[0]["url"], failures=1, last_polled_at=NOW, last_problem="tls: \x1b]0;owned\x07")
    with Ledger(f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}") as ledger, ledger.write() as connection:
        feeds.save_state(connection, state)
    done = command(tmp_path / "home")
    assert (done.status, done.err) == (0, "")
    assert "tls:" in done.out
    assert "\x1b" not in done.out
    assert "\x07" not in done.out


def test_a_missing_feed_list_ends_the_command_with_2(tmp_path: Path) -> None:
    done = command(tmp_path / "home")
    assert (done.status, done.out) == (2, "")
    assert "feeds.yaml" in done.err
