"""A story → the body of a search for stories that share its telling words."""

from typing import Any

FIELDS = ["title", "text", "summary"]
MOST_WORDS = 60
LONGEST = 20_000
"""Characters of the story that the server reads."""


def similar_body(title: str, text: str, *, size: int, copies: bool) -> dict[str, Any]:
    """Best first by the server's own measure, which only chooses whom to look at more closely.

    ``minimum_should_match`` is low, since two stories about one thing may be told in different words.
    """
    return {
        "query": {
            "bool": {
                "must": [
                    {
                        "more_like_this": {
                            "fields": FIELDS,
                            "like": f"{title}\n{text}"[:LONGEST],
                            "min_term_freq": 1,
                            "min_doc_freq": 1,
                            "max_query_terms": MOST_WORDS,
                            "minimum_should_match": "10%",
                        }
                    }
                ],
                "must_not": [] if copies else [{"exists": {"field": "copy_of"}}],
            }
        },
        "sort": [{"_score": "desc"}, {"url": "asc"}],
        "size": size,
        "track_scores": True,
        "track_total_hits": False,
    }
