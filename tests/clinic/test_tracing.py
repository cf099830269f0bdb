"""Traces: one for a request and the work it asks for, with nothing of a patient."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clinic import tracing
from clinic.models import Membership
from tests import factories


@pytest.fixture
def spans(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The spans that were ended, as they would be sent."""
    provider = tracing.TracerProvider()
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    at = 1 + settings.MIDDLEWARE.index("clinic.middleware.RequestContextMiddleware")
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:at],
        "clinic.tracing.TraceMiddleware",
        *settings.MIDDLEWARE[at:],
    ]
    yield exporter
    provider.shutdown()


@pytest.mark.requirement("D4")
def test_a_request_is_traced_by_its_route_and_tells_nothing_of_the_patient(
    spans: Any, practitioner: Membership
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic, name="Canary Quxberg")
    client = Client()
    client.force_login(practitioner.practitioner)
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    answer = client.get(page, {"q": "Quxberg"})
    (span,) = spans.get_finished_spans()
    assert span.name == "GET admin/clinic/patient/<path:object_id>/change/"
    assert span.attributes["catcamel.request_id"] == answer["X-Request-ID"]
    told = span.to_json()
    assert "Quxberg" not in told
    assert str(patient.pk) not in told


def test_the_worker_goes_on_with_the_trace_of_the_request(spans: Any) -> None:
    headers: dict[str, Any] = {}
    with tracing._tracer.start_as_current_span("request"):
        tracing.send_trace(headers=headers)
    task = SimpleNamespace(name="prescriptions.render_handout", request=headers)
    tracing.begin_task(task_id="1", task=task)
    tracing.end_task(task_id="1", state="FAILURE")
    asked, done = spans.get_finished_spans()
    assert done.context.trace_id == asked.context.trace_id
    assert done.parent.span_id == asked.context.span_id
    assert not done.status.is_ok
    assert not tracing._running


def test_a_task_without_a_trace_begins_its_own(spans: Any) -> None:
    tracing.begin_task(task_id="2", task=SimpleNamespace(name="x", request={}))
    tracing.end_task(task_id="2", state="SUCCESS")
    tracing.end_task(task_id="unknown")
    (span,) = spans.get_finished_spans()
    assert span.parent is None


def test_traces_are_off_unless_somebody_names_where_they_go(settings: Any) -> None:
    assert settings.TRACES_URL == ""
    assert "clinic.tracing.TraceMiddleware" not in settings.MIDDLEWARE
