"""SearchQuery → the body of a search request, and its answer → SearchResult."""

from typing import Any

from pipeline.adapters.search_index.records import (
    MARK_END,
    MARK_START,
    Highlight,
    SearchHit,
    SearchQuery,
    SearchResult,
)

HIGHLIGHTED = 1_000_000
"""Characters of a text looked at for snippets: the server answers 400 beyond its limit unless told to stop there."""


def search_body(query: SearchQuery) -> dict[str, Any]:
    """Best first for words, newest first without; the URL settles ties, so that equal searches answer equally."""
    asks = bool(query.text.strip())
    newest = [{"@timestamp": "desc"}, {"url": "asc"}]
    return {
        "query": {
            "bool": {
                "must": [_words(query.text) if asks else {"match_all": {}}],
                "filter": _filters(query),
                "must_not": [] if query.copies else [{"exists": {"field": "copy_of"}}],
            }
        },
        "sort": [{"_score": "desc"}, *newest] if asks else newest,
        "size": query.size,
        "track_scores": True,
        "track_total_hits": True,
        "_source": {"excludes": [] if query.with_text else ["text"]},
        "highlight": _highlight(),
    }


def _words(text: str) -> dict[str, Any]:
    """Words match by stem, quoted phrases to the letter. This query language knows no syntax errors."""
    return {
        "simple_query_string": {
            "query": text,
            "fields": ["title^3", "text", "summary"],
            "quote_field_suffix": ".exact",
            "default_operator": "and",
            "lenient": True,
        }
    }


def _filters(query: SearchQuery) -> list[dict[str, Any]]:
    times = {"gte": query.since, "lte": query.until}
    bounds = {bound: moment.isoformat() for bound, moment in times.items() if moment is not None}
    terms = {"topics": query.topic, "sources": query.source}
    return [{"term": {field: value}} for field, value in terms.items() if value is not None] + (
        [{"range": {"@timestamp": bounds}}] if bounds else []
    )


def _highlight() -> dict[str, Any]:
    return {
        "type": "unified",
        "pre_tags": [MARK_START],
        "post_tags": [MARK_END],
        "max_analyzed_offset": HIGHLIGHTED,
        "fields": {
            "title": {"number_of_fragments": 0, "matched_fields": ["title", "title.exact"]},
            "text": {
                "number_of_fragments": 2,
                "fragment_size": 160,
                "order": "score",
                "matched_fields": ["text", "text.exact"],
            },
        },
    }


def search_result(answer: Any) -> SearchResult:
    """Read the server's answer."""
    hits = answer["hits"]
    found = tuple(_hit(hit) for hit in hits["hits"])
    return SearchResult(hits["total"]["value"] if "total" in hits else len(found), found)


def _hit(hit: dict[str, Any]) -> SearchHit:
    pieces = hit.get("highlight", {})
    highlights = tuple(Highlight(field, piece) for field in ("title", "text") for piece in pieces.get(field, ()))
    return SearchHit(hit["_id"], hit["_score"], hit["_source"], highlights)
