"""Traces for OpenTelemetry, where TRACES_URL is set and the extra is installed.

A span holds what a line of the log may hold: route, status, name of a task, request
id. Libraries are not instrumented, as that would tell addresses, statements and words
of errors; nor is a trace taken over from whoever asks.
"""

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from opentelemetry import context, propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context

from clinic.context import current_request
from clinic.middleware import Handler

# Without a processor spans are made and thrown away.
provider = TracerProvider(resource=Resource.create({"service.name": "catcamel"}))
_tracer = provider.get_tracer("catcamel")
_running: dict[str, tuple[Span, Any]] = {}


def start() -> None:
    """Send spans from now on; called once a process."""
    exporter = OTLPSpanExporter(endpoint=settings.TRACES_URL)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    before_task_publish.connect(send_trace)
    task_prerun.connect(begin_task)
    task_postrun.connect(end_task)


class TraceMiddleware:
    """A span for each request, named by its route."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within a span; what fails on our side is marked."""
        with _tracer.start_as_current_span(
            "request",
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            response = self.get_response(request)
            match = request.resolver_match
            route = match.route if match else "none"
            span.update_name(f"{request.method} {route}")
            span.set_attributes(
                {
                    "http.request.method": str(request.method),
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "catcamel.request_id": current_request.get().request_id,
                }
            )
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
        return response


def send_trace(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let the worker's span belong to the request that asked for the work."""
    propagate.inject(headers)


def begin_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Begin the span of a task."""
    carrier = {"traceparent": str(task.request.get("traceparent") or "")}
    parent = propagate.extract(carrier)
    span = _tracer.start_span(task.name, context=parent, kind=SpanKind.CONSUMER)
    span.set_attribute("catcamel.request_id", current_request.get().request_id)
    _running[task_id] = span, context.attach(set_span_in_context(span))


def end_task(task_id: str, state: str = "", **kwargs: Any) -> None:
    """End the span of a task; one that failed is marked, without its words."""
    if task_id not in _running:
        return
    span, token = _running.pop(task_id)
    if state == "FAILURE":
        span.set_status(StatusCode.ERROR)
    context.detach(token)
    span.end()
