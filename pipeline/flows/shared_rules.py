"""Imported by the process that workers are forked from: the rules' automata, which all of them then share."""

import contextlib

from pipeline.config.boilerplate import trusted_boilerplate

with contextlib.suppress(Exception):  # whoever starts workers has told of the mistakes
    _rules = trusted_boilerplate()
    _rules.matching("a line")
    _rules.may_end("a line")
