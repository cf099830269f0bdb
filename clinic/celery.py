"""The Celery application; tasks live in the packages and are discovered there."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import (
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutdown,
)

from clinic.context import OUTSIDE, RequestInfo, current_request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

logger = logging.getLogger(__name__)

app = Celery("catcamel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
for module in ("batch_tasks", "janitor", "message_tasks", "operations"):
    app.autodiscover_tasks(related_name=module)
app.autodiscover_tasks(["prescriptions.rights"], related_name="erasing")


@setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Leave logging to the settings: the same format and LOG_LEVEL in all processes."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let the worker's log lines name the request that asked for the work."""
    if request_id := current_request.get().request_id:
        headers["request_id"] = request_id


@task_prerun.connect
def take_request_id(task: Any, **kwargs: Any) -> None:
    """Work in the name of the request whose id came with the message."""
    request_id = task.request.get("request_id")
    if isinstance(request_id, str) and request_id.isalnum():
        current_request.set(RequestInfo(request_id[:40]))


@task_postrun.connect
def end_request(**kwargs: Any) -> None:
    """The next task belongs to another request, or to none."""
    current_request.set(OUTSIDE)


@worker_ready.connect
def give_signs_of_life(sender: Any, **kwargs: Any) -> None:
    """Let the worker's own timer tell /readyz that its main loop turns."""
    from clinic import health, measures  # noqa: PLC0415 (needs the settings above)

    def beat() -> None:
        try:
            health.beat("worker")
            measures.tell("worker", measures.memory_of(_pids_of(sender.pool)))
        except Exception:
            logger.exception("no sign of life could be given")

    beat()
    sender.timer.call_repeatedly(health.BEAT_SECONDS, beat)


def _pids_of(pool: Any) -> list[int]:
    """Return this process and those of its prefork pool."""
    children = getattr(getattr(pool, "_pool", None), "_pool", None) or []
    return [os.getpid(), *(child.pid for child in children)]


@worker_shutdown.connect
def take_back_the_sign_of_life(**kwargs: Any) -> None:
    """Keep /readyz from counting on a worker that has stopped."""
    from clinic import health  # noqa: PLC0415 (needs the settings of the app above)

    try:
        health.end("worker")
    except Exception:
        logger.exception("the sign of life could not be taken back")
