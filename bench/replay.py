"""The main job over real pages: a newsroom of them on loopback, `sitrep` as its users run it, a real Elasticsearch.

    python -m bench.replay --data DIR

Two rounds, an audit and some searches. Prints what they cost; exit status 1 when a check fails. Linux only (it listens
on 127.0.1.x). The data stays where it is, all state goes to a temporary folder.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import measure
from bench.home import SITREP, environment_of
from bench.newsroom import Desk, desks_of, open_newsroom, write_feed_list
from bench.pages import RealPage, read_pages
from bench.text_work import time_text_work
from bench.upkeep import reindex_rates, reprocess_cost
from pipeline.stages.verdict import NO_TEXT

FEEDS = 20
SEARCHES = 12
MEMORY_LIMIT = 1_000_000_000


@dataclass(slots=True)
class Checks:
    """What was looked at, and whether it was as it should be."""

    failed: int = 0

    def that(self, fact: str, holds: bool, detail: object = "") -> None:
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'}  {fact}" + (f": {detail}" if detail != "" else ""), flush=True)


@dataclass(slots=True)
class Replay:
    """One run: the commands, with the settings of the temporary home."""

    pages: tuple[RealPage, ...]
    desks: tuple[Desk, ...]
    environment: Mapping[str, str]
    port: int
    checks: Checks = field(default_factory=Checks)

    def sitrep(self, *arguments: str) -> measure.Outcome:
        return measure.run([SITREP, *arguments], self.environment)

    def answer(self, *arguments: str, wanted: int = 0) -> tuple[dict[str, Any], measure.Outcome]:
        """The JSON that a command prints; the run ends if there is none."""
        outcome = self.sitrep(*arguments, "--json")
        if outcome.status != wanted:
            self.checks.that(f"sitrep {' '.join(arguments)} ends with {wanted}", False, outcome.status)
        try:
            return json.loads(outcome.output), outcome
        except ValueError:
            sys.exit(f"sitrep {' '.join(arguments)}: no JSON, status {outcome.status}\n{outcome.errors}")

    def all_pages(self) -> list[tuple[Desk, RealPage]]:
        return [(desk, page) for desk in self.desks for page in desk.pages]

    def url(self, desk: Desk, page: RealPage) -> str:
        return f"http://{desk.address}:{self.port}{page.path}"


def main() -> int:
    options = _options()
    pages = read_pages(options.data)[: options.pages]
    if not pages:
        sys.exit(f"no pages below {options.data}")
    desks = desks_of(pages, FEEDS)
    with tempfile.TemporaryDirectory(prefix="sitrep-replay-") as home, open_newsroom(desks) as port:
        write_feed_list(desks, port, Path(home) / "feeds.yaml")
        replay = Replay(pages, desks, environment_of(Path(home), "replay"), port)
        print(f"{len(pages)} pages, {FEEDS} feeds, port {port}", flush=True)
        try:
            _play(replay)
        finally:
            replay.sitrep("node", "stop")
    print(f"{replay.checks.failed} checks failed" if replay.checks.failed else "all checks passed")
    return 1 if replay.checks.failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the page sets")
    parser.add_argument("--pages", type=int, default=None, help="only so many pages (a quick try)")
    return parser.parse_args()


def _play(replay: Replay) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    if replay.sitrep("node", "start").status != 0:
        sys.exit("the local node does not start; try: sitrep node start")
    first, outcome = replay.answer("ingest", "--now", begun.isoformat())
    _check_first(replay, first)
    _show_cost(replay, first, outcome.cost)
    replay.checks.that("peak memory without Elasticsearch is under 1 GB", outcome.cost.peak_memory < MEMORY_LIMIT)
    _check_every_page(replay)
    before = _audited(replay, "after the first round")
    second, outcome = replay.answer("ingest", "--now", (begun + timedelta(hours=12)).isoformat())
    _check_second(replay, second)
    print(f"        second round: {outcome.cost.cpu:.1f} s CPU, {outcome.cost.seconds:.1f} s")
    after = _audited(replay, "after the second round")
    replay.checks.that("the second round changes nothing", before == after)
    _search(replay)
    _show_upkeep(replay)
    _audited(replay, "after the rebuild of the index")


def _show_upkeep(replay: Replay) -> None:
    folder = Path(replay.environment["SITREP_HOME"]).parent
    looked, again, extract, _ = reprocess_cost(replay.pages, replay.environment, folder)
    per_story = f"{again * 1000:.1f} ms CPU a story ({looked}); extract: {extract * 1000:.1f} ms a page"
    print(f"        reprocess: {per_story}: {again / extract:.2f}")
    node, _ = replay.answer("node", "status")
    best, alone = reindex_rates(replay.environment, node["url"])
    print(f"        reindex: {best:.0f} documents/s; streaming_bulk alone: {alone:.0f}: {best / alone:.2f}")


def _check_first(replay: Replay, report: dict[str, Any]) -> None:
    entries, feeds = report["entries"], report["feeds"]
    check = replay.checks.that
    check("the first round is balanced", report["balanced"], entries)
    check("every feed was read", feeds["changed"] == FEEDS and feeds["failed"] == 0, feeds)
    check("every page was seen", entries["seen"] == len(replay.pages), entries["seen"])
    check("nothing waits for the index", report["stories"]["waiting"] == 0, report["stories"])


def _check_every_page(replay: Replay) -> None:
    """Each page is a document in the index, or the ledger says why it is none."""
    found, _ = replay.answer("search", "--copies", "--size", "10000")
    indexed = {hit["url"] for hit in found["hits"]}
    nameless = lost = 0
    for desk, page in replay.all_pages():
        if replay.url(desk, page) in indexed:
            continue
        told, _ = replay.answer("explain", replay.url(desk, page))
        if told["story"] and told["story"]["url"] in indexed:  # the page states another address of its own site
            continue
        reasons = {f"{entry['state']}, {entry['reason']}" for entry in told["entries"] if entry["reason"]}
        nameless += not reasons
        lost += any(not reason.endswith(NO_TEXT) for reason in reasons)
        print(f"        no story: {page.path}: {'; '.join(reasons)}")
    replay.checks.that("every page is a story or a named outcome", nameless == 0, f"{len(indexed)} stories")
    replay.checks.that("no page is taken for anything but an article", lost == 0, f"{lost} pages")


def _check_second(replay: Replay, report: dict[str, Any]) -> None:
    entries, feeds = report["entries"], report["feeds"]
    check = replay.checks.that
    check("the second round is balanced", report["balanced"], entries)
    check("every feed was due again", feeds["due"] == FEEDS, feeds)
    check("every feed is the same: 304 or the same bytes", feeds["not_modified"] == FEEDS, feeds)
    check("no entry is new or changed", not entries["created"] and not entries["updated"], entries)


def _audited(replay: Replay, when: str) -> dict[str, Any]:
    found, outcome = replay.answer("audit")
    differences = {name: len(found[name]) for name in ("missing", "extra", "stale")}
    clean = outcome.status == 0 and found["balanced"] and not any(differences.values())
    replay.checks.that(
        f"audit is clean {when}", clean and found["entries"]["total"] == len(replay.pages), found["entries"]
    )
    return found


def _search(replay: Replay) -> None:
    """Rare words of a page's story lead to that page."""
    sought = replay.all_pages()[:: max(1, len(replay.pages) // SEARCHES)]
    found = 0
    for desk, page in sought:
        words = rare_words(page.text)
        answer, _ = (
            replay.answer("search", " ".join(words), "--copies", "--size", "50") if words else ({"hits": []}, None)
        )
        hit = any(hit["url"] == replay.url(desk, page) for hit in answer["hits"])
        found += hit
        if not hit:
            print(f"        not found: {page.path} by {' '.join(words)}")
    replay.checks.that("search finds words of the texts", found >= 0.9 * len(sought), f"{found} of {len(sought)}")


def rare_words(text: str, count: int = 3) -> tuple[str, ...]:
    """The longest words of a text that are plain ASCII: long words are rare ones."""
    words = sorted(set(re.findall(r"\b[a-z]{6,16}\b", text[:3000])), key=lambda word: (-len(word), word))
    return tuple(words[:count])


def _show_cost(replay: Replay, report: dict[str, Any], cost: measure.Cost) -> None:
    stories = report["entries"]["created"] + report["entries"]["updated"]
    if not stories:
        return
    each = 1000 / stories
    delivering = cost.main - cost.until_workers_left
    print(f"        {stories} stories in {cost.seconds:.1f} s: {stories / cost.seconds:.1f} stories/s")
    print(f"        CPU {cost.cpu:.1f} s, {cost.cpu * each:.1f} ms a story, without Elasticsearch, of these")
    print(f"          {cost.others * each:6.1f} ms  text work in workers")
    print(f"          {cost.until_workers_left * each:6.1f} ms  start, feeds, pages, archive, ledger")
    print(f"          {delivering * each:6.1f} ms  delivery and report")
    main, workers = cost.peak_memory_main / 1e6, (cost.peak_memory - cost.peak_memory_main) / 1e6
    print(f"        peak memory {main + workers:.0f} MB (PSS, without Elasticsearch): {workers:.0f} of it workers")
    print("        text work by stage, alone in one process:")
    for stage, seconds in time_text_work(replay.pages[:: max(1, len(replay.pages) // 150)]):
        print(f"          {seconds * 1000:6.1f} ms  {stage}")


if __name__ == "__main__":
    sys.exit(main())
