"""A panel → the searches that Kibana sends for it to Elasticsearch, and whether an answer holds anything to draw."""

import json
from typing import Any

from tests.support.kibana_boards import Clause, Layer, clauses, layers

Search = tuple[str, dict[str, Any]]
"""Id of the data view, and the body of the request."""
SINGLE = {"sum": "sum", "average": "avg", "min": "min", "max": "max", "unique_count": "cardinality"}


def searches(panel: dict[str, Any], since: str, until: str) -> list[Search]:
    """The requests of a panel for a range of time."""
    span = _span(since, until)
    if panel["type"] == "discover_session":
        (tab,) = panel["config"]["tabs"]
        return [(tab["data_source"]["ref_id"], _documents(tab, span))]
    return [(layer.view, _aggregated(layer, span)) for layer in layers(panel["config"])]


def saved_search(saved: dict[str, Any], since: str, until: str) -> Search:
    """The request of a saved Discover session."""
    attributes = saved["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    views = {reference["name"]: reference["id"] for reference in saved["references"]}
    tab = {
        "query": {"expression": source["query"]["query"]},
        "sort": [{"name": name, "direction": direction} for name, direction in attributes["sort"]],
        "column_order": attributes["columns"],
        "sample_size": 500,
    }
    return views[source["indexRefName"]], _documents(tab, _span(since, until))


def control_search(control: dict[str, Any]) -> Search:
    """What fills the list of a control."""
    config = control["config"]
    return config["data_view_id"], {"size": 0, "aggs": {"0": {"terms": {"field": config["field_name"], "size": 10}}}}


def holds_data(body: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Is there a document, or a bucket, or a value in every number?"""
    if "aggs" not in body:
        return bool(answer["hits"]["hits"])
    return answer["hits"]["total"]["value"] > 0 and _filled(answer.get("aggregations", {}))


def _filled(found: dict[str, Any]) -> bool:
    for name, result in found.items():
        if not name.isdecimal():
            continue
        if "buckets" in result:
            if not any(bucket["doc_count"] and _filled(bucket) for bucket in result["buckets"]):
                return False
        elif result.get("value") is None:
            return False
    return True


def _span(since: str, until: str) -> dict[str, Any]:
    return {"range": {"@timestamp": {"gte": since, "lte": until, "format": "strict_date_optional_time"}}}


def _documents(tab: dict[str, Any], span: dict[str, Any]) -> dict[str, Any]:
    return {
        "size": tab["sample_size"],
        "query": _query(tab["query"]["expression"], span),
        "sort": [{order["name"]: {"order": order["direction"]}} for order in tab["sort"]],
        "fields": tab["column_order"],
        "_source": False,
    }


def _aggregated(layer: Layer, span: dict[str, Any]) -> dict[str, Any]:
    inner = {
        str(place): _measure(metric) for place, metric in enumerate(layer.metrics) if metric["operation"] != "count"
    }
    for depth, bucket in reversed(list(enumerate(layer.buckets))):
        order = _order(bucket, layer.metrics) if depth == len(layer.buckets) - 1 else "_count"
        nested = {"aggs": inner} if inner else {}
        inner = {str(100 + depth): _bucket(bucket, order) | nested}
    aggregations = {"aggs": inner} if inner else {"aggs": {}}
    return {"size": 0, "track_total_hits": True, "query": _query(layer.query, span)} | aggregations


def _measure(metric: dict[str, Any]) -> dict[str, Any]:
    return {SINGLE[metric["operation"]]: {"field": metric["field"]}}


def _order(bucket: dict[str, Any], metrics: tuple[dict[str, Any], ...]) -> str:
    place = bucket.get("rank_by", {}).get("metric_index", 0)
    return "_count" if metrics[place]["operation"] == "count" else str(place)


def _bucket(bucket: dict[str, Any], order: str) -> dict[str, Any]:
    match bucket["operation"]:
        case "terms":
            (field,) = bucket["fields"]
            return {"terms": {"field": field, "size": bucket["limit"], "order": {order: "desc"}}}
        case "date_histogram":
            return {"date_histogram": {"field": bucket["field"], "fixed_interval": "30m", "min_doc_count": 1}}
        case "histogram":
            return {"histogram": {"field": bucket["field"], "interval": 0.05, "min_doc_count": 1}}
    raise ValueError(f"no bucket that is understood here: {bucket['operation']}")


def _query(expression: str, span: dict[str, Any]) -> dict[str, Any]:
    conditions = clauses(expression)
    wanted = [_condition(clause) for clause in conditions if not clause.negated]
    unwanted = [_condition(clause) for clause in conditions if clause.negated]
    return {"bool": {"filter": [span, *wanted], "must_not": unwanted}}


def _condition(clause: Clause) -> dict[str, Any]:
    if clause.above is not None:
        return {"range": {clause.field: {"gt": clause.above}}}
    if not clause.values:
        return {"exists": {"field": clause.field}}
    should = [{"match": {clause.field: value}} for value in clause.values]
    return {"bool": {"should": should, "minimum_should_match": 1}}
