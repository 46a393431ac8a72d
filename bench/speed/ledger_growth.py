"""What a new story costs with so many stories in the ledger, on SQLite and on PostgreSQL.

    python -m bench.speed.ledger_growth [--stories 1000 10000 100000]

Rounds over a feed that carries whole texts, without delivery. Prints CPU milliseconds a new story beyond a round that
finds nothing, the database server's included. Linux only.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.home import environment_of
from bench.scale.servers import Postgres, open_postgres
from bench.speed.growth import cost


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    counts = options.parse_args().stories
    with tempfile.TemporaryDirectory() as folder, open_postgres(Path(folder) / "server") as server:
        for count in counts:
            _show("SQLite", count, cost(_environment(Path(folder), f"sqlite-{count}"), count))
            spent = cost(
                _environment(Path(folder), f"postgres-{count}"), count, server.create(f"of_{count}"), _cpu_of(server)
            )
            _show("PostgreSQL", count, spent)


def _environment(folder: Path, name: str) -> dict[str, str]:
    (folder / name).mkdir()
    return environment_of(folder / name, "growth")


def _cpu_of(server: Postgres) -> Callable[[], float]:
    """CPU seconds of the server with all its processes, those that ended included."""
    postmaster = psutil.Process(server.pid)

    def spent() -> float:
        ours = postmaster.cpu_times()
        living = [child.cpu_times() for child in postmaster.children(recursive=True)]
        return (
            ours.user + ours.system + ours.children_user + ours.children_system + sum(t.user + t.system for t in living)
        )

    return spent


def _show(database: str, count: int, seconds: float) -> None:
    print(f"{database}, {count:>9,} stories: {1000 * seconds:.2f} ms a new story", flush=True)


if __name__ == "__main__":
    main()
