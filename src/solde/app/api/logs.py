"""One JSON line an event on standard error; a traceback without the values of variables, which may be secret."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from solde.kernel.card_numbers import without_card_number


def configure_logs() -> None:
    """Set the form of the log, unless the program that runs the application has set its own."""
    if structlog.is_configured():
        return
    # Its pools tell every vain try to connect; the workers and the requests that miss the database tell it already.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_card_numbers,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def hide_card_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out each line of a text, such as an address that somebody asked for, that holds a card number."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = "\n".join(map(without_card_number, value.split("\n")))
    return event
