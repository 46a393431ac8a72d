"""What an answer for a feed's address is worth: a document to read, nothing new, or a failure with a name.

Whether a document is a feed at all is for ``parse_feed`` to say.
"""

from pipeline.model import Exchange, FetchFailure
from pipeline.stages.judge_page import is_temporary


def judge_feed(answer: Exchange | FetchFailure, *, conditional: bool = True) -> Exchange | FetchFailure:
    """A 200 with a body and a 304 pass. ``conditional``: validators were sent, so a 304 makes sense."""
    if isinstance(answer, FetchFailure):
        return answer
    if answer.status == 304:
        return answer if conditional else _failure(answer, "http_status", "304 without validators sent", True)
    if answer.status == 410:
        return _failure(answer, "gone", "410", False)
    if answer.status != 200:
        return _failure(answer, "http_status", str(answer.status), is_temporary(answer.status))
    if not answer.body.strip():
        return _failure(answer, "empty_feed", "200 without a body", True)
    return answer


def _failure(answer: Exchange, kind: str, detail: str, temporary: bool) -> FetchFailure:
    return FetchFailure(answer.requested_url, kind, detail, temporary, answer.status, answer)
