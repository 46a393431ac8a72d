"""A whole JDK on this machine, new enough for the server."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

OLDEST = 21


def find_jdk() -> Path | None:
    """The folder of the newest JDK of ``OLDEST`` or later, or None. ``JAVA_HOME`` goes first."""
    wanted = os.environ.get("JAVA_HOME")
    if wanted and _version(Path(wanted)) >= OLDEST:
        return Path(wanted)
    found = [(_version(home), home) for home in _homes()]
    newest = max(found, default=None)
    return newest[1] if newest is not None and newest[0] >= OLDEST else None


def _homes() -> Iterator[Path]:
    compiler = shutil.which("javac")
    if compiler is not None:
        yield Path(compiler).resolve().parents[1]
    yield from Path("/usr/lib/jvm").glob("*")


def _version(home: Path) -> int:
    """0 if it is no JDK."""
    if not (home / "bin" / "javac").exists() or not (home / "release").exists():
        return 0
    stated = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(encoding="utf-8"), re.M)
    return int(stated[1]) if stated else 0
