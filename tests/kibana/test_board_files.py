"""The files of ``config/kibana``: their form, their fields, their places on the grid, their names."""

import copy
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.adapters.kibana.objects import KibanaObjects, kibana_objects
from tests.kibana.conftest import INDEX, TOPICS
from tests.support.kibana_boards import FITTING, clauses, field_types, panels, type_of, uses

BOARDS = kibana_objects(INDEX, TOPICS).boards
ACCEPTED = Path(__file__).parent / "accepted_shapes.json"
Change = Callable[[dict[str, Any]], object]


def overlapping(board: dict[str, Any]) -> list[tuple[str, str]]:
    """Panels of one board that share a cell, by id."""
    placed = [(panel["id"], panel["grid"]) for panel in panels(board)]
    return [(one, other) for (one, a), (other, b) in combinations(placed, 2) if _meet(a, b)]


def _meet(a: dict[str, int], b: dict[str, int]) -> bool:
    across = a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
    return across and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def unfitting(board: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """(field, role, its type) wherever a field is missing or of a type that its role does not bear."""
    known = field_types(INDEX)
    found = [(use.field, use.role, type_of(known[use.view], use.field)) for use in uses(board)]
    return [(field, role, kind) for field, role, kind in found if kind not in FITTING[role]]


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_is_what_kibana_takes(validator: Draft202012Validator, board: str) -> None:
    assert [error.json_path for error in validator.iter_errors(BOARDS[board])] == []


@pytest.mark.parametrize("board", BOARDS)
def test_panels_do_not_overlap_and_stay_on_the_grid(board: str) -> None:
    assert overlapping(BOARDS[board]) == []
    assert all(panel["grid"]["x"] + panel["grid"]["w"] <= 48 for panel in panels(BOARDS[board]))


@pytest.mark.parametrize("board", BOARDS)
def test_every_field_is_in_the_mapping_with_a_fitting_type(board: str) -> None:
    assert unfitting(BOARDS[board]) == []


@pytest.mark.parametrize("board", BOARDS)
def test_panels_have_names_of_their_own(board: str) -> None:
    ids = [panel["id"] for panel in panels(BOARDS[board])]
    titles = [panel["config"]["title"] for panel in panels(BOARDS[board])]
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)


def test_every_name_has_the_prefix_and_nothing_is_left_to_fill_in(objects: KibanaObjects) -> None:
    written = json.dumps([objects.data_views, objects.searches, objects.boards])
    assert not any(mark in written for mark in ("{index}", "{topic}", "for_each"))
    assert all(view["title"].startswith(INDEX) for view in objects.data_views)
    named = [*objects.boards, *(thing["id"] for thing in (*objects.data_views, *objects.searches))]
    assert all(name.startswith(f"sitrep-{INDEX}") for name in named)
    assert len(set(named)) == len(named)


def test_every_data_view_that_is_used_exists(objects: KibanaObjects) -> None:
    made = {view["id"] for view in objects.data_views}
    used = {use.view for board in objects.boards.values() for use in uses(board)}
    referred = {ref["id"] for search in objects.searches for ref in search["references"]}
    assert used == made
    assert referred <= made


def test_the_saved_search_names_fields_of_stories_and_its_data_view_as_kibana_wants(objects: KibanaObjects) -> None:
    fields = field_types(INDEX)[f"sitrep-{INDEX}"]
    for search in objects.searches:
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        assert source["indexRefName"] in [ref["name"] for ref in search["references"]]
        assert source["query"]["language"] == "kuery"
        asked = [clause.field for clause in clauses(source["query"]["query"])]
        named = [*search["attributes"]["columns"], *(field for field, _ in search["attributes"]["sort"]), *asked]
        assert all(type_of(fields, name) for name in named)


@pytest.mark.parametrize("topics", [(), ("a",), ("a", "b", "c"), tuple(f"topic-{n}" for n in range(60))])
def test_any_number_of_topics_makes_a_board(validator: Draft202012Validator, topics: tuple[str, ...]) -> None:
    board = kibana_objects(INDEX, topics).boards[f"sitrep-{INDEX}-stories"]
    scores = [panel["id"] for panel in panels(board) if panel["id"].startswith("scores-")]
    assert scores == [f"scores-{topic}" for topic in topics[:20]]
    assert (overlapping(board), unfitting(board), list(validator.iter_errors(board))) == ([], [], [])


def test_shapes_of_published_examples_are_accepted(validator: Draft202012Validator) -> None:
    shapes = json.loads(ACCEPTED.read_text(encoding="utf-8"))
    assert [error.json_path for error in validator.iter_errors(shapes)] == []


def panel(board: dict[str, Any], panel_id: str) -> dict[str, Any]:
    return next(found for found in panels(board) if found["id"] == panel_id)


