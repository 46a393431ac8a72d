"""The language model in mapped memory says what it says in memory of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from py3langid import langid

from pipeline.adapters.language_model import map_language_model
from pipeline.stages.extract.language import identified

TEXTS = (
    "The ministry said on Monday that the harbour would stay closed.",
    "Das Ministerium teilte am Montag mit, der Hafen bleibe geschlossen.",
    "Le ministère a déclaré lundi que le port resterait fermé.",
    "قالت الوزارة يوم الاثنين إن الميناء سيظل مغلقا حتى إشعار آخر",
    "משרד הביטחון מסר ביום שני כי הנמל יישאר סגור עד להודעה חדשה",
    "国防部周一表示，港口将继续关闭，直至另行通知。所有船只必须等待。",
    "1234567890 1234567890 1234567890",
)


@pytest.fixture(autouse=True)
def own_model() -> Iterator[None]:
    before = langid.IDENTIFIER
    yield
    langid.IDENTIFIER = before


def test_a_mapped_model_tells_the_same_languages(tmp_path: Path) -> None:
    langid.IDENTIFIER = None
    told = _told()
    for _ in ("unpacked", "kept"):
        map_language_model(tmp_path)
        assert isinstance(langid.IDENTIFIER.nb_ptc.base, np.memmap)
        assert isinstance(langid.IDENTIFIER.tk_nextmove, memoryview)
        assert _told() == told


def test_a_kept_model_is_not_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    map_language_model(tmp_path)
    monkeypatch.setattr(langid.LanguageIdentifier, "from_model_file", None)  # whoever unpacks it calls this
    map_language_model(tmp_path)
    assert identified(TEXTS[1]) == "de"


def test_a_kept_model_that_is_cut_short_is_made_anew(tmp_path: Path) -> None:
    map_language_model(tmp_path)
    for file in tmp_path.rglob("*.npy"):
        os.truncate(file, file.stat().st_size // 2)
    map_language_model(tmp_path)
    assert identified(TEXTS[1]) == "de"
    map_language_model(tmp_path)
    assert identified(TEXTS[2]) == "fr"


def test_a_model_that_cannot_be_kept_tells_all_the_same(tmp_path: Path) -> None:
    taken = tmp_path / "a-file"
    taken.touch()
    map_language_model(taken)
    assert identified(TEXTS[1]) == "de"


def _told() -> list[object]:
    return [(identified(text), langid.rank(text)) for text in TEXTS]
