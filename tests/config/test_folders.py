"""Workers find the folders that the settings name."""

import pytest

from pipeline.config.folders import cache_folder, topic_folder
from pipeline.settings import load_settings


@pytest.mark.parametrize("named", ["", "mine", "~/mine", "/srv/mine"])
def test_each_folder_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    for setting in ("SITREP_CACHE", "SITREP_TOPICS"):
        monkeypatch.setenv(setting, named)
    assert (cache_folder(), topic_folder()) == (load_settings().cache, load_settings().topics)


def test_where_none_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("SITREP_CACHE", "SITREP_TOPICS"):
        monkeypatch.delenv(setting, raising=False)
    assert (cache_folder(), topic_folder()) == (load_settings().cache, load_settings().topics)
