"""Numbers for Prometheus, read from database and Redis at each scrape.

It does not matter how many processes there are or which one is asked: what they count
lies in Redis. No clinic and no patient is told apart.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from clinic import measures
from clinic.measures import State
from prescriptions import operations
from prescriptions.operations import Numbers, System


class PipelineCollector(Collector):
    """The state of the pipeline as metrics; what Redis would tell may be missing."""

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        numbers = operations.of_installation()
        yield from _queues(numbers)
        yield from _outcomes(numbers)
        yield from _system(operations.system())
        yield _requests()
        yield from _processes(measures.states())


def _gauge(
    name: str, text: str, label: str, values: dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"catcamel_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _queues(numbers: Numbers) -> Iterator[Metric]:
    waiting = {line.name: float(line.waiting) for line in numbers.lines}
    oldest = {line.name: line.oldest_seconds for line in numbers.lines}
    delayed = {code: float(count) for code, count in numbers.delayed.items()}
    yield _gauge("handouts_waiting", "Handouts that wait.", "queue", waiting)
    yield _gauge("oldest_queued_seconds", "Age of the oldest.", "queue", oldest)
    text = "Of those that wait: an attempt did not succeed."
    yield _gauge("handouts_delayed", text, "reason", delayed)
    for name, text, value in (
        ("handouts_not_rung", "Of those that wait: no bell taken.", numbers.not_rung),
        ("handouts_in_flight", "Handouts being made.", numbers.in_flight),
        ("leases_expired", "Held by a lost worker.", numbers.leases_expired),
    ):
        yield GaugeMetricFamily(f"catcamel_{name}", text, value)


def _outcomes(numbers: Numbers) -> Iterator[Metric]:
    failures = {code: float(count) for code, count in numbers.failures.items()}
    quantiles = {"0.5": numbers.median_seconds, "0.95": numbers.p95_seconds}
    seconds = {share: value for share, value in quantiles.items() if value is not None}
    yield GaugeMetricFamily(
        "catcamel_handouts_ready_24h", "Made in 24 hours.", numbers.ready
    )
    yield GaugeMetricFamily(
        "catcamel_handouts_repeated_24h",
        "Finished after more than one attempt.",
        numbers.repeated,
    )
    yield _gauge("handouts_failed_24h", "Failed in 24 hours.", "reason", failures)
    text = "From request to ready, of those somebody waited for."
    yield _gauge("handout_seconds", text, "quantile", seconds)


def _system(system: System) -> Iterator[Metric]:
    answers = system.messages is not None and system.signs is not None
    yield GaugeMetricFamily("catcamel_redis_up", "Redis answers.", float(answers))
    messages = {name: float(n) for name, n in (system.messages or {}).items()}
    yield _gauge("broker_messages", "Messages in the broker.", "queue", messages)
    alive = {name: float(lives) for name, lives in (system.signs or {}).items()}
    yield _gauge("process_alive", "Gave a sign of life lately.", "process", alive)
    open_ones = {state: float(n) for state, n in system.connections.items()}
    text = "Connections of PostgreSQL."
    yield _gauge("database_connections", text, "state", open_ones)
    if system.workers is not None:
        text = "Workers that answer."
        yield GaugeMetricFamily("catcamel_workers", text, system.workers)


def _requests() -> HistogramMetricFamily:
    """Return how long requests took, by what was asked and how it was answered."""
    labels = ["method", "route", "status"]
    text = "Requests answered."
    family = HistogramMetricFamily("catcamel_request_seconds", text, labels=labels)
    for one in measures.requests():
        values = [one.method, one.route, one.status]
        family.add_metric(values, buckets=list(one.buckets), sum_value=one.seconds)
    return family


def _processes(states: list[State]) -> Iterator[Metric]:
    """Yield memory and pools, added up over the processes of a kind on a host."""
    memory = GaugeMetricFamily(
        "catcamel_memory_bytes",
        "Memory of processes: of all, and of the largest.",
        labels=["process", "host", "of"],
    )
    pool = GaugeMetricFamily(
        "catcamel_database_pool",
        "Connections in the pools of web processes, and who waits for one.",
        labels=["host", "state"],
    )
    told_by: dict[tuple[str, str], list[Mapping[str, float]]] = defaultdict(list)
    for state in states:
        told_by[state.process, state.host].append(state.numbers)
    for (process, host), told in sorted(told_by.items()):
        together: Counter[str] = sum((Counter(one) for one in told), Counter())
        largest = max(one.get("largest", 0) for one in told)
        memory.add_metric([process, host, "all"], together["memory"])
        memory.add_metric([process, host, "largest"], largest)
        for name in ("size", "idle", "waiting"):
            if any(f"pool_{name}" in one for one in told):
                pool.add_metric([host, name], together[f"pool_{name}"])
    yield memory
    yield pool


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape that carries METRICS_TOKEN; without one there is no such page."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(given.encode(), token.encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(PipelineCollector())
    content = generate_latest(registry)
    return HttpResponse(content, content_type=CONTENT_TYPE_PLAIN_0_0_4)
