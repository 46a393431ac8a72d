"""What people write today in an afternoon, the peer of the bench: feedparser, httpx, trafilatura with metadata, bulk.

    python -m bench.speed.peer FEEDS.yaml URL INDEX

One process, no ledger, no archive, no tags, no copies. Prints the number of documents indexed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import httpx
import yaml
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from trafilatura import bare_extraction


def main(feeds: str, url: str, index: str) -> None:
    rows = yaml.safe_load(Path(feeds).read_text("utf-8"))["feeds"]
    with httpx.Client(timeout=30) as web, Elasticsearch(url, request_timeout=60) as server:
        server.indices.create(index=index)
        done = sum(ok for ok, _ in streaming_bulk(server, _documents(web, rows, index)))
    print(done)


def _documents(web: httpx.Client, rows: list[dict[str, Any]], index: str) -> Iterator[dict[str, Any]]:
    for row in rows:
        for entry in feedparser.parse(web.get(row["url"]).content).entries:
            page = web.get(entry.link)
            found = bare_extraction(page.text, url=entry.link, with_metadata=True, include_comments=False)
            if found is not None:
                fields = {"title": found.title, "text": found.text, "author": found.author, "date": found.date}
                yield {"_index": index, "_id": entry.link, "_source": {"url": entry.link, **fields}}


if __name__ == "__main__":
    main(*sys.argv[1:])
