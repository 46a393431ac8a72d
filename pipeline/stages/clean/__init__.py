"""Stage *clean*: boilerplate lines go, every line of the story stays, each removal names its rule."""

from pipeline.stages.clean.blocks import Block
from pipeline.stages.clean.rules import NO_RULES, Rule, Rules
from pipeline.stages.clean.sweep import Cleaned, clean, clean_blocks

__all__ = ["NO_RULES", "Block", "Cleaned", "Rule", "Rules", "clean", "clean_blocks"]
