"""What an answer for a feed's address is worth: a document to read, nothing new, or a failure with a name.

Whether a document is a feed at all is for ``parse_feed`` to say.
"""

from pipeline.model import Exchange, FetchFailure
from pipeline.stages.judge_page import is_temporary
from pipeline.stages.wall import NAMES, wall


def judge_feed(answer: Exchange | FetchFailure, *, conditional: bool = True) -> Exchange | FetchFailure:
    """A 200 with a body and a 304 pass. ``conditional``: validators were sent, so a 304 makes sense."""
    if isinstance(answer, FetchFailure):
        return answer
    if answer.status == 304:
        return answer if conditional else _failure(answer, "http_status", "304 without validators sent", True)
    if answer.status == 410:
        return _failure(answer, "gone", "410", False)
    if answer.status != 200 and (kind := wall(answer)) is not None:
        return _failure(answer, kind, f"{answer.status}: {NAMES[kind]}", True)
    if answer.status != 200:
        return _failure(answer, "http_status", str(answer.status), is_temporary(answer.status))
    if not answer.body.strip():
        return _failure(answer, "empty_feed", "200 without a body", True)
    return answer


def instead_of_feed(answer: Exchange, word: str, reason: str) -> FetchFailure:
    """What the document that answered is named, where no feed can be read from it: a wall, or what the parser says."""
    kind = wall(answer) if word in ("html", "not_a_feed", "unreadable") else None
    return FetchFailure(answer.requested_url, kind or word, NAMES[kind] if kind else reason, True, exchange=answer)


def _failure(answer: Exchange, kind: str, detail: str, temporary: bool) -> FetchFailure:
    return FetchFailure(answer.requested_url, kind, detail, temporary, answer.status, answer)
