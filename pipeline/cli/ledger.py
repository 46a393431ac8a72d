"""``sitrep audit`` and ``sitrep explain``: what the ledger knows."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.audit import Audit
    from pipeline.flows.explain import Explanation

AUDIT_EXAMPLES = """
[bold]Examples[/bold]

  sitrep audit

  sitrep audit --repair        (send what is missing or stale, drop what is extra)
"""
EXPLAIN_EXAMPLES = """
[bold]Examples[/bold]

  sitrep explain https://example.org/news/story

  sitrep explain 3f0c9a52d7be4a1f8c6e5b7d90a1c2e3 --diff
"""
SHOWN_IDS = 10


def register(app: typer.Typer) -> None:
    app.command(epilog=AUDIT_EXAMPLES)(audit)
    app.command(epilog=EXPLAIN_EXAMPLES)(explain)


def audit(
    repair: Annotated[bool, typer.Option("--repair", help="Bring the index back to what the ledger says.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Check that every entry is in one state and that the index holds what the ledger says. Exit 1: it does not."""
    from pipeline.flows import audit as flow
    from pipeline.settings import load_settings

    found = flow.audit(load_settings(), console.say, repair=repair)
    if as_json:
        console.answer_json(
            {
                "balanced": found.balanced,
                "entries": found.entries,
                "stories": found.stories,
                "documents": found.documents,
                "missing": found.missing,
                "extra": found.extra,
                "stale": found.stale,
            }
        )
    else:
        _show_audit(found)
    sys.exit(0 if found.clean else 1)


def _show_audit(found: "Audit") -> None:
    print("entries   " + "  ".join(f"{name} {count}" for name, count in found.entries.items()))
    print(f"balanced  {'yes' if found.balanced else 'NO'}")
    print(f"stories   {found.stories} in the ledger, {found.documents} in the index")
    for name, ids in (("missing", found.missing), ("extra", found.extra), ("stale", found.stale)):
        print(f"{name:<9} {len(ids)}" + "".join(f"\n            {story_id}" for story_id in ids[:SHOWN_IDS]))
    for row in found.contradictions[:SHOWN_IDS]:
        print(f"contradiction: {row}")
    if not found.clean:
        print("Try: sitrep audit --repair")


def explain(
    wanted: Annotated[str, typer.Argument(metavar="URL-OR-ID", help="A story's id, or any URL that leads to it.")],
    diff: Annotated[
        bool, typer.Option("--diff", help="Show the words that went and came from version to version.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Tell everything known of one story: entries, fetches, versions, removed lines, topics, copies, delivery."""
    from pipeline.flows import explain as flow
    from pipeline.settings import load_settings

    told = flow.explain(load_settings(), wanted, diff=diff)
    if as_json:
        # The keys are fixed; what the cluster's stories are to each other is for people.
        console.answer_json({name: part for name, part in asdict(told).items() if name != "cluster"})
    else:
        _show_explanation(told)


def _show_explanation(told: "Explanation") -> None:
    if told.story:
        _show_story(told.story)
    else:
        print("No story came of it.")
    _show_rows("Entries", [_entry_line(row) for row in told.entries])
    _show_rows("Fetches", [_fetch_line(row) for row in told.fetches])
    _show_rows("Versions", [line for row in told.versions for line in _version_lines(row)])
    _show_rows("Removed lines", [f"[{row['rule']}] {row['text']}" for row in told.removed])
    _show_rows("Topics", [_topic_line(row) for row in told.topics])
    _show_rows("Cluster", [_member_line(row) for row in told.cluster])
    if told.delivery:
        _show_rows("Delivery", [", ".join(f"{k} {v}" for k, v in told.delivery.items() if v is not None)])


def _show_story(story: dict[str, Any]) -> None:
    print(console.plain(story["title"]))
    print(f"  {console.plain(story['url'])}")
    print(f"  id {story['_id']}, version {story['version']}, revision {story['revision']}")
    print(f"  text from the {story['content_source']}, {len(story['text'].split())} words")
    print(f"  published {story.get('published_at', 'unknown')}, first seen {story['first_seen_at']}")
    print(f"  sources {', '.join(story['sources'])}")
    print(f"  cluster {story['cluster_id']}" + (f", a copy of {story['copy_of']}" if "copy_of" in story else ""))


def _show_rows(title: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{title}")
        for line in lines:
            print("  " + console.plain(line))


def _entry_line(row: dict[str, Any]) -> str:
    reason = f" ({row['reason']})" if row["reason"] else ""
    again = f", again {row['retry_at']}" if row["retry_at"] else ""
    return f"{row['feed_id']}: {row['state']}{reason}{again}, first seen {row['first_seen_at']} {row['url'] or ''}"


def _fetch_line(row: dict[str, Any]) -> str:
    detail = f" {row['detail']}" if row["detail"] else ""
    return f"{row['at']} {row['outcome']}{detail}, {row['bytes']} bytes, {row['milliseconds']} ms {row['url']}"


def _version_lines(row: dict[str, Any]) -> list[str]:
    head = f"{row['version']}: {row['at']}, from the {row['content_source']}, {len(row['text'].split())} words"
    return [head, *(f"    {line}" for line in row.get("diff", []))]


def _member_line(row: dict[str, Any]) -> str:
    relation = f"{row['relation']} of {row['like']}, {row['similarity']:.0%} alike" if row["like"] else row["relation"]
    return f"{row['first_seen_at']} {row['sources'][0]}: {relation} {row['url']}"


def _topic_line(row: dict[str, Any]) -> str:
    phrases = ", ".join(dict.fromkeys(found["phrase"] for found in row["evidence"]))
    verdict = "tagged" if row["tagged"] else "not tagged"
    against = ", ".join(dict.fromkeys(found["phrase"] for found in row["against"]))
    reasons = (f" for: {phrases}" if phrases else "") + (f"; against: {against}" if against else "")
    return f"{row['topic']}: {row['score']:.2f}, {verdict}{reasons}"
