"""The installed ``sitrep`` command, as a user runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("sitrep"))


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """This process's environment with these settings (``home`` → ``SITREP_HOME``) and no others of Sitrep's."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("SITREP_") or name == "SITREP_CACHE"
    }
    return kept | {f"SITREP_{name.upper()}": str(value) for name, value in settings.items()}


def sitrep(*arguments: str, limit: float = 120, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run to the end; standard input is empty."""
    return subprocess.run(
        [PROGRAM, *arguments],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str], status: int = 0) -> Any:
    """The JSON object on standard output of a command that ended with ``status``."""
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    return json.loads(done.stdout)
