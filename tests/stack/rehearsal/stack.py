"""The product's own compose file, unchanged, driven as an operator drives it."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.adapters.local_node.health import free_port
from pipeline.settings import CHECKOUT
from tests.stack.compose_file import NAMES, SCALE, services
from tests.stack.rehearsal.engine import Engine
from tests.support.logins import ask, basic

SAMPLE = CHECKOUT / "config" / "stack" / "sample.env"
PORTS = ("ELASTICSEARCH_PORT", "KIBANA_PORT", "AIRFLOW_PORT")
LASTING = tuple(name for name in NAMES if services()[name]["restart"] != "no" and name not in SCALE)
OF_THE_STACK = re.compile(r"SITREP_|AIRFLOW_|COMPOSE_|KIBANA_|ELASTIC|POSTGRES_")
NOTHING_CHANGED = "all is as it should be; nothing changed\n"
"""Answer of ``sitrep setup``."""
UP_LIMIT = 900
PAUSE = 1.0


@dataclass(frozen=True)
class Stack:
    """``folder`` is where commands run: it holds ``.env``, and ``config`` as a checkout does."""

    engine: Engine
    folder: Path
    settings: Mapping[str, str]
    """What stands in ``.env``."""
    files: tuple[Path, ...] = (SAMPLE,)
    """Read after ``.env``."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """What the operator's shell sets: stronger than every file."""

    def run(self, script: str, *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Lines for bash, such as those of docs/operations.md."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{script}\n{(done.stdout + done.stderr)[-5000:]}"
        return done

    def up(self) -> None:
        self.run(f"docker compose up -d --pull never --wait --wait-timeout {UP_LIMIT}")

    def command(self, *words: str) -> Any:
        """The JSON answer of a command of Sitrep, run where the rounds run."""
        return json.loads(self.run(f"docker compose exec -T airflow-scheduler sitrep {' '.join(words)} --json").stdout)

    def sql(self, query: str, database: str = "sitrep") -> list[str]:
        """A line for each row."""
        program = f"docker compose exec -T postgres psql -U postgres -d {database} -v ON_ERROR_STOP=1 -At"
        return self.run(f"{program} <<'END'\n{query};\nEND").stdout.splitlines()

    def containers(self, service: str) -> list[str]:
        """Their ids, ended ones too."""
        return self.run(f"docker compose ps --all --quiet {service}").stdout.split()

    def state(self, service: str) -> dict[str, Any]:
        """Of the service's one container, as ``docker inspect`` tells it."""
        (container,) = self.containers(service)
        told: dict[str, Any] = json.loads(self.engine.docker("inspect", container))[0]["State"]
        return told

    def unhealthy(self) -> list[str]:
        return [name for name in LASTING if self.state(name).get("Health", {}).get("Status") != "healthy"]

    def kill(self, service: str) -> None:
        """As a crash does it; for ``docker kill`` the engine would not start it again."""
        os.kill(self.state(service)["Pid"], signal.SIGKILL)

    def key(self, name: str) -> str:
        """The header of a kept API key."""
        kept = self.run(f"docker compose exec -T airflow-scheduler cat /var/lib/sitrep-keys/{name}").stdout
        return f"ApiKey {kept.strip()}"

    def superuser(self) -> str:
        return basic("elastic", self.settings["ELASTIC_PASSWORD"])

    def elasticsearch(self, login: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return ask(f"http://127.0.0.1:{self.settings['ELASTICSEARCH_PORT']}{path}", login, method, body)

    def kibana(self, login: str, path: str) -> tuple[int, Any]:
        return ask(f"http://127.0.0.1:{self.settings['KIBANA_PORT']}{path}", login, "GET")

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in self.engine.environment.items() if not OF_THE_STACK.match(k)}
        files = {
            "COMPOSE_FILE": str(CHECKOUT / "docker-compose.yml"),
            "COMPOSE_ENV_FILES": ",".join(map(str, (self.folder / ".env", *self.files))),
        }
        return {**inherited, **files, **self.chosen}


def new_stack(engine: Engine, folder: Path, schedule: str) -> Stack:
    """With secrets and ports of its own; nothing of it runs yet."""
    file = folder / ".env"
    subprocess.run(["sh", str(CHECKOUT / "config/stack/make-env.sh"), str(file)], check=True, capture_output=True)
    more = {port: str(free_port(None)) for port in PORTS} | {"SITREP_SCHEDULE": schedule}
    with file.open("a", encoding="utf-8") as lines:
        lines.writelines(f"{name}={value}\n" for name, value in more.items())
    (folder / "config").symlink_to(CHECKOUT / "config")
    written = [line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines() if re.match(r"\w+=", line)]
    return Stack(engine, folder, dict(written))


def until(check: Callable[[], bool], what: str, limit: float) -> None:
    """Ask every second or so until it is true."""
    end = time.monotonic() + limit
    while not check():
        assert time.monotonic() < end, f"not within {limit:.0f} s: {what}"
        time.sleep(PAUSE)
