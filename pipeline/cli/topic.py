"""``sitrep topic new|test|similar``: topics from stories, measured on graded stories, and stories like a given one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.topic_new import NewTopic
    from pipeline.flows.topic_similar import SimilarStories
    from pipeline.flows.topic_test import Figures, Mistaken, TopicTest

STORY = """
A story is an http(s) address (fetched as in a round: robots.txt, host delay, SITREP_CONTACT), or a file:

HTML, JSON with title and text, or plain text with the headline on its first line.
"""
NEW_EXAMPLES = f"""
[bold]Examples[/bold]

  sitrep topic new sahel-insurgency --story https://example.org/2025/sahel.html

  sitrep topic new grain-corridor --story story.txt --dry-run
{STORY}
The file is a beginning: names and words that are rare in news at large. Read and mend it before you rely on it.

Exit status: 0 written, 1 no story there or nothing in it stands out, 2 a wrong or taken ID, a wrong file or address,
4 the site does not answer now or the file cannot be written.
"""
TEST_EXAMPLES = """
[bold]Examples[/bold]

  sitrep topic test israel-hezbollah --labels graded.jsonl

  sitrep topic test israel-hezbollah --labels graded.jsonl --untrained --json

FILE holds JSON lines: title, text (or summary), grade (2 mainly about the topic, 1 partly, 0 not), optionally id.

Exit status: 0 measured (whatever the figures), 1 no such topic, 2 a wrong file (its bad lines are named).
"""
SIMILAR_EXAMPLES = f"""
[bold]Examples[/bold]

  sitrep topic similar https://example.org/2024/10/envoy.html

  sitrep topic similar story.txt --size 25 --json
{STORY}
Exit status: 0 answered, 1 no story there, 2 a wrong file or address, 4 the index or the site cannot be asked.
"""
SHOWN_ERRORS = 20
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def register(app: typer.Typer) -> None:
    commands = typer.Typer(
        help="Topics: make one from a story, measure one, find similar stories.", no_args_is_help=True
    )
    commands.command(epilog=NEW_EXAMPLES)(new)
    commands.command(epilog=TEST_EXAMPLES)(test)
    commands.command(epilog=SIMILAR_EXAMPLES)(similar)
    app.add_typer(commands, name="topic")


def new(
    topic_id: Annotated[str, typer.Argument(metavar="ID", help="The topic's id: a-z, 0-9 and '-'.")],
    story: Annotated[str, typer.Option(metavar="FILE|URL", help="The story it is to be like.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the file, write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Write a first topic file out of one story, into the folder of topics."""
    from pipeline.flows.topic_new import new_topic
    from pipeline.settings import load_settings

    made = new_topic(load_settings(), topic_id, story, dry_run=dry_run)
    if as_json:
        console.answer_json(_new_json(made))
        return
    if not made.written:
        print("\n".join(console.plain(line) for line in made.text.splitlines()))
    phrases = sum(len(group.phrases) for group in made.topic.groups)
    place = f"{'written to' if made.written else 'would be written to'} {made.file}"
    console.say(f"{phrases} phrases in {len(made.topic.groups)} groups, {place}")
    console.say(f"the story itself scores {made.score:.2f}; read the file, then: sitrep check-config")


def _new_json(made: "NewTopic") -> dict[str, Any]:
    return {
        "topic": made.topic.id,
        "file": str(made.file),
        "written": made.written,
        "groups": {group.name: list(group.phrases) for group in made.topic.groups},
        "score": made.score,
        "text": made.text,
    }


def test(
    topic_id: Annotated[str, typer.Argument(metavar="ID", help="A configured topic.")],
    labels: Annotated[Path, typer.Option(metavar="FILE", help="Graded stories, JSON lines.", show_default=False)],
    untrained: Annotated[bool, typer.Option("--untrained", help="Leave the topic's trained model aside.")] = False,
    as_json: Json = False,
) -> None:
    """Tag graded stories and print precision, recall, F1, the curve over thresholds, calibration and the errors."""
    from pipeline.flows.topic_test import try_topic
    from pipeline.settings import load_settings

    measured = try_topic(load_settings(), topic_id, labels, untrained=untrained)
    if as_json:
        console.answer_json(asdict(measured))
        return
    for line in _test_lines(measured):
        print(line)


