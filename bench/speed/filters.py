"""The filters beside their peers on the same lines, and what a second core brings them."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench import measure
from bench.home import SITREP
from bench.pages import RealPage
from bench.speed.goals import Goal, Row

COPIES = 3
"""Each story goes through the filters so often under ids of its own: start-up weighs less, and copies are found."""


def rows(pages: tuple[RealPage, ...], folder: Path, environment: Mapping[str, str], peers: Path) -> Iterator[Row]:
    """Stories are the texts that people marked on the pages; ``peers``: an interpreter with requirements.txt."""
    stories, documents = folder / "stories.jsonl", folder / "pages.jsonl"
    stories.write_text("".join(_stories(pages)), "utf-8")
    documents.write_text("".join(map(_page, pages)), "utf-8")
    yield from _beside("dedupe", "peer_lsh.py", "datasketch's LSH", Goal(1, 3, more=True), stories, environment, peers)
    yield from _beside(
        "tag", "peer_classifier.py", "TF-IDF + regression", Goal(2, 5, more=True), stories, environment, peers
    )
    yield _cores("extract", documents, environment)
    yield _cores("clean", stories, environment)


def _beside(
    name: str, script: str, peer: str, goal: Goal, lines: Path, environment: Mapping[str, str], peers: Path
) -> Iterator[Row]:
    """How many times the peer's CPU ours would fit into, start included on both sides."""
    theirs = _run([str(peers), str(Path(__file__).with_name(script))], lines, environment).cpu
    ours = _run([SITREP, name, "--jobs", "1"], lines, environment).cpu
    yield Row(f"{name} against {peer}", theirs / ours, "x", goal, f"{ours:.1f} s and {theirs:.1f} s CPU")


def _cores(name: str, lines: Path, environment: Mapping[str, str]) -> Row:
    one = _run([SITREP, name, "--jobs", "1"], lines, environment).seconds
    two = _run([SITREP, name, "--jobs", "2"], lines, environment).seconds
    detail = f"{one:.1f} s and {two:.1f} s"
    return Row(f"{name}, two workers against one", one / two, "x", Goal(1.6, 1.8, more=True), detail)


def _run(command: list[str], lines: Path, environment: Mapping[str, str]) -> measure.Cost:
    """Standard input and output are files, so that nothing waits for the bench."""
    shell = ["sh", "-c", 'input=$1 && shift && exec "$@" < "$input" > "$input.out"', "sh", str(lines), *command]
    outcome = measure.run(shell, environment)
    if outcome.status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{outcome.errors}")
    return outcome.cost


def _stories(pages: tuple[RealPage, ...]) -> Iterator[str]:
    for copy in range(COPIES):
        for page in pages:
            head, _, text = page.text.strip().partition("\n")
            row = {"id": f"{page.set}-{page.id}-{copy}", "title": head[:200], "text": text or head}
            yield json.dumps({**row, "published_at": "2024-10-21T12:00:00Z", "source": f"feed-{copy}"}) + "\n"


def _page(page: RealPage) -> str:
    return (
        json.dumps({"id": page.path, "url": f"http://127.0.1.1{page.path}", "path": str(page.file.absolute())}) + "\n"
    )
