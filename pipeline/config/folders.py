"""Folders that worker processes look into: apart from the settings, whose libraries take 20 MB that they do without."""

import os
from pathlib import Path

import platformdirs

TOPICS = Path(__file__).resolve().parents[2] / "config" / "topics"
"""The topic files unless ``SITREP_TOPICS`` says otherwise."""


def user_cache() -> Path:
    """Where lies what can be had again, unless ``SITREP_CACHE`` says otherwise."""
    return Path(platformdirs.user_cache_path("sitrep", appauthor=False))


def cache_folder() -> Path:
    """As ``Settings.cache`` has it. Raises ``RuntimeError`` where that names a home folder that is not known."""
    return _named("SITREP_CACHE") or user_cache()


def topic_folder() -> Path:
    """As ``Settings.topics`` has it. Raises ``RuntimeError`` where that names a home folder that is not known."""
    return _named("SITREP_TOPICS") or TOPICS


def _named(setting: str) -> Path | None:
    named = os.environ.get(setting)
    return Path(named).expanduser().absolute() if named else None
