"""One log for a process: structlog and standard-library records as JSON lines or a readable console, on stderr.

The rules, enforced by tests/architecture/test_log_calls.py: the event text is constant, values are fields, and
personal data is only in fields whose name starts with `pii_`. Those are masked here unless `show_pii` is set; secrets
always are.
Bind what belongs to every line of a call with `structlog.contextvars.bound_contextvars(call_id=...)`.
"""

import logging
import sys
from dataclasses import dataclass
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from voiceagent.config.log_privacy import describe_exception, masked

LEVELS = ("debug", "info", "warning", "error")

# Chatty below warning, and their texts may quote addresses, statements or parameters.
_QUIET = (
    *("httpcore", "httpx", "sqlalchemy", "psycopg", "procrastinate", "alembic", "uvicorn.access", "websockets"),
    *("aiortc", "aioice", "httpcore2", "httpx2", "openai", "anthropic", "google_genai", "mcp", "pydantic_ai"),
    *("opentelemetry", "urllib3", "boto3", "botocore"),  # botocore would log bodies, with data keys in them
)
_MUTE = ("presidio-analyzer",)  # quotes the texts that it stumbles over, as errors


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """`as_json` for machines, otherwise a console for people. `process` names the part that writes."""

    process: str
    level: str = "info"
    as_json: bool = True
    show_pii: bool = False


def set_up_logging(options: LogOptions, stream: TextIO | None = None) -> None:
    """Route everything that this process logs to `stream` (stderr). Call once, first thing in an app."""
    target = stream or sys.stderr
    level = logging.getLevelNamesMapping()[options.level.upper()]
    shared = _shared_processors(options)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _in_reading_order,
                _renderer(options, colours=target.isatty()),
            ],
        )
    )
    _take_over(handler, level)


def _take_over(handler: logging.Handler, level: int) -> None:
    """One handler at the root; whatever libraries had set up for themselves goes."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.captureWarnings(capture=True)


def _shared_processors(options: LogOptions) -> list[Processor]:
    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"process": options.process, **event}

    def protect(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return masked(event, show_pii=options.show_pii)

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        name_process,
        describe_exception,
        protect,
    ]


def _renderer(options: LogOptions, *, colours: bool) -> Processor:
    if options.as_json:
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="at")


def _in_reading_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    first = {name: event.pop(name) for name in ("at", "level", "process", "logger", "event") if name in event}
    return {**first, **event}
