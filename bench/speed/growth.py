"""Does a new story cost more when the ledger remembers more? Rounds over ledgers filled with invented stories."""

import hashlib
import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from bench.home import SITREP
from bench.speed.filling import fill_ledger
from bench.speed.goals import Goal, Row
from bench.speed.newsroom import answer
from pipeline.settings import Settings

NEW = 400
TURNS = 5
WORDS = tuple(hashlib.sha256(str(number).encode()).hexdigest()[: 3 + number % 7] for number in range(4000))
NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)


def _nothing() -> float:
    return 0.0


def rows(environment: Mapping[str, str], large: bool) -> Iterator[Row]:
    """Ledgers of 1 and 20 thousand stories; with ``large`` also of 10 thousand and a million."""
    yield _row(environment, 1_000, 20_000, Goal(1.15, 1.05))
    if large:
        yield _row(environment, 10_000, 1_000_000, Goal(1.5, 1.2))


def _row(environment: Mapping[str, str], few: int, many: int, goal: Goal) -> Row:
    """Both ledgers in turns, since the machine may become slower or faster meanwhile."""
    with filled(environment, few) as small, filled(environment, many) as big:
        turns = [(small(), big()) for _ in range(TURNS)]
    little, much = (_least(column) for column in zip(*turns, strict=True))
    detail = f"{1000 * little:.2f} ms and {1000 * much:.2f} ms a story (text from feeds), the least of {TURNS} turns"
    return Row(f"CPU per new story, {many:,} stories against {few:,}", much / little, "x", goal, detail)


def cost(
    environment: Mapping[str, str], stories: int, database: str | None = None, server: Callable[[], float] = _nothing
) -> float:
    """CPU seconds a new story takes, the least of some turns of a ``filled`` ledger."""
    with filled(environment, stories, database, server) as turn:
        return _least([turn() for _ in range(TURNS)])


def _least(turns: Sequence[tuple[float, float]]) -> float:
    """What a new story takes beyond a round that finds nothing. What else runs on the machine only adds to each."""
    busy, idle = map(min, zip(*turns, strict=True))
    return (busy - idle) / NEW


@contextmanager
def filled(
    environment: Mapping[str, str],
    stories: int,
    database: str | None = None,
    server: Callable[[], float] = _nothing,
) -> Iterator[Callable[[], tuple[float, float]]]:
    """A ledger of so many stories. Each call: CPU seconds of a round with new stories, and of one that finds nothing.

    ``database``: URL of an empty PostgreSQL database instead of a SQLite file. ``server``: CPU seconds that its server
    has taken so far, which count as the round's.
    """
    home = Path(environment["SITREP_HOME"]).parent / f"of-{stories}"
    home.mkdir()
    with _origin() as origin:
        feeds = home / "feeds.yaml"
        row = {"id": "growing", "name": "Growing", "url": origin.url, "full_text": "feed", "interval": "1m"}
        feeds.write_text(yaml.safe_dump({"feeds": [row]}), "utf-8")
        settings = {**environment, "SITREP_HOME": str(home / "home"), "SITREP_FEEDS": str(feeds)}
        if database:
            settings["SITREP_DATABASE_URL"] = database
        fill_ledger(Settings(home=home / "home", database_url=database).ledger_url, stories, NOW)
        moments = iter(NOW + timedelta(hours=1 + hour) for hour in range(100))
        _ingest(settings, next(moments))  # the first round after filling also warms the disk
        yield lambda: _one(origin, settings, moments, server)


def _one(
    origin: "_Origin", settings: Mapping[str, str], moments: Iterator[datetime], server: Callable[[], float]
) -> tuple[float, float]:
    origin.tell_new()
    begun = server()
    busy = _ingest(settings, next(moments))
    between = server()
    idle = _ingest(settings, next(moments))
    return busy + between - begun, idle + server() - between


def _ingest(settings: Mapping[str, str], now: datetime) -> float:
    command = [SITREP, "ingest", "--no-deliver", "--json", "--now", now.isoformat()]
    return answer(command, settings)[1].cpu


class _Origin:
    """One feed that carries whole texts; ``tell_new`` replaces its entries by others."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/feed.json"
        self.body = b""
        self._random = random.Random(7)  # noqa: S311 (invented texts)
        self.tell_new()

    def tell_new(self) -> None:
        items = [self._item(self._random.getrandbits(64)) for _ in range(NEW)]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Growing", "items": items}
        self.body = json.dumps(feed).encode()

    def _item(self, number: int) -> dict[str, str]:
        words = " ".join(self._random.choices(WORDS, k=120))
        title = " ".join(self._random.choices(WORDS, k=8))
        url = self.url.replace("feed.json", f"{number:x}")
        return {"id": str(number), "url": url, "title": title, "content_html": f"<p>{words}</p>"}


@contextmanager
def _origin() -> Iterator[_Origin]:
    told: list[_Origin] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/feed.json"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(told[0].body if known else b"")

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.append(_Origin(server.server_port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told[0]
    finally:
        server.shutdown()
        server.server_close()
