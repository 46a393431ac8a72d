"""``python -m pipeline.sample``: serve the sample newsroom by itself until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

from pipeline.cli import console
from pipeline.errors import SitrepError
from pipeline.sample.newsroom import HOURS, open_newsroom
from pipeline.sample.origin import Origin, serve


def main() -> int:
    """Serve until interrupted; the exit status is the contract's."""
    options = _options()
    for ending in (signal.SIGINT, signal.SIGTERM):
        # A shell starts background jobs with SIGINT ignored, a container's first process ignores SIGTERM.
        signal.signal(ending, signal.default_int_handler)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="sitrep-sample-") as folder,
            serve(open_newsroom(), port_base=options.port_base, bind=options.bind, name=options.name) as origin,
        ):
            feeds = options.feeds or Path(folder) / "feeds.yaml"
            origin.write_feed_list(feeds)
            _announce(origin, feeds, options.next_hour_after)
            _publish(origin, options.next_hour_after)
    except SitrepError as error:
        console.complain(error)
        return error.exit_code
    except OSError as error:
        console.say(f"cannot write the feed list ({error}); name another file with --feeds")
        return 4
    except KeyboardInterrupt:
        console.say("the sample newsroom has closed")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.sample",
        description="Serve the bundled sample newsroom (invented outlets and articles) until Ctrl-C.",
        epilog="Examples:\n  python -m pipeline.sample --port-base 8100\n"
        "  python -m pipeline.sample --bind 0.0.0.0 --name newsroom --port-base 8100 --feeds /shared/feeds.yaml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port-base", type=int, default=0, metavar="N", help="first port (default: free ports)")
    parser.add_argument("--bind", metavar="ADDR", help="one address for all (default: a loopback address each)")
    parser.add_argument("--name", metavar="HOST", help="host name in the URLs, where it is not the address")
    parser.add_argument("--feeds", type=Path, metavar="FILE", help="where to write the feed list (default: temporary)")
    parser.add_argument(
        "--next-hour-after",
        type=float,
        metavar="MINUTES",
        help="publish the second hour by itself after this time (default: when Enter is pressed)",
    )
    return parser.parse_args()


def _announce(origin: Origin, feeds: Path, minutes: float | None) -> None:
    console.say(f"the sample newsroom is open: {len(origin.feeds)} feeds, listed in {feeds}")
    console.say("the environment to watch it with:")
    sys.stdout.write(f"export SITREP_FEEDS={feeds}\nexport SITREP_ALLOW_HOSTS={origin.allow_hosts}\n")
    sys.stdout.write("export SITREP_HOST_DELAY=0\n")
    sys.stdout.flush()
    console.say("then, in another terminal: sitrep ingest --now 2024-10-21T12:00:00Z")
    when = "Enter publishes" if minutes is None else f"in {minutes:g} minutes come"
    console.say(f"{when} the news of the second hour (--now 2024-10-21T13:00:00Z); Ctrl-C ends")


def _publish(origin: Origin, minutes: float | None) -> None:
    """Turn to the second hour when told to, then serve on until interrupted."""
    if minutes is not None:
        threading.Event().wait(minutes * 60)
        origin.set_hour(HOURS[-1])
    elif sys.stdin.readline():
        origin.set_hour(HOURS[-1])
    if origin.hour == HOURS[-1]:
        console.say("the second hour is out")
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
