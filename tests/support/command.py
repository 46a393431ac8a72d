"""The ``sitrep`` command as a user runs it, answers and complaints apart."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def sitrep(*arguments: str, **settings: str) -> Ran:
    """Run ``sitrep`` in this process, with ``SITREP_…`` settings on top of the test's environment."""
    from pipeline.cli.main import run

    out, err = _stream(), _stream()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in _environment(settings).items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["sitrep", *arguments])
        try:
            run()
            status: Any = 0
        except SystemExit as ended:
            status = ended.code
    return Ran(int(status or 0), _written(out), _written(err))


def sitrep_process(*arguments: str, **settings: str) -> Ran:
    """The same in a process of its own."""
    command = [sys.executable, "-c", "from pipeline.cli.main import run; run()", *arguments]
    environment = {**os.environ, **_environment(settings)}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=250, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {"COLUMNS": "80"} | {f"SITREP_{name.upper()}": value for name, value in settings.items()}


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content: Any = stream.buffer
    return str(content.getvalue(), "utf-8")
