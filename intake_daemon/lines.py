"""How a line of the journal looks, and what may stand in it: these keys and no other.

Written by structlog, as JSON or for a console. Libraries' own records pass only as level, logger and exception type.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_KEYS = frozenset(
    "event level timestamp door kind brand channel id reference disposition reason code path topic team handler "
    "language ms count queue notice outcome connector attempts faults part what host port since file line pid version "
    "waiting held logger exception seconds key".split()
)
log: Any = structlog.get_logger()


def open_journal(form: Literal["json", "console"], *, level: str = "info", to: TextIO | None = None) -> None:
    """Set up once, by the composition root. Libraries' own records pass only as level, logger and exception type."""
    out = to or sys.stderr
    last: Any = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Foreign()]
    root.setLevel(logging.WARNING)


class _Foreign(logging.Handler):
    """Libraries log what they were given, and that may be a customer's words: keep where it was, not what it said."""

    def emit(self, record: logging.LogRecord) -> None:
        what = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log.warning("library", logger=record.name, line=record.lineno, exception=what)


def _allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if key in _KEYS}
