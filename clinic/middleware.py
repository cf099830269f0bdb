"""Request id, client address and the actor of a request."""

import logging
import time
from collections.abc import Callable
from ipaddress import ip_address
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from clinic import measures, sessions
from clinic.context import RequestInfo, current_request
from clinic.errors import Unavailable
from clinic.models import Membership

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
CLINIC_SESSION_KEY = "clinic"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class MeasureMiddleware:
    """Count requests by route and status, and how long they took."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then count; an address that leads nowhere counts as such."""
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.route if request.resolver_match else "none"
        measures.count_request(str(method), route, response.status_code, seconds)
        return response


class RequestContextMiddleware:
    """Give the request an id, known to the audit trail, logs and the caller."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the context; what is personal must not be cached."""
        info = RequestInfo(uuid4().hex, client_address(request))
        token = current_request.set(info)
        try:
            # TRACE is for nobody; Django would answer it like GET in places.
            is_trace = request.method == "TRACE"
            response = (
                HttpResponseNotAllowed([]) if is_trace else self.get_response(request)
            )
        finally:
            current_request.reset(token)
        response["X-Request-ID"] = info.request_id
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Tell an outage from a fault: what cannot be recorded is not shown."""
        if not isinstance(exception, (OperationalError, Unavailable)):
            return None
        logger.error("not available", exc_info=exception)
        context = {"request_id": current_request.get().request_id}
        return HttpResponse(render_to_string("500.html", context), status=503)


def client_address(request: HttpRequest) -> str:
    """Return the caller's address; empty when it is none, such as a unix socket."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # The last entry is the one that the proxy in front of us added.
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        address = forwarded.strip()
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


class SessionMiddleware:
    """End sessions that were idle, or have lasted, for too long."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as to a stranger once the session is over."""
        was_in = request.user.is_authenticated
        if was_in:
            if sessions.seconds_left(request.session):
                sessions.note_use(request)
            else:
                logout(request)
        response = self.get_response(request)
        if was_in and SESSION_KEY not in request.session:
            # Not "storage" as well: patients' diaries wait there for the network.
            response["Clear-Site-Data"] = '"cache"'
        return response


class ActorMiddleware:
    """Set ``request.actor``: the membership under which a person works, or None."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the actor known; pages show the times of the clinic."""
        actor = membership_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        # The API speaks UTC, whoever asks.
        is_page = not request.path.startswith("/api/")
        zone = ZoneInfo(actor.clinic.time_zone) if actor and is_page else None
        with timezone.override(zone):
            return self.get_response(request)


def membership_of(request: HttpRequest) -> Membership | None:
    """Return the person's membership in the chosen clinic, else in the first one.

    Nobody without a second factor is an actor: nothing of a clinic opens by a password.
    """
    if not (request.user.is_authenticated and sessions.is_proven(request.session)):
        return None
    mine = request.user.memberships.filter(is_active=True)
    rows = list(mine.select_related("clinic", "practitioner").order_by("created_at"))
    chosen = request.session.get(CLINIC_SESSION_KEY)
    return next((row for row in rows if str(row.clinic_id) == chosen), None) or (
        rows[0] if rows else None
    )
