"""Stage *clean*: boilerplate lines go, every line of the story stays, each removal names its rule."""

from pipeline.stages.clean.blocks import Block
from pipeline.stages.clean.repeats import NOTHING_FAMILIAR, Familiar, Trait, site_of, traits_of, without_repeats
from pipeline.stages.clean.rules import NO_RULES, NOT_STORY, Rule, Rules
from pipeline.stages.clean.sweep import Cleaned, clean, clean_blocks

__all__ = [
    "NOTHING_FAMILIAR",
    "NOT_STORY",
    "NO_RULES",
    "Block",
    "Cleaned",
    "Familiar",
    "Rule",
    "Rules",
    "Trait",
    "clean",
    "clean_blocks",
    "site_of",
    "traits_of",
    "without_repeats",
]
