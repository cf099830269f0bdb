"""Bells for workers, and what the broker holds: within bounds, and never an error."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from kombu.exceptions import ChannelError

logger = logging.getLogger(__name__)

PING_SECONDS = 0.5
BULK = "handouts.bulk"
# After a failed ring the sweeper rings instead, so that requests do not wait in turn.
QUIET_SECONDS = 5
_quiet_until = 0.0


def publish(task: str, row_id: UUID, queue: str = BULK) -> bool:
    """Tell a worker of a row that waits; False when the broker did not take it.

    Settings bound one attempt to under a second; the row is safe whatever happens.
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        current_app.send_task(task, args=(str(row_id),), queue=queue)
    except Exception:
        logger.exception("no bell for %s %s", task, row_id)
        _quiet_until = time.monotonic() + QUIET_SECONDS
        return False
    return True


def waiting_messages() -> dict[str, int] | None:
    """Return the messages in each queue; None when the broker does not answer."""
    try:
        with _connection() as connection:
            channel = connection.default_channel
            names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
            return {name: _length(channel, name) for name in names}
    except Exception as error:
        logger.warning("queues could not be counted: %s", type(error).__name__)
        return None


@contextmanager
def _connection() -> Iterator[Any]:
    with current_app.connection_for_write() as connection:
        # connect() would sleep two seconds before it gives up.
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        yield connection


def _length(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True)[1])
    except ChannelError:
        return 0  # Redis has no empty lists


def workers_alive() -> int | None:
    """Return how many workers answer; None when the broker does not."""
    try:
        # Not one of the pool: the end of the wait would leave it reading, and whatever
        # it reads then is the answer to the next question.
        with _connection() as connection:
            asked = current_app.control.inspect(
                timeout=PING_SECONDS, connection=connection
            )
            answers = asked.ping()
    except Exception as error:
        logger.warning("workers could not be asked: %s", type(error).__name__)
        return None
    return len(answers or {})