def layer(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = panel(board, "over-time")["config"]["layers"][0]
    return found


def terms(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = panel(board, "clusters")["config"]["rows"][0]
    return found


def tab(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = panel(board, "newest")["config"]["tabs"][0]
    return found


def renamed(value: dict[str, Any], old: str, new: str) -> None:
    value[new] = value.pop(old)


REFUSED: dict[str, Change] = {
    "an unknown key of the board": lambda b: b.update(panelsJSON="[]"),
    "references beside the board": lambda b: b.update(references=[]),
    "an id inside": lambda b: b.update(id="x"),
    "no title": lambda b: b.pop("title"),
    "an unknown kind of panel": lambda b: panel(b, "newest").update(type="lens"),
    "a map": lambda b: panel(b, "newest").update(type="map"),
    "a panel without a place": lambda b: panel(b, "newest").pop("grid"),
    "a panel wider than the grid": lambda b: panel(b, "newest")["grid"].update(w=49),
    "a panel left of the grid": lambda b: panel(b, "newest")["grid"].update(x=-1),
    "the old name of the grid": lambda b: renamed(panel(b, "newest"), "grid", "gridData"),
    "attributes round the chart, as in 9.4": lambda b: panel(b, "over-time").update(
        config={"attributes": panel(b, "over-time")["config"]}
    ),
    "the table's name of 9.4": lambda b: panel(b, "clusters")["config"].update(type="datatable"),
    "an unknown chart": lambda b: panel(b, "over-time")["config"].update(type="sankey"),
    "an unknown key of a chart": lambda b: panel(b, "over-time")["config"].update(colour="red"),
    "the data source's name of 9.4": lambda b: renamed(layer(b), "data_source", "dataset"),
    "the data view's name of 9.4": lambda b: layer(b)["data_source"].update(type="dataView"),
    "the data view's id of 9.4": lambda b: renamed(layer(b)["data_source"], "ref_id", "id"),
    "ES|QL": lambda b: layer(b).update(data_source={"type": "esql", "query": "FROM news"}),
    "size, as in 9.4": lambda b: renamed(terms(b), "limit", "size"),
    "rank by column, as in 9.4": lambda b: terms(b).update(
        rank_by={"type": "column", "metric": 0, "direction": "desc"}
    ),
    "one field that is no list": lambda b: terms(b).update(fields="cluster_id"),
    "an unknown bucket": lambda b: terms(b).update(operation="significant_terms"),
    "a bucket in the place of a measure": lambda b: layer(b)["y"].append(layer(b)["x"]),
    "a sum of nothing": lambda b: layer(b).update(y=[{"operation": "sum"}]),
    "an unknown measure": lambda b: layer(b).update(y=[{"operation": "total", "field": "version"}]),
    "a script": lambda b: layer(b).update(y=[{"operation": "formula", "formula": "count() / 2"}]),
    "the interval's name of Elasticsearch": lambda b: renamed(layer(b)["x"], "suggested_interval", "fixed_interval"),
    "an unknown layer": lambda b: layer(b).update(type="bars"),
    "an anchor of an axis, as in 9.4": lambda b: panel(b, "over-time")["config"]["axis"]["y"].update(anchor="start"),
    "two tabs": lambda b: panel(b, "newest")["config"]["tabs"].append(tab(b)),
    "columns by their old name": lambda b: renamed(tab(b), "column_order", "columns"),
    "a sort as a pair": lambda b: tab(b).update(sort=[["@timestamp", "desc"]]),
    "the query language's old name": lambda b: tab(b)["query"].update(language="kuery"),
    "a query as text": lambda b: tab(b).update(query="topics: *"),
    "a control by its old name": lambda b: b["pinned_panels"][0].update(type="optionsListControl"),
    "a control's field by its old name": lambda b: renamed(b["pinned_panels"][0]["config"], "field_name", "fieldName"),
    "a control without a data view": lambda b: b["pinned_panels"][0]["config"].pop("data_view_id"),
    "a time range by its old names": lambda b: b.update(time_range={"timeFrom": "now-7d", "timeTo": "now"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_kibana_refuses_is_refused(validator: Draft202012Validator, name: str) -> None:
    board = copy.deepcopy(BOARDS[f"sitrep-{INDEX}-stories"])
    before = copy.deepcopy(board)
    REFUSED[name](board)
    assert board != before
    assert not validator.is_valid(board)


MISFITS: dict[str, Change] = {
    "a field that does not exist": lambda b: terms(b).update(fields=["clusters"]),
    "a text that is counted by its values": lambda b: terms(b).update(fields=["title"]),
    "a word that is added up": lambda b: layer(b)["y"].append({"operation": "sum", "field": "source"}),
    "a number as a time": lambda b: layer(b)["x"].update(field="version"),
    "a text that is sorted by": lambda b: tab(b).update(sort=[{"name": "text", "direction": "asc"}]),
    "a column that does not exist": lambda b: tab(b)["column_order"].append("headline"),
    "a query for what does not exist": lambda b: tab(b)["query"].update(expression="tags: *"),
    "a control for a text": lambda b: b["pinned_panels"][0]["config"].update(field_name="title"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_field_that_does_not_fit_is_found(name: str) -> None:
    board = copy.deepcopy(BOARDS[f"sitrep-{INDEX}-stories"])
    MISFITS[name](board)
    assert len(unfitting(board)) == 1


def test_an_overlap_is_found() -> None:
    board = copy.deepcopy(BOARDS[f"sitrep-{INDEX}-stories"])
    panel(board, "newest")["grid"]["y"] -= 1
    assert ("over-time", "newest") in overlapping(board)
