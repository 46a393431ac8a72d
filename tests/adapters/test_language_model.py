"""The language model in mapped memory says what it says in memory of its own."""

import mmap
from collections.abc import Iterator

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


def test_a_mapped_model_tells_the_same_languages() -> None:
    langid.IDENTIFIER = None
    told = [(identified(text), langid.rank(text)) for text in TEXTS]
    map_language_model()
    assert isinstance(langid.IDENTIFIER.nb_ptc.base, mmap.mmap)
    assert isinstance(langid.IDENTIFIER.tk_nextmove, memoryview)
    assert [(identified(text), langid.rank(text)) for text in TEXTS] == told
