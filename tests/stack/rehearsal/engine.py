"""An engine of the rehearsal's own, beside any other on this machine, and docker compose."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.adapters.local_node.program import exclusive
from tests.stack.rehearsal.java import find_jdk

PROGRAMS = {"dockerd": "the package docker.io", "docker": "docker's client", "debootstrap": "the package debootstrap"}
COMPOSE = "github.com/docker/compose/v2@v2.40.3"
"""The last ones need a newer engine than distributions have."""
SOURCE = Path(__file__).parent / "compose" / "main.go"
START_LIMIT, STOP_LIMIT = 30.0, 120.0
PID = "dockerd.pid"


@dataclass(frozen=True)
class Engine:
    """``environment``: what a command needs to talk to this engine."""

    cache: Path
    environment: Mapping[str, str]

    def docker(self, *arguments: str, check: bool = True, **environment: str) -> str:
        """Run docker and return its standard output; what it says besides stands in the error."""
        given = {**self.environment, **environment}
        done = subprocess.run(["docker", *arguments], env=given, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr)[-5000:]
        assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}\n{said}"
        return done.stdout.strip()


def missing() -> str:
    """Why there can be no rehearsal here, in a line; empty if there can."""
    if os.geteuid() != 0:
        return "an engine of its own needs root"
    for program, where in PROGRAMS.items():
        if not shutil.which(program):
            return f"{program} is not installed ({where})"
    if find_jdk() is None:
        return "no JDK of version 21 or later is installed (set JAVA_HOME)"
    if not _has_compose() and not shutil.which("go"):
        return "neither docker compose nor Go to build it is installed"
    return ""


@contextmanager
def engine(cache: Path) -> Iterator[Engine]:
    """Run dockerd; its images stay in ``cache``, its containers are the caller's to remove.

    Waits while another rehearsal has it, and ends one that was left over by a rehearsal that was killed.
    """
    with (
        exclusive(cache / "lock", print, "another rehearsal is under way; waiting"),
        tempfile.TemporaryDirectory(prefix="sitrep-engine-") as folder,
    ):
        _end_left_over(cache / PID)
        place = Path(folder)
        socket = f"unix://{place}/docker.sock"
        environment = {**os.environ, "DOCKER_HOST": socket}
        if not _has_compose():
            environment["DOCKER_CONFIG"] = str(_built_compose(cache))
        log = (cache / "dockerd.log").open("wb")
        with log, _dockerd(cache, place, socket, log.fileno()) as daemon:
            started = Engine(cache, environment)
            _wait(started, daemon, cache / "dockerd.log")
            yield started


@contextmanager
def _dockerd(cache: Path, place: Path, socket: str, log: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["dockerd", "--data-root", str(cache / "engine"), "--exec-root", str(place / "exec"), "--host", socket]
    command += ["--pidfile", str(cache / PID), "--log-level", "warn"]
    daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait(STOP_LIMIT)
        _unmount_below(place)


def _unmount_below(place: Path) -> None:
    """A build on the machine's own network leaves its namespace mounted when the daemon has ended."""
    for partition in psutil.disk_partitions(all=True):
        if Path(partition.mountpoint).is_relative_to(place):
            subprocess.run(["umount", partition.mountpoint], check=True)


def _end_left_over(file: Path) -> None:
    """The number may by now be another program's."""
    if not file.exists():
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(file.read_text()))
        if str(file.parent / "engine") in process.cmdline():
            process.terminate()
            process.wait(STOP_LIMIT)
    file.unlink(missing_ok=True)


def _wait(started: Engine, daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while not started.docker("version", "--format", "{{.Server.Version}}", check=False):
        assert daemon.poll() is None and time.monotonic() < end, log.read_text(errors="replace")[-2000:]
        time.sleep(0.5)


def _has_compose() -> bool:
    """Of the machine's own."""
    if not shutil.which("docker"):
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


def _built_compose(cache: Path) -> Path:
    """A configuration folder of docker with compose as its plugin, built from its source; done once."""
    config = cache / "docker"
    plugin = config / "cli-plugins" / "docker-compose"
    if plugin.exists():
        return config
    source = cache / "compose-source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copy(SOURCE, source)
    plugin.parent.mkdir(parents=True, exist_ok=True)
    fresh = plugin.with_suffix(".part")
    commands = (
        ["go", "mod", "init", "rehearsal"],
        ["go", "get", COMPOSE],
        ["go", "mod", "tidy"],
        ["go", "build", "-ldflags", "-s -w", "-o", str(fresh), "."],
    )
    for command in commands:
        subprocess.run(command, cwd=source, check=True)
    fresh.replace(plugin)
    return config