def _test_lines(measured: "TopicTest") -> Iterator[str]:
    judge = "its trained model" if measured.trained else "the weights that all topics share"
    yield f"{console.plain(measured.topic)}, judged by {judge}, threshold {measured.strict.threshold:g}"
    yield ""
    yield f"{'':<22}{'stories':>8}{'main':>6}{'P':>7}{'R':>7}{'F1':>7}{'AP':>7}"
    yield _figures_line("main against off topic", measured.strict)
    yield _figures_line("… and borderline", measured.wide)
    yield f"calibration error (ECE) {measured.wide.calibration_error:.3f}"
    yield ""
    yield f"{'threshold':<10}{'P':>7}{'R':>7}{'F1':>7}      against off topic and borderline"
    for one in measured.curve:
        yield f"{one.threshold:<10.2f}{one.precision:>7.3f}{one.recall:>7.3f}{one.f1:>7.3f}"
    yield ""
    yield f"{'mean score':<12}{'on topic':>9}{'stories':>9}"
    for each in measured.reliability:
        yield f"{each.score:<12.2f}{each.on_topic:>9.2f}{each.stories:>9}"
    yield from _error_lines("Missed", measured.missed)
    yield from _error_lines("False alarms", measured.false_alarms)


def _figures_line(name: str, figures: "Figures") -> str:
    shares = (figures.precision, figures.recall, figures.f1, figures.average_precision)
    return f"{name:<22}{figures.stories:>8}{figures.positives:>6}" + "".join(f"{share:>7.3f}" for share in shares)


def _error_lines(name: str, errors: "Sequence[Mistaken]") -> Iterator[str]:
    yield ""
    yield f"{name}: {len(errors)}"
    for one in errors[:SHOWN_ERRORS]:
        yield f"  {one.score:.2f}  grade {one.grade}  {console.plain(one.title)}  [{console.plain(one.id)}]"
        for word, phrases in (("for", one.phrases), ("against", one.against)):
            if phrases:
                yield f"        {word}: {console.plain(', '.join(phrases))}"
    if len(errors) > SHOWN_ERRORS:
        yield f"  … and {len(errors) - SHOWN_ERRORS} more (--json shows all)"


def similar(
    story: Annotated[str, typer.Argument(metavar="FILE|URL", help="The story to compare with.")],
    size: Annotated[int, typer.Option(min=1, max=1000, help="How many stories to show.")] = 10,
    copies: Annotated[bool, typer.Option("--copies", help="Show copies of a story too.")] = False,
    as_json: Json = False,
) -> None:
    """Rank the indexed stories by likeness to a given one, and say what makes them alike."""
    from pipeline.flows import topic_similar as flow
    from pipeline.settings import load_settings

    found = flow.similar(load_settings(), story, console.say, size=size, copies=copies)
    if as_json:
        console.answer_json(_similar_json(found))
        return
    print(f"Like: {console.plain(found.story.title)}")
    if not found.hits:
        print("No indexed story is like it.")
    for hit in found.hits:
        print(f"\n{hit.score:.2f}  {console.plain(hit.document.get('title', ''))}")
        print(f"      {console.plain(hit.document.get('url', ''))}")
        print(f"      shared: {console.plain(', '.join(word for word, _ in hit.reasons))}")


def _similar_json(found: "SimilarStories") -> dict[str, Any]:
    return {
        "story": {"title": found.story.title, "url": found.story.url},
        "hits": [
            hit.document
            | {
                "id": hit.id,
                "score": hit.score,
                "reasons": [{"word": word, "share": share} for word, share in hit.reasons],
            }
            for hit in found.hits
        ],
    }
