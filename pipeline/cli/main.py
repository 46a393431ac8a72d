"""The command tree. Each command lives in the file named after its subject and imports what it needs when it runs."""

import os
import sys

import typer

from pipeline import __version__
from pipeline.cli import (
    check_config,
    console,
    dedupe,
    demo,
    feeds,
    filters,
    index,
    ledger,
    node,
    reprocess,
    rounds,
    search,
    setup,
    status,
    topic,
    up,
)
from pipeline.errors import SitrepError

INTERRUPTED = 130

app = typer.Typer(
    name="sitrep",
    help="Watch defence news: poll feeds, keep the story, tag what is like a reference story, search it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sitrep {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Log each step to standard error."),
) -> None:
    """Watch defence news: poll feeds, keep the story, tag what is like a reference story, search it."""
    from pipeline.logs import configure_logs

    configure_logs("info" if verbose else "warning")


for subject in (
    demo,
    up,
    rounds,
    search,
    status,
    feeds,
    ledger,
    reprocess,
    index,
    setup,
    node,
    check_config,
    filters,
    dedupe,
    topic,
):
    subject.register(app)


def run() -> None:
    """Entry point: every known trouble ends in one message and the exit status of the contract."""
    sys.exit(_status())


def _status() -> int:
    try:
        app()
    except SystemExit as ended:  # how typer ends, bad usage (2) and Ctrl-C included
        status = ended.code if isinstance(ended.code, int) else 0
    except SitrepError as error:
        console.complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`sitrep search | head`): nothing is wrong here.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    else:
        return 0
    if status == INTERRUPTED:
        console.say("interrupted; what was stored is safe, the next run goes on")
    return status
