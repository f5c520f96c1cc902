"""Log lines as JSON, one object a line, with the request, account and actor they belong to."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

#: Set by the portals and the worker: ``{"request": …, "account": …, "actor": …}``. Never holds secrets.
context: ContextVar[dict[str, str] | None] = ContextVar("sublet_log_context", default=None)


class JsonLines(logging.Formatter):
    """One JSON object a line; a trace is one field of it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **(context.get() or {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
