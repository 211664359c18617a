"""One JSON line an event on standard error; a traceback without the values of variables, which may be secret."""

from __future__ import annotations

import sys

import structlog


def configure_logs() -> None:
    """Set the form of the log, unless the program that runs the application has set its own."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
