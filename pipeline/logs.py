"""Structured logs on standard error: one line an event, key=value on a terminal, JSON where there is none."""

import logging
import os
import sys
from typing import Any

from pipeline.optional import without

with without("rich"):  # it would be for tracebacks that we do not want, see below
    import structlog


def configure_logs(level: str = "warning") -> None:
    """Send events of ``level`` and above to standard error (never standard output: that is for answers)."""
    as_json = os.environ.get("SITREP_LOG_FORMAT") == "json"
    renderer: Any = structlog.processors.JSONRenderer() if as_json else _console()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _console() -> structlog.dev.ConsoleRenderer:
    # Plain tracebacks: the pretty ones print local variables, and with them whole pages and settings.
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
