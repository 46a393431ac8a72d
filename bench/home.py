"""A home of its own for one measured run, with settings that are nobody's."""

import os
import sys
from pathlib import Path

SITREP = str(Path(sys.executable).with_name("sitrep"))


def environment_of(folder: Path, index: str) -> dict[str, str]:
    """The caller's environment, with none of its Sitrep settings but the cache of downloads.

    State goes to ``folder/home``, the feed list is ``folder/feeds.yaml``, hosts on loopback may be asked without a gap.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SITREP_")}
    cache = {"SITREP_CACHE": os.environ["SITREP_CACHE"]} if "SITREP_CACHE" in os.environ else {}
    return {
        **kept,
        **cache,
        "SITREP_HOME": str(folder / "home"),
        "SITREP_FEEDS": str(folder / "feeds.yaml"),
        "SITREP_INDEX": index,
        "SITREP_ALLOW_HOSTS": "127.0.0.0/8",
        "SITREP_HOST_DELAY": "0",
        "SITREP_ROUND_LIMIT": "3600",
    }
