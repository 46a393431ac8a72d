"""What docs/operations.md tells an operator to type."""

import re

from pipeline.settings import CHECKOUT

OPERATIONS = CHECKOUT / "docs" / "operations.md"


def recipe(heading: str, number: int = 0) -> str:
    """The lines of the ``number``-th block of commands below ``### heading``."""
    text = OPERATIONS.read_text(encoding="utf-8")
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    assert section is not None, f"docs/operations.md has no section {heading}"
    return re.findall(r"^```\n(.*?)^```$", section[1], re.M | re.S)[number]
