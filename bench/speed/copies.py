"""What looking for a text's copies costs with so many signatures in the window.

    python -m bench.speed.copies [--stories 10000 100000 1000000] [--database postgresql://…]

Fills a fresh ledger with invented signatures (random shingles, and one band that every hundredth text shares), then
looks for the copies of new texts. Prints CPU milliseconds of this process for one look-up (on PostgreSQL the server's
are not in it, so wall milliseconds stand beside) and the memory it had at most.
"""

import argparse
import random
import resource
import struct
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import func, select

from pipeline.adapters.ledger import bands
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import stories, story_bands, story_signatures
from pipeline.stages.fold import Signature, bands_of
from pipeline.stages.fold.signature import SAMPLE

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
CHUNK = 2000
LOOKUPS = 200
SHARED = 7
"""The smallest hash, of a phrase that stands in many texts."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--database", help="an empty database instead of a SQLite file")
    given = options.parse_args()
    for count in given.stories:
        with tempfile.TemporaryDirectory() as folder:
            url = given.database or f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
            with Ledger(url) as ledger:
                _fill(ledger, count)
                _show(ledger, count)


def _fill(ledger: Ledger, count: int) -> None:
    """Adds up to ``count`` signatures; those of an earlier turn in the same database stay."""
    with ledger.read() as connection:
        there = connection.execute(select(func.count()).select_from(story_signatures)).scalar_one()
    dice = random.Random(5)  # noqa: S311 (invented texts)
    for start in range(there, count, CHUNK):
        rows = list(_rows(dice, start, min(start + CHUNK, count)))
        with ledger.write() as connection:
            connection.execute(stories.insert(), [story for story, _, _ in rows])
            connection.execute(story_signatures.insert(), [signature for _, signature, _ in rows])
            connection.execute(story_bands.insert(), [band for _, _, found in rows for band in found])


def _rows(dice: random.Random, start: int, end: int) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[Any]]]:
    for number in range(start, end):
        signature, story_id = _signature(dice, shared=number % 100 == 0), f"{number:032x}"
        story = {
            "id": story_id, "url": f"https://example.org/{number}", "title": "", "text": "", "summary": "",
            "authors": [], "sources": ["one"], "first_seen_at": NOW, "updated_at": NOW, "version": 1, "revision": 1,
            "content_source": "page", "cluster_id": story_id, "topics": [], "rules_digest": "",
            "revised_run": "filling",
        }  # fmt: skip
        kept = {"number": number + 1, "story_id": story_id, "first_seen_at": NOW, "signature": signature.pack()}
        yield story, kept, [{"band": band, "number": number + 1} for band in bands_of(signature)]


def _signature(dice: random.Random, *, shared: bool) -> Signature:
    hashes = {dice.getrandbits(32) for _ in range(SAMPLE + 8)} | ({SHARED} if shared else set())
    packed = struct.pack(f"<{SAMPLE}I", *sorted(hashes)[:SAMPLE])
    return Signature(1000, None, packed, packed[:64], b"", dice.getrandbits(31) + 1, packed[:32], 0)


def _show(ledger: Ledger, count: int) -> None:
    dice = random.Random(6)  # noqa: S311
    cpu: list[float] = []
    wall: list[float] = []
    with ledger.read() as connection:
        for number in range(LOOKUPS):
            signature = _signature(dice, shared=number % 2 == 0)
            before = time.process_time(), time.perf_counter()
            bands.candidates(connection, "asking", signature)
            cpu.append(1000 * (time.process_time() - before[0]))
            wall.append(1000 * (time.perf_counter() - before[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:>9,} signatures: CPU {median(cpu):.2f} ms a look-up (95 %: {quantiles(cpu, n=20)[-1]:.2f}), "
        f"wall {median(wall):.2f} ms, {peak:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
