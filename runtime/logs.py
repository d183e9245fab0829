"""One stream of JSON lines on stderr, from structlog and the standard library alike, without patients in it."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from runtime.environment import SettingsError
from runtime.unreachable import Unreachable

OUR_SAFE_EXCEPTIONS: tuple[type[BaseException], ...] = (SettingsError, Unreachable)
"""Exceptions whose message we wrote ourselves and which never quotes what came from outside."""

FRAMES_MAX = 20
CAUSES_MAX = 5


def configure_logging(
    level: str = "INFO", *, safe_exceptions: Iterable[type[BaseException]] = (), stream: TextIO | None = None
) -> None:
    """Send every log line of this process to stderr (or `stream`) as JSON.

    `safe_exceptions` are classes whose messages may be shown, beside our own here; of all others only the type
    and the frames are logged, since a message may quote a patient.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ExceptionWithoutWords((*OUR_SAFE_EXCEPTIONS, *safe_exceptions)),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), first_line_only, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(serializer=json.dumps, default=_plain),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # The message stays constant; course and activity come as fields.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    sys.excepthook = _log_crash


@cache
def forward_core_logs() -> None:
    """Send warnings of Temporal's Rust core through our stream. Call before the first client is made; once is enough."""
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    logs = LoggingConfig(filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding)
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=logs)))


def first_line_only(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Keep the first line of a message: asyncio and others put the repr of an exception on the next ones."""
    event["event"] = str(event["event"]).split("\n", 1)[0]
    return event


class ExceptionWithoutWords:
    """Replaces `exc_info` by the exception's type, where it was raised, and its causes."""

    def __init__(self, safe: tuple[type[BaseException], ...]) -> None:
        self._safe = safe

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        raised = _raised(event.pop("exc_info", None))
        event.pop("stack_info", None)
        if raised is not None:
            event["error"] = self._chain(raised)
        return event

    def _chain(self, raised: BaseException) -> list[dict[str, Any]]:
        chain: list[dict[str, Any]] = []
        cause: BaseException | None = raised
        while cause is not None and len(chain) < CAUSES_MAX:
            chain.append(self._described(cause))
            cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
        return chain

    def _described(self, raised: BaseException) -> dict[str, Any]:
        described: dict[str, Any] = {"type": f"{type(raised).__module__}.{type(raised).__qualname__}"}
        if isinstance(raised, self._safe):
            described["message"] = str(raised)
        # ApplicationError and the like carry a type name that our own code chose.
        if isinstance(kind := getattr(raised, "type", None), str):
            described["kind"] = kind
        frames = traceback.extract_tb(raised.__traceback__)[-FRAMES_MAX:]
        described["frames"] = [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames]
        return described


def _raised(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _plain(value: object) -> object:
    """Render ids, dates and enums; of anything else only its type, since a repr may hold a patient."""
    if isinstance(value, (UUID, Path)):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else list(value)
    return f"<{type(value).__name__}>"


def _log_crash(kind: type[BaseException], raised: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("regimen").critical("process.crashed", exc_info=raised)
