"""What must be in order before anything is started."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.adapters.disk_use import free_bytes
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.local_node.room import available_memory
from pipeline.errors import CannotRun, ConfigError
from pipeline.flows.configuration import load_configuration, require_contact
from pipeline.model import FeedSource
from pipeline.settings import SECRETS, Settings

SCHEDULE = "SITREP_SCHEDULE"
CRON_FIELDS = range(5, 8)
"""Minute to weekday, and where wanted second and year."""
MIN_DISK = 300_000_000
MIN_MEMORY = 900_000_000
"""Bytes for Airflow's programs and one round; the local Elasticsearch asks for its own."""


def check(settings: Settings, schedule: str) -> int:
    """The number of enabled feeds. Raises ``ConfigError`` with every mistake, ``CannotRun``."""
    problems: list[str] = []
    enabled: list[FeedSource] = []
    # Only what is plainly wrong: Airflow reads the fields themselves.
    if schedule and not schedule.startswith("@") and len(schedule.split()) not in CRON_FIELDS:
        problems.append(f"{SCHEDULE}: {schedule!r} is not a cron line of five fields, such as '*/10 * * * *'")
    try:
        enabled = [feed for feed in load_configuration(settings).feeds if feed.enabled]
        require_contact(settings, enabled)
    except ConfigError as error:
        problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    _check_room(settings.home)
    Ledger(settings.ledger_url).close()
    return len(enabled)


def absolute(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with every path of Sitrep's settings made absolute, since Airflow's tasks may work elsewhere."""
    paths = {f"SITREP_{name.upper()}": str(getattr(settings, name)) for name in ("home", "cache", "feeds", "topics")}
    secrets = {
        name: value.get_secret_value()
        for name in ("SITREP_DATABASE_URL", "SITREP_ARCHIVE_URL")
        if environ.get(name, "").strip() and (value := getattr(settings, name.removeprefix("SITREP_").lower()))
    }
    files = {
        name: str(Path(environ[name].strip()).absolute())
        for name in (f"SITREP_{secret.upper()}_FILE" for secret in SECRETS)
        if environ.get(name, "").strip()
    }
    return {**environ, **paths, **secrets, **files}


def _check_room(home: Path) -> None:
    free, memory = free_bytes(home), available_memory()
    if free is not None and free < MIN_DISK:
        raise CannotRun(
            f"'sitrep up' needs {MIN_DISK / 1e6:.0f} MB of disk, {free / 1e6:.0f} MB are free at {home}; "
            "free some space or set SITREP_HOME to a larger disk"
        )
    if memory < MIN_MEMORY:
        raise CannotRun(
            f"'sitrep up' needs {MIN_MEMORY / 1e9:.1f} GB of memory beside the local Elasticsearch, "
            f"{memory / 1e9:.1f} GB are available; close other programs"
        )
