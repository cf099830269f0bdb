"""Log lines: one line an event, with the request it belongs to."""

import json
import logging
import re
import traceback
from typing import Any

from clinic.context import current_request

# A patient's link opens the handout to whoever knows the birth date.
LINK_TOKEN = re.compile(r"/l/[^/\s\"']+")


class LineFormatter(logging.Formatter):
    """Time, level, logger, request id and message; line breaks are made visible."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s"
        )

    def formatException(self, ei: Any) -> str:
        """Return frames and type; the message may hold a row's values."""
        kind, _, frames = ei
        place = "".join(traceback.format_tb(frames))
        return f"{place}{kind.__name__ if kind else ''}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line, a traceback included, without link tokens."""
        record.request_id = current_request.get().request_id or "-"
        line = super().format(record).replace("\r", "\\r").replace("\n", "\\n")
        return LINK_TOKEN.sub("/l/-", line)


class JsonFormatter(LineFormatter):
    """The same event as one JSON object, for systems that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, request, process and message, a trace apart."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        event = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "request_id": current_request.get().request_id,
            "process": record.process,
            "message": record.getMessage(),
            "trace": trace,
        }
        kept = {name: value for name, value in event.items() if value != ""}
        return LINK_TOKEN.sub("/l/-", json.dumps(kept, ensure_ascii=False))


FORMATTERS = {"line": LineFormatter, "json": JsonFormatter}


class ReadinessFilter(logging.Filter):
    """Leaves out that /readyz said "not yet": saying so is what it is for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be kept."""
        request = getattr(record, "request", None)
        return getattr(request, "path", "") != "/readyz"
