"""``sitrep dedupe``: JSON lines from standard input to standard output."""

import typer

from pipeline.cli.filters import Jobs, answer_lines

EXAMPLES = """
[bold]Example[/bold]

  sitrep dedupe < articles.ndjson > clusters.ndjson

In: id, title, text, published_at, source; in the order of their arrival.

Out: id, cluster (id of its first item), relation (new, copy, update), similarity (0 to 1).
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(dedupe)


def dedupe(jobs: Jobs = None) -> None:
    """Filter: which texts are copies or updates of earlier ones. One JSON object a line, answers in the same order."""
    from pipeline.flows.dedupe import dedupe as answers_to

    answer_lines(answers_to, jobs)
