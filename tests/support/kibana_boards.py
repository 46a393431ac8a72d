"""A board in pieces: its panels, and the fields that each of them uses in which role."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.settings import CHECKOUT

MAPPINGS = CHECKOUT / "config" / "elasticsearch"
NUMBERS = frozenset(("integer", "long", "float", "double"))
GROUPS = frozenset(("keyword", "boolean"))
DATES = frozenset(("date",))
ANY = NUMBERS | GROUPS | DATES | {"text"}
FITTING = {
    "group": GROUPS,
    "distinct": GROUPS,
    "time": DATES,
    "number": NUMBERS,
    "extreme": NUMBERS | DATES,
    "column": ANY,
    "sort": NUMBERS | GROUPS | DATES,
    "query": ANY,
}
"""What a field may be in each role. A text can be shown and searched, not counted or sorted."""
ROLES = {"unique_count": "distinct", "min": "extreme", "max": "extreme"}
CLAUSE = re.compile(r"(?P<not>not )?(?P<field>[\w@.-]+)(?:: ?(?P<value>\*|\([^()]*\)|[\w-]+)| > (?P<above>[\d.]+))")


@dataclass(frozen=True)
class Use:
    """``view`` is the id of the data view that the field must be in."""

    view: str
    field: str
    role: str


@dataclass(frozen=True)
class Clause:
    """One condition of a query: a field with one of ``values``, above a number, or (neither) there at all."""

    field: str
    negated: bool = False
    values: tuple[str, ...] = ()
    above: float | None = None


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield from panel.get("panels", [panel])


def field_types(index: str) -> dict[str, dict[str, str]]:
    """Data view id → field → type, from the mapping files."""
    files = {"": "stories", "-runs": "runs", "-feeds": "feeds", "-alerts": "alerts"}
    return {f"sitrep-{index}{end}": dict(_fields(_properties(file))) for end, file in files.items()}


def _properties(file: str) -> dict[str, Any]:
    return dict(json.loads((MAPPINGS / f"{file}.json").read_text(encoding="utf-8"))["mappings"]["properties"])


def _fields(properties: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from _fields(field["properties"], f"{before}{name}.")
        elif field["type"] == "object":  # topic_scores, whose template makes a number of each topic
            yield f"{before}{name}.*", "float"
        else:
            yield before + name, field["type"]


def type_of(fields: dict[str, str], name: str) -> str | None:
    return fields.get(name) or fields.get(name.rpartition(".")[0] + ".*")


def clauses(expression: str) -> tuple[Clause, ...]:
    """The conditions of a KQL expression of the small kind that boards use: clauses joined by ``and``."""
    found = []
    for part in expression.split(" and ") if expression else ():
        match = CLAUSE.fullmatch(part)
        if match is None:
            raise ValueError(f"no query that is understood here: {part}")
        value = match["value"] or "*"
        values = () if value == "*" else tuple(value.strip("()").split(" or "))
        above = float(match["above"]) if match["above"] else None
        found.append(Clause(match["field"], match["not"] is not None, values, above))
    return tuple(found)


def uses(board: dict[str, Any]) -> Iterator[Use]:
    """Every field that a board names."""
    for control in board.get("pinned_panels", ()):
        yield Use(control["config"]["data_view_id"], control["config"]["field_name"], "group")
    for panel in panels(board):
        yield from _listing(panel["config"]) if panel["type"] == "discover_session" else _chart(panel["config"])


def _listing(config: dict[str, Any]) -> Iterator[Use]:
    (tab,) = config["tabs"]
    view = tab["data_source"]["ref_id"]
    yield from (Use(view, name, "column") for name in tab["column_order"])
    yield from (Use(view, order["name"], "sort") for order in tab["sort"])
    yield from (Use(view, clause.field, "query") for clause in clauses(tab["query"]["expression"]))


def _chart(config: dict[str, Any]) -> Iterator[Use]:
    for layer in layers(config):
        yield Use(layer.view, "@timestamp", "time")
        for bucket in layer.buckets:
            yield from (Use(layer.view, field, _bucket_role(bucket)) for field in bucket_fields(bucket))
        for metric in layer.metrics:
            if "field" in metric:
                yield Use(layer.view, metric["field"], ROLES.get(metric["operation"], "number"))
        yield from (Use(layer.view, clause.field, "query") for clause in clauses(layer.query))


def _bucket_role(bucket: dict[str, Any]) -> str:
    return {"terms": "group", "date_histogram": "time", "histogram": "number"}[bucket["operation"]]


def bucket_fields(bucket: dict[str, Any]) -> list[str]:
    return list(bucket["fields"]) if bucket["operation"] == "terms" else [bucket["field"]]


@dataclass(frozen=True)
class Layer:
    """One request of a chart: buckets from the outermost inwards, and what is measured in the innermost."""

    view: str
    buckets: tuple[dict[str, Any], ...]
    metrics: tuple[dict[str, Any], ...]
    query: str


def layers(config: dict[str, Any]) -> tuple[Layer, ...]:
    query = config.get("query", {}).get("expression", "")
    if config["type"] == "xy":
        return tuple(_xy_layer(layer, query) for layer in config["layers"])
    buckets = {"data_table": "rows", "pie": "group_by", "metric": "breakdown_by"}[config["type"]]
    return (Layer(config["data_source"]["ref_id"], tuple(config.get(buckets, ())), tuple(config["metrics"]), query),)


def _xy_layer(layer: dict[str, Any], query: str) -> Layer:
    # Kibana groups by the breakdown first, so that its groups are the same all along the axis.
    buckets = [layer[name] for name in ("breakdown_by", "x") if name in layer]
    return Layer(layer["data_source"]["ref_id"], tuple(buckets), tuple(layer["y"]), query)
