"""A rebuild that is left before its switch."""

import threading

import pytest

from pipeline.adapters.search_index.client import SearchIndex
from pipeline.stages.document import document
from tests.conftest import Request
from tests.support.stories import story


def test_what_is_left_in_the_middle_leaves_no_index_and_no_request_that_could_make_it_again(
    index: SearchIndex, prefix: str, elasticsearch: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.search_index.bulk.MAX_DOCUMENTS", 1)
    with index.rebuild() as fresh:
        answers = iter(fresh.deliver(document(story(f"d{number}")) for number in range(40)))
        assert next(answers).outcome == "indexed"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("bulk")]
    assert list(answers) == []
    assert elasticsearch("GET", f"/{fresh.name}") is None
    assert list(elasticsearch("GET", f"/_alias/{prefix}")) == [f"{prefix}-v1"]
