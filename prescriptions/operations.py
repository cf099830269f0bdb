"""How the making of handouts goes: for the page, for metrics, for alarms."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic import broker, health
from clinic.models import AuditEvent
from prescriptions.models import FailureCode, Handout, Queue, Status
from prescriptions.models.handout import HandoutQuerySet, reason_to_wait

logger = logging.getLogger(__name__)

LATELY, LAST_HOUR = timedelta(hours=24), timedelta(hours=1)
# Enough for a steady 95th percentile, few enough to sort at each look
SAMPLE = 500
STALLED_SECONDS = 120
MANY_FAILURES = 5
SAME_ALARM_AFTER_SECONDS = 300
# A night's backup may take a while, and not begin on the minute
BACKUP_IS_OLD = timedelta(hours=26)


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
    failed_last_hour: int
    failures: dict[str, int] = field(default_factory=dict)
    # Of those that wait: why an attempt of theirs did not succeed
    delayed: dict[str, int] = field(default_factory=dict)
    # Of those that wait: for which no bell was taken
    not_rung: int = 0
    # Of those being made: held by a worker that must be lost
    leases_expired: int = 0
    repeated: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest of all has been waiting."""
        return max(line.oldest_seconds for line in self.lines)


def numbers_of(handouts: HandoutQuerySet) -> Numbers:
    """Return the numbers of these handouts in four queries."""
    since = timezone.now() - LATELY
    finished = handouts.filter(finished_at__gte=since)
    ready = finished.filter(status=Status.READY)
    failed = finished.filter(status=Status.FAILED).order_by()
    last_hour = Q(finished_at__gte=timezone.now() - LAST_HOUR)
    counts = finished.aggregate(
        ready=Count("pk", filter=Q(status=Status.READY)),
        ready_last_hour=Count("pk", filter=last_hour & Q(status=Status.READY)),
        failed_last_hour=Count("pk", filter=last_hour & Q(status=Status.FAILED)),
        repeated=Count("pk", filter=Q(attempts__gt=1)),
    )
    codes = failed.values_list("failure_code").annotate(count=Count("pk"))
    spans = _seconds(ready.filter(queue=Queue.INTERACTIVE))
    return Numbers(
        failures=dict(codes),
        median_seconds=_quantile(spans, 0.5),
        p95_seconds=_quantile(spans, 0.95),
        **counts,
        **_work(handouts),
    )


def _work(handouts: HandoutQuerySet) -> dict[str, Any]:
    """Count what is not finished, in one query."""
    work = handouts.filter(status__in=[Status.PENDING, Status.RENDERING]).order_by()
    groups = work.values("queue", "status", "failure_code").annotate(
        count=Count("pk"),
        oldest=Min("requested_at"),
        not_rung=Count("pk", filter=Q(rung_at__isnull=True)),
        expired=Count("pk", filter=Q(lease_until__lte=Now())),
    )
    waiting = [group for group in groups if group["status"] == Status.PENDING]
    made = [group for group in groups if group["status"] == Status.RENDERING]
    delayed: Counter[str] = Counter()
    for group in waiting:
        delayed[group["failure_code"]] += group["count"]
    del delayed[""]
    return {
        "lines": tuple(_line(queue, waiting) for queue in Queue),
        "in_flight": sum(group["count"] for group in made),
        "leases_expired": sum(group["expired"] for group in made),
        "not_rung": sum(group["not_rung"] for group in waiting),
        "delayed": dict(delayed),
    }


def _line(queue: Queue, waiting: Sequence[Any]) -> Line:
    mine = [group for group in waiting if group["queue"] == queue]
    if not mine:
        return Line(queue.value)
    oldest = timezone.now() - min(group["oldest"] for group in mine)
    count = sum(group["count"] for group in mine)
    return Line(queue.value, count, oldest.total_seconds())


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


@dataclass(frozen=True)
class System:
    """Whether what makes handouts answers; None where Redis could not be asked."""

    messages: dict[str, int] | None
    workers: int | None
    signs: dict[str, bool] | None
    # Connections of PostgreSQL that this role may see, by state
    connections: dict[str, int] = field(default_factory=dict)


def connections_by_state() -> dict[str, int]:
    """Count the database's connections; nothing where it is a file."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() GROUP BY 1"
        )
        return dict(cursor.fetchall())


def system() -> System:
    """Ask broker, workers and the signs of life; takes two seconds at most."""
    messages = broker.waiting_messages()
    workers = None if messages is None else broker.workers_alive()
    return System(messages, workers, health.signs(), connections_by_state())


# Alarms


@shared_task(name="prescriptions.raise_alarms")
def raise_alarms() -> list[str]:
    """Write a log event for each thing that needs somebody; return their names.

    The same alarm is written at most every five minutes, while Redis answers.
    """
    numbers = of_installation()
    alarms = list(_alarms(numbers))
    return [name for name, detail in alarms if _raise(name, detail)]


def _alarms(numbers: Numbers) -> Iterable[tuple[str, str]]:
    if numbers.oldest_seconds > STALLED_SECONDS:
        yield "queue_stalled", f"oldest waits {numbers.oldest_seconds:.0f} s"
    if numbers.failed_last_hour >= MANY_FAILURES:
        told = ", ".join(f"{code} {n}" for code, n in sorted(numbers.failures.items()))
        yield "many_failures", f"in 24 hours: {told}"
    if stuck := numbers.delayed.get(FailureCode.STORAGE):
        yield "storage_away", f"{stuck} handouts could not be stored and wait"
    made_at = last_backup()
    if made_at and made_at < timezone.now() - BACKUP_IS_OLD:
        yield "backup_old", f"the last one was made at {made_at:%Y-%m-%d %H:%M} UTC"
    signs = health.signs()
    if signs is None or broker.waiting_messages() is None:
        yield "redis_away", "no answer; handouts are kept and made later"
    elif not signs["worker"]:
        yield "no_worker", "no worker gives signs of life"


def last_backup() -> datetime | None:
    """Return when ``manage.py backup`` succeeded last; None if it never did."""
    events = AuditEvent.objects.unscoped().filter(clinic__isnull=True)
    made = events.filter(action="system.backed_up").order_by("-at")
    return made.values_list("at", flat=True).first()


def _raise(name: str, detail: str) -> bool:
    try:
        is_new = cache.add(f"alarm:{name}", "yes", timeout=SAME_ALARM_AFTER_SECONDS)
    except Exception:
        # Without the cache nobody remembers: told too often is better than never.
        is_new = True
    if is_new:
        logger.error("ALARM %s %s", name, detail)
    return bool(is_new)


def failure_words(failures: dict[str, int]) -> list[tuple[str, int]]:
    """Return each reason in words with its count, most frequent first."""
    rows = Counter(failures).most_common()
    return [(str(FailureCode(code).label), count) for code, count in rows]


def waiting_words(delayed: dict[str, int]) -> list[tuple[str, int]]:
    """Return why attempts did not succeed, with counts, most frequent first."""
    rows = Counter(delayed).most_common()
    return [(reason_to_wait(code), count) for code, count in rows]


def of_clinic(clinic_id: UUID) -> Numbers:
    """Return the numbers of one clinic."""
    return numbers_of(Handout.objects.of_clinic(clinic_id))


def of_installation() -> Numbers:
    """Return the numbers of all clinics together, for those who run the machines."""
    return numbers_of(Handout.objects.unscoped())
