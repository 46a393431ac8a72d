"""Text work that never ends on what a trap is: its address says so. Each call leaves its worker's number in a file."""

import os
from pathlib import Path
from typing import Any

import worker_calls

from pipeline.flows import textwork

TRAP = "trap"


def read_entry(noted: str, feed_id: str, language: str | None, entry: Any, page: Any, now: Any, familiar: Any) -> Any:
    _note(noted)
    if page is not None and TRAP in page.url:
        worker_calls.loop()
    return textwork.read_entry(feed_id, language, entry, page, now, familiar)


def read_feed(noted: str, body: bytes, url: str, headers: dict[str, str]) -> Any:
    _note(noted)
    if TRAP in url:
        worker_calls.loop()
    return textwork.read_feed(body, url, headers)


def _note(noted: str) -> None:
    with Path(noted).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
