"""Sitrep: defence news from feed to search index. The data's path is told in ``docs/architecture.md``."""

__version__ = "0.1.0"
