"""As whom the node runs: Elasticsearch refuses root, and root's files are often closed to everybody else."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.local_node.records import Places, failed

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
STRANGER = 59_200
"""A user and group id that no account has; only used where root may not make a user namespace."""
STRANGERS_FOLDER = Path("/var/lib/sitrep")


@dataclass(frozen=True, slots=True)
class Guise:
    """``prefix`` goes before the command. ``owner`` is the user id that must own the node's folders, if another."""

    prefix: tuple[str, ...] = ()
    owner: int | None = None


def find_guise(allowed: Callable[[tuple[str, ...]], bool] | None = None) -> Guise:
    """Ourselves; as root, ourselves under another name (a user namespace); where that is refused, a stranger."""
    if os.geteuid() != 0:
        return Guise()
    if (allowed or _works)(NAMESPACE):
        return Guise(NAMESPACE)
    return Guise(
        ("setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", "--no-new-privs"), STRANGER
    )


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make_folders(places: Places) -> None:
    """The folders that the node writes; nobody else reads them."""
    for folder in places.own:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def move_out(places: Places, home: Path, shelter: Path = STRANGERS_FOLDER) -> Places:
    """Places that a stranger reaches: copies of server and Java, and own folders, below ``shelter``.

    Raises ``NodeFailed`` where even that cannot be written.
    """
    own = shelter / hashlib.sha256(str(home).encode()).hexdigest()[:16]
    try:
        shelter.mkdir(mode=0o755, parents=True, exist_ok=True)
        moved = Places(
            program=_copy(places.program, shelter / places.program.name),
            java=_copy(places.java, shelter / "java"),
            config=own / "config",
            data=own / "data",
            temporary=own / "tmp",
            logs=own / "logs",
        )
        make_folders(moved)
        own.chmod(0o755)  # the stranger passes through, to folders that only it may read
        return moved
    except OSError as error:
        raise failed(
            f"root may not make a user namespace here, and {shelter} cannot be written ({error.strerror})",
            "Run Sitrep as an ordinary user",
        ) from None


def _copy(source: Path, target: Path) -> Path:
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(source, unfinished)
        unfinished.replace(target)
    return target


def hand_over(places: Places, owner: int) -> None:
    """Give the node's own folders, and what lies in them, to ``owner``."""
    for folder in places.own:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner, follow_symlinks=False)
