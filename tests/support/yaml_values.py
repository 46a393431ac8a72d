"""Any value that a YAML file can hold, for property tests of what reads such files."""

import copy
from typing import Any

from hypothesis import strategies as st

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.dates()
    | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12)
)
KEYS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=8) | st.integers(0, 9) | st.none()
YAML_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """The document with one value, somewhere in it, exchanged for any other or left out."""
    spoiled = copy.deepcopy(document)
    node: Any = spoiled
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return spoiled
        place = draw(st.sampled_from(places))
        if isinstance(node[place], (dict, list)) and draw(st.booleans()):
            node = node[place]
        elif draw(st.integers(0, 4)) == 0:
            del node[place]
            return spoiled
        else:
            node[place] = draw(YAML_VALUES)
            return spoiled
