"""The rules, an area a file; importing this enters all of them, in the order of the path of a request."""

from bench.polling.rules import (  # noqa: F401, I001 — imported for what they enter, in this order
    validators,
    schedule,
    redirects,
    bodies,
    politeness,
    safety,
    entries,
    pages,
    watching,
)
