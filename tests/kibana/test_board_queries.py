"""What every panel and control asks of Elasticsearch, asked of a real one that holds the sample newsroom."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.adapters.kibana.objects import KibanaObjects, kibana_objects
from pipeline.settings import Settings
from tests.kibana.conftest import INDEX, TOPICS
from tests.support.kibana_boards import panels
from tests.support.kibana_queries import control_search, holds_data, saved_search, searches

Request = Callable[..., Any]
SINCE, UNTIL = "2024-01-01T00:00:00Z", "2024-12-31T00:00:00Z"
BOARDS = kibana_objects(INDEX, TOPICS).boards
PANELS = [(board, panel["id"]) for board, body in BOARDS.items() for panel in panels(body)]
CONTROLS = [(board, place) for board, body in BOARDS.items() for place in range(len(body.get("pinned_panels", ())))]


def panel_of(board: str, panel_id: str) -> dict[str, Any]:
    return next(panel for panel in panels(BOARDS[board]) if panel["id"] == panel_id)


@pytest.fixture
def ask(newsroom_rounds: Settings, elasticsearch: Request, objects: KibanaObjects) -> Callable[[str, Any], Any]:
    """``ask(data view, body)`` → Elasticsearch's answer."""
    titles = {view["id"]: view["title"] for view in objects.data_views}
    return lambda view, body: elasticsearch("POST", f"/{titles[view]}/_search", body)


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_every_panel_has_something_to_show(ask: Callable[[str, Any], Any], board: str, panel: str) -> None:
    for view, body in searches(panel_of(board, panel), SINCE, UNTIL):
        answer = ask(view, body)
        assert answer["_shards"]["failed"] == 0
        assert holds_data(body, answer), answer


def test_the_saved_search_shows_the_newest_stories_on_a_topic_first(
    ask: Callable[[str, Any], Any], objects: KibanaObjects
) -> None:
    for saved in objects.searches:
        view, body = saved_search(saved, SINCE, UNTIL)
        hits = ask(view, body)["hits"]["hits"]
        times = [hit["sort"][0] for hit in hits]
        assert hits
        assert times == sorted(times, reverse=True)
        assert all(hit["fields"]["topics"] for hit in hits)


@pytest.mark.parametrize(("board", "place"), CONTROLS)
def test_every_control_has_something_to_choose(ask: Callable[[str, Any], Any], board: str, place: int) -> None:
    view, body = control_search(BOARDS[board]["pinned_panels"][place])
    assert ask(view, body)["aggregations"]["0"]["buckets"]


def test_a_panel_without_data_would_be_noticed(ask: Callable[[str, Any], Any]) -> None:
    for board, panel in PANELS:
        for view, body in searches(panel_of(board, panel), "2001-01-01T00:00:00Z", "2001-01-02T00:00:00Z"):
            assert not holds_data(body, ask(view, body)), panel


def test_every_column_of_the_newest_stories_is_filled_somewhere(ask: Callable[[str, Any], Any]) -> None:
    ((view, body),) = searches(panel_of(f"sitrep-{INDEX}-stories", "newest"), SINCE, UNTIL)
    shown = {name for hit in ask(view, body)["hits"]["hits"] for name in hit["fields"]}
    assert shown == set(body["fields"])
