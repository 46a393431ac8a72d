"""The small language model says what py3langid's own says."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from py3langid import langid

from pipeline.adapters.language_model import _grams_of, install_language_model
from pipeline.stages.extract.language import identified

TEXTS = (
    "The ministry said on Monday that the harbour would stay closed.",
    "Das Ministerium teilte am Montag mit, der Hafen bleibe geschlossen.",
    "Le ministère a déclaré lundi que le port resterait fermé.",
    "قالت الوزارة يوم الاثنين إن الميناء سيظل مغلقا حتى إشعار آخر",
    "משרד הביטחון מסר ביום שני כי הנמל יישאר סגור עד להודעה חדשה",
    "国防部周一表示，港口将继续关闭，直至另行通知。所有船只必须等待。",
    "1234567890 1234567890 1234567890",
    "\ufffd\ufffd\ufffd \x00\x01\x02 \U0010ffff\U0010ffff no text at all \ud800",
    "~" * 40,
)


@pytest.fixture(autouse=True)
def own_model() -> Iterator[None]:
    before = langid.IDENTIFIER
    yield
    langid.IDENTIFIER = before


def test_the_small_model_tells_the_same_languages_with_the_same_scores(tmp_path: Path) -> None:
    langid.IDENTIFIER = None
    told = _told()
    for _ in ("worked out", "kept"):
        install_language_model(tmp_path)
        assert _told() == told


def test_the_small_model_is_small(tmp_path: Path) -> None:
    install_language_model(tmp_path)
    (kept,) = tmp_path.rglob("*.npz")
    assert kept.stat().st_size < 15_000_000


def test_moves_of_another_kind_of_automaton_are_refused() -> None:
    """State 1 is reached by two letters from the first one, which no beginning of n-grams is."""
    moves = np.zeros((2, 256), np.uint32)
    moves[:, [ord("a"), ord("b")]] = 1
    model = SimpleNamespace(tk_nextmove=memoryview(moves.reshape(-1)), tk_row=[0, 1], tk_output=[-1, 0])
    with pytest.raises(ValueError, match="not those of an automaton"):
        _grams_of(model)


def test_a_kept_model_is_not_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_language_model(tmp_path)
    monkeypatch.setattr(langid.LanguageIdentifier, "from_model_file", None)  # whoever unpacks it calls this
    install_language_model(tmp_path)
    assert identified(TEXTS[1]) == "de"


def test_a_kept_model_that_is_cut_short_is_made_anew(tmp_path: Path) -> None:
    install_language_model(tmp_path)
    for file in tmp_path.rglob("*.npz"):
        os.truncate(file, file.stat().st_size // 2)
    install_language_model(tmp_path)
    assert identified(TEXTS[1]) == "de"
    install_language_model(tmp_path)
    assert identified(TEXTS[2]) == "fr"


def test_a_model_that_cannot_be_kept_tells_all_the_same(tmp_path: Path) -> None:
    taken = tmp_path / "a-file"
    taken.touch()
    install_language_model(taken)
    assert identified(TEXTS[1]) == "de"


def _told() -> list[object]:
    return [(identified(text), langid.rank(text)) for text in TEXTS]
