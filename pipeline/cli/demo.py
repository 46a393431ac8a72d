"""``sitrep demo``: the main job over the sample newsroom, and what came of it."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.demo import CleanedStory, Cluster, Demonstration
    from pipeline.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  sitrep demo

  sitrep demo --keep        (leave its Elasticsearch running, to search in)
"""
SHOWN_PHRASES = 5
LINE = 100


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(demo)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the demo's Elasticsearch running.")] = False,
) -> None:
    """Run the whole main job over the bundled sample newsroom and show what was found. Needs no settings."""
    from pipeline.flows.demo import demonstration, own_environment
    from pipeline.settings import load_settings

    for name in set(os.environ) - set(own_environment(os.environ)):
        del os.environ[name]
    settings = load_settings()
    with demonstration(settings, console.say, keep=keep) as seen:
        _show(seen)
    _show_next(settings, keep=keep)


def _show(seen: "Demonstration") -> None:
    for number, report in enumerate(seen.reports, start=1):
        _show_report(number, report)
    _show_hits(seen.on_topic)
    _show_cleaned(seen.cleaned)
    _show_folded(seen.clusters, seen.updated)


def _heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def _show_report(number: int, report: dict[str, Any]) -> None:
    _heading(f"Round {number}, {report['now']}: {'balanced' if report['balanced'] else 'NOT BALANCED'}")
    for name in ("feeds", "entries", "retried", "stories"):
        counts = (f"{what.replace('_', ' ')} {count}" for what, count in report[name].items())
        print(f"{name:<8} " + "  ".join(counts))
    for problem in report["problems"]:
        print(f"problem  {problem['kind']} ({problem['detail']}): {problem['feed']} {problem['url']}")


def _show_hits(found: Any) -> None:
    _heading(f"On topic, from the index: {found.total} stories (copies folded)")
    for hit in found.hits:
        document = hit.document
        (score,) = (value for topic, value in document["topic_scores"].items() if topic in document["topics"])
        print(f"{score:.2f}  {console.plain(document['title'])}  [{', '.join(document['sources'])}]")
        print(f"      for: {', '.join(document['topic_evidence'][:SHOWN_PHRASES])}")


def _show_cleaned(story: "CleanedStory") -> None:
    removed = sum(rule is not None for _, rule in story.lines)
    _heading(f"One story before and after cleaning: {removed} lines removed")
    print(console.plain(story.title))
    for line, rule in story.lines:
        text = console.plain(line)
        short = text if len(text) <= LINE else text[: LINE - 1] + "…"
        print(f"- {short}   <- {rule}" if rule else f"  {short}")


def _show_folded(clusters: "tuple[Cluster, ...]", updated: tuple[str, ...]) -> None:
    _heading(f"Folded: {len(clusters)} texts were printed by more than one outlet")
    for cluster in clusters:
        print(f"{console.plain(cluster.title)}: {cluster.outlets[0]}, copied by {', '.join(cluster.outlets[1:])}")
    for title in updated:
        print(f"New version in round 2: {console.plain(title)}")


def _show_next(settings: "Settings", *, keep: bool) -> None:
    """The exact line to type next."""
    command = shlex.quote(_as_typed(Path(sys.argv[0])))
    if keep:
        home = shlex.quote(str(settings.home / "demo"))
        print(f"\nNext, type:\n  SITREP_HOME={home} SITREP_INDEX=sitrep-demo {command} search hochstein")
    else:
        print(f"\nNext, type:\n  {command} demo --keep\nto leave its Elasticsearch running and search in it.")


def _as_typed(program: Path) -> str:
    absolute = program.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)
