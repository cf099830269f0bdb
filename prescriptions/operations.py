"""How the making of handouts goes: for the page, for metrics, for alarms."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.utils import timezone

from clinic import health
from prescriptions.models import FailureCode, Handout, Queue, Status
from prescriptions.models.handout import HandoutQuerySet

logger = logging.getLogger(__name__)

LATELY, LAST_HOUR = timedelta(hours=24), timedelta(hours=1)
# Enough for a steady 95th percentile, few enough to sort at each look
SAMPLE = 500
PING_SECONDS = 0.5
STALLED_SECONDS = 120
MANY_FAILURES = 5
SAME_ALARM_AFTER_SECONDS = 300


@dataclass(frozen=True)
class Line:
    """What waits in one queue: how many, and since when the oldest (seconds)."""

    name: str
    waiting: int = 0
    oldest_seconds: float = 0


@dataclass(frozen=True)
class Numbers:
    """The state of the pipeline; times in seconds, counts of the last 24 hours."""

    lines: tuple[Line, ...]
    in_flight: int
    ready: int
    ready_last_hour: int
    failures: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest of all has been waiting."""
        return max(line.oldest_seconds for line in self.lines)

    @property
    def failed(self) -> int:
        """All failures."""
        return sum(self.failures.values())


def numbers_of(handouts: HandoutQuerySet) -> Numbers:
    """Return the numbers of these handouts in four queries."""
    since = timezone.now() - LATELY
    finished = handouts.filter(finished_at__gte=since)
    ready = finished.filter(status=Status.READY)
    failed = finished.filter(status=Status.FAILED).order_by()
    counts = finished.aggregate(
        ready=Count("pk", filter=Q(status=Status.READY)),
        ready_last_hour=Count(
            "pk",
            filter=Q(status=Status.READY, finished_at__gte=timezone.now() - LAST_HOUR),
        ),
        repeated=Count("pk", filter=Q(attempts__gt=1)),
    )
    codes = failed.values_list("failure_code").annotate(count=Count("pk"))
    spans = _seconds(ready.filter(queue=Queue.INTERACTIVE))
    lines, in_flight = _lines(handouts)
    return Numbers(
        lines=lines,
        in_flight=in_flight,
        failures=dict(codes),
        median_seconds=_quantile(spans, 0.5),
        p95_seconds=_quantile(spans, 0.95),
        **counts,
    )


def _lines(handouts: HandoutQuerySet) -> tuple[tuple[Line, ...], int]:
    work = handouts.filter(status__in=[Status.PENDING, Status.RENDERING]).order_by()
    rows = work.values_list("queue", "status").annotate(
        count=Count("pk"), oldest=Min("requested_at")
    )
    found = {(queue, status): (count, oldest) for queue, status, count, oldest in rows}
    lines = tuple(_line(queue, found.get((queue, Status.PENDING))) for queue in Queue)
    in_flight = sum(
        count for (_, state), (count, _) in found.items() if state == Status.RENDERING
    )
    return lines, in_flight


def _line(queue: Queue, found: tuple[int, Any] | None) -> Line:
    if found is None:
        return Line(queue.value)
    count, oldest = found
    return Line(queue.value, count, (timezone.now() - oldest).total_seconds())


def _seconds(ready: HandoutQuerySet) -> list[float]:
    """Return how long the latest took from request to ready, sorted."""
    latest = ready.order_by("-finished_at").values_list("requested_at", "finished_at")
    spans = [
        finished - requested for requested, finished in latest[:SAMPLE] if finished
    ]
    return sorted(span.total_seconds() for span in spans)


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return values[min(len(values) - 1, int(share * len(values)))]


def workers_alive() -> int | None:
    """Return how many workers answer; None when the broker does not."""
    try:
        answers = current_app.control.inspect(timeout=PING_SECONDS).ping()
    except Exception as error:
        logger.warning("workers could not be asked: %s", type(error).__name__)
        return None
    return len(answers or {})


def waiting_messages() -> dict[str, int]:
    """Return the bells in each queue of the broker; empty when it does not answer."""
    found = {}
    try:
        with current_app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            for queue in settings.CELERY_TASK_QUEUES:
                declared = channel.queue_declare(queue=queue.name, passive=True)
                found[queue.name] = declared.message_count
    except Exception as error:
        logger.warning("queues could not be counted: %s", type(error).__name__)
    return found


# Alarms


@shared_task(name="prescriptions.raise_alarms")
def raise_alarms() -> list[str]:
    """Write a log event for each thing that needs somebody; return their names.

    The same alarm is written at most every five minutes.
    """
    numbers = numbers_of(Handout.objects.unscoped())
    alarms = list(_alarms(numbers))
    return [name for name, detail in alarms if _raise(name, detail)]


def _alarms(numbers: Numbers) -> Iterable[tuple[str, str]]:
    if numbers.oldest_seconds > STALLED_SECONDS:
        yield "queue_stalled", f"oldest waits {numbers.oldest_seconds:.0f} s"
    if numbers.failed >= MANY_FAILURES:
        told = ", ".join(f"{code} {n}" for code, n in sorted(numbers.failures.items()))
        yield "many_failures", f"in 24 hours: {told}"
    if not health.is_alive("worker"):
        yield "no_worker", "no worker gives signs of life"


def _raise(name: str, detail: str) -> bool:
    is_new = cache.add(f"alarm:{name}", "yes", timeout=SAME_ALARM_AFTER_SECONDS)
    if is_new:
        logger.error("ALARM %s %s", name, detail)
    return bool(is_new)


def failure_words(failures: dict[str, int]) -> list[tuple[str, int]]:
    """Return each reason in words with its count, most frequent first."""
    rows = sorted(failures.items(), key=lambda row: -row[1])
    return [(str(FailureCode(code).label), count) for code, count in rows]


def of_clinic(clinic_id: UUID) -> Numbers:
    """Return the numbers of one clinic."""
    return numbers_of(Handout.objects.of_clinic(clinic_id))
