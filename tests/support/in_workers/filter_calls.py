"""A filter whose items say what happens to them."""

import time
from typing import Any

import worker_calls


def answer(item: dict[str, Any], equipment: Any) -> dict[str, Any]:
    match item.get("do"):
        case "hang":
            worker_calls.loop()
        case "die":
            worker_calls.die()
        case "raise":
            raise LookupError("nothing there")
        case "wait":
            time.sleep(item["seconds"])
    return {"said": item.get("say"), "by": equipment}
