"""Pages of the project itself: health, choice of clinic, invitations, errors."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    HttpResponseServerError,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinic import health, people
from clinic.audit import record
from clinic.celery import app as celery_app
from clinic.context import current_request
from clinic.errors import DomainError, Invalid
from clinic.middleware import CLINIC_SESSION_KEY
from clinic.models import Membership, Practitioner
from clinic.sessions import is_proven

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """Tell that this process answers; it asks nobody else."""
    return JsonResponse({"live": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Tell part by part whether the installation can work; 503 while one cannot."""
    parts = readiness()
    ready = all(word == "ok" for word in parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def readiness() -> dict[str, str]:
    """Ask all parts at the same time; a part that hangs is "slow" after a second."""
    asked = {name: _threads.submit(_word, check) for name, check in PARTS.items()}
    wait(asked.values(), timeout=CHECK_SECONDS)
    return {
        name: answer.result() if answer.done() else "slow"
        for name, answer in asked.items()
    }


def _word(check: Callable[[], str]) -> str:
    """Return the check's word; the reason of a failure goes to the log alone."""
    try:
        return check()
    except Exception as error:
        logger.warning("not ready: %s: %r", check.__name__, error)
        return "failed"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # that of this thread, which nobody else would close
    return "ok"


def _broker() -> str:
    with celery_app.connection_for_write() as broker:
        # connect() would sleep two seconds before it gives up.
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    return "ok"


def _worker() -> str:
    return "ok" if health.is_alive("worker") else "missing"


def _sweeper() -> str:
    return "ok" if health.is_alive("sweeper") else "missing"


def _storage() -> str:
    """Write, read and delete: a full or read-only disk shows before it is needed."""
    content = uuid4().bytes
    name = default_storage.save(f"ready/{uuid4()}", ContentFile(content))
    try:
        with default_storage.open(name) as file:
            return "ok" if file.read() == content else "failed"
    finally:
        default_storage.delete(name)


PARTS = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "sweeper": _sweeper,
    "storage": _storage,
}
# A few threads for all requests, so that hanging parts cannot pile them up.
_threads = ThreadPoolExecutor(max_workers=2 * len(PARTS), thread_name_prefix="ready")


def proven_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who has given the second factor; anybody else is led to signing in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_in = request.user.is_authenticated and is_proven(request.session)
        return view(request, *args, **kwargs) if is_in else redirect("admin:login")

    return guarded


@proven_required
@require_POST
def switch_clinic(request: HttpRequest) -> HttpResponse:
    """Work on in another clinic of one's own; any other one does not exist."""
    assert isinstance(request.user, Practitioner)  # noqa: S101 (narrows for mypy)
    mine = request.user.memberships.filter(is_active=True)
    membership = mine.filter(clinic_id=_uuid(request.POST.get("clinic", ""))).first()
    if membership is None:
        raise Http404
    request.session[CLINIC_SESSION_KEY] = str(membership.clinic_id)
    record(membership, "clinic.chosen", membership)
    # A form that was meant for this clinic is sent on to it as it is.
    is_again = "again" in request.POST
    return HttpResponseRedirect(next_page(request), preserve_request=is_again)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def next_page(request: HttpRequest) -> str:
    """Return where to go on: an address of ours that was asked for, or the first."""
    wished = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wished if is_ours else reverse("admin:index")


class JoinForm(forms.Form):
    """What somebody with an account has to give."""

    token = forms.CharField(
        label="Invitation code",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        max_length=1000,
        strip=False,
        help_text="At least 12 characters. A few random words are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label="Password again",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a password that was typed in two ways."""
        given = super().clean() or {}
        if given.get("password") != given.get("repeated"):
            self.add_error("repeated", "This is not the same password.")
        return given


class InvitationForm(PasswordForm, JoinForm):
    """What somebody new has to give."""

    email = forms.EmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    name = forms.CharField(
        max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    credential = forms.CharField(
        max_length=40,
        required=False,
        help_text="As on a door plate: DC, PT, DPT. Leave empty if you have none.",
    )
    field_order = ("token", "email", "name", "credential")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class AcceptInvitation(View):
    """The page behind an invitation's address; only sending the form uses it up."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; a script moves the token from the address into it."""
        return self.page(request, self.form_class(request)())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let the person in, or say what is wrong."""
        form = self.form_class(request)(request.POST)
        if not form.is_valid():
            return self.page(request, form, status=400)
        try:
            membership = self.accept(request, form.cleaned_data)
        except DomainError as error:
            add_errors(form, error)
            return self.page(request, form, status=400)
        messages.success(request, f"You are now part of {membership.clinic}.")
        return redirect("admin:index")

    def form_class(self, request: HttpRequest) -> type[JoinForm]:
        """The form for the person at hand."""
        return JoinForm if request.user.is_authenticated else InvitationForm

    def accept(self, request: HttpRequest, given: dict[str, Any]) -> Membership:
        """Use up the invitation."""
        if isinstance(request.user, Practitioner):
            membership = people.join_clinic(given["token"], request.user)
            request.session[CLINIC_SESSION_KEY] = str(membership.clinic_id)
            return membership
        del given["repeated"]
        return people.accept_invitation(given.pop("token"), **given)

    def page(
        self, request: HttpRequest, form: JoinForm, status: int = 200
    ) -> HttpResponse:
        """The page with the form."""
        context = {"form": form}
        return render(request, "clinic/invitation.html", context, status=status)


def add_errors(form: forms.Form, error: DomainError) -> None:
    """Show the errors of a door at the form's fields, what has none above them."""
    if not (isinstance(error, Invalid) and error.errors):
        form.add_error(None, error.message)
    for fault in error.errors:
        field = fault.pointer.strip("/")
        form.add_error(field if field in form.fields else None, fault.detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """Name the request, so that its log line can be found, and tell no more.

    Rendered without the request: whatever failed may fail in a context processor.
    """
    context = {"request_id": current_request.get().request_id}
    return HttpResponseServerError(loader.render_to_string("500.html", context))
