"""Speed of Sitrep beside its peers in one run, as ratios.

    python -m bench.speed --data DIR [--peers PYTHON] [--only PART ...]

Serves real pages from a newsroom on loopback and indexes into one local Elasticsearch. Linux only. All state goes to a
temporary folder. Exit status 1 where a measure misses what it must reach.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.home import SITREP
from bench.pages import read_pages
from bench.speed import commands, filters, growth, hostile, rounds
from bench.speed.goals import Row, missed, show
from bench.speed.newsroom import Newsroom, answer, opened
from bench.speed.text import Yardstick

PARTS = ("rounds", "filters", "commands", "growth", "hostile")


def main() -> int:
    options = _options()
    pages = read_pages(options.data)[: options.pages]
    if not pages:
        sys.exit(f"no pages below {options.data}")
    print(f"{len(pages)} pages, load {os.getloadavg()[0]:.1f}", flush=True)
    with opened(pages) as newsroom:
        rows = []
        for row in _rows(newsroom, options):
            print(f"{row.measure}: {row.figure:.3g} {row.unit} ({row.detail})", file=sys.stderr, flush=True)
            rows.append(row)
    show(rows)
    return 1 if missed(rows) else 0


def _rows(newsroom: Newsroom, options: argparse.Namespace) -> Iterator[Row]:
    yardstick = Yardstick(newsroom.sample())
    yardstick.measure()
    before = yardstick.parse()
    yield from yardstick.rows()
    if "rounds" in options.only:
        yield from rounds.rows(newsroom, yardstick)
    if "commands" in options.only:
        environment = newsroom.environment("commands")
        answer([SITREP, "ingest", "--json"], environment)
        yield from commands.rows(newsroom.pages, environment, newsroom.elasticsearch)
    if "filters" in options.only:
        yield from filters.rows(newsroom.pages, newsroom.folder, newsroom.environment("filters"), options.peers)
    if "growth" in options.only:
        yield from growth.rows(newsroom.environment("growth"), options.large)
    if "hostile" in options.only:
        yield from hostile.rows(newsroom.sample(), newsroom.folder / "hostile")
    after = yardstick.parse_again()
    yield Row("yardstick after against before", after / before, "x", None, "a bare parse: the machine's noise")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the page sets")
    parser.add_argument("--pages", type=int, default=None, help="only so many pages (a quick try)")
    parser.add_argument("--peers", type=Path, default=Path(sys.executable), help="interpreter with requirements.txt")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts only")
    parser.add_argument("--large", action="store_true", help="growth up to a million stories too (3 GB, minutes)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
