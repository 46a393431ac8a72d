"""Is a story like a topic? A score, the decision, and the phrases behind it."""

from pipeline.stages.tag.score import tag

__all__ = ["tag"]
