"""Where lies what can be had again: apart from the settings, whose libraries take 20 MB that workers do without."""

import os
from pathlib import Path

import platformdirs


def user_cache() -> Path:
    """Where it lies unless ``SITREP_CACHE`` says otherwise."""
    return Path(platformdirs.user_cache_path("sitrep", appauthor=False))


def cache_folder() -> Path:
    """As ``Settings.cache`` has it. Raises ``RuntimeError`` where that names a home folder that is not known."""
    named = os.environ.get("SITREP_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache()
