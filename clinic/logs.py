"""Log lines: one line an event, with the request it belongs to."""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from django.db import OperationalError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from clinic.context import current_request

# Errors whose words tell of machines, never of rows
OF_MACHINES = (OSError, OperationalError, RedisError, BrokerError)
# What Celery's own lines about a failed task may take from the error
TASK_ERROR = ("exc", "traceback", "args", "kwargs")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
# A patient's link opens the handout to whoever knows the birth date.
LINK_TOKEN = re.compile(r"/([lr])/[^/\s\"']+")


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
        return LINK_TOKEN.sub(r"/\1/-", line)


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
        return LINK_TOKEN.sub(r"/\1/-", json.dumps(kept, ensure_ascii=False))


class RedactingFilter(logging.Filter):
    """Takes out what an event may hold of a patient, whoever logs it.

    Words of an error may be values of a row or of a form; those of the network, the
    disk and the servers we call are none. E-mail addresses are nobody's business.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; keep it."""
        if isinstance(record.args, Mapping):
            record.args = {
                name: _told(value, is_error=name in TASK_ERROR)
                for name, value in record.args.items()
            }
        elif record.args:
            record.args = tuple(_told(value) for value in record.args)
        if not record.name.startswith("celery"):  # whose workers have such names
            record.msg = EMAIL.sub("-@-", str(record.msg))
        return True


def _told(value: object, *, is_error: bool = False) -> object:
    """Return what may be told of an argument."""
    if is_error:
        # Celery tells of an error as repr() does: its kind, then its words.
        return str(value).partition("(")[0]
    if isinstance(value, BaseException) and not isinstance(value, OF_MACHINES):
        return type(value).__name__
    return EMAIL.sub("-@-", value) if isinstance(value, str) else value


FORMATTERS = {"line": LineFormatter, "json": JsonFormatter}


class ReadinessFilter(logging.Filter):
    """Leaves out that /readyz said "not yet": saying so is what it is for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be kept."""
        request = getattr(record, "request", None)
        return getattr(request, "path", "") != "/readyz"
