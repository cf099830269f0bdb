"""Pages of the staff's own sign-in: second factor, sessions."""

from base64 import b64encode
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinic import second_factor, sessions, vault, way_back
from clinic.admin.rights import required_actor
from clinic.audit import record
from clinic.errors import DomainError
from clinic.framing import framed
from clinic.models import Practitioner, SecondFactor
from clinic.views import PasswordForm, add_errors, next_page, proven_required

# The encrypted key of the picture that this session has shown
_SHOWN = "shown_seed"
WRONG = "This code is not right, or was used already. Wait for the next one."


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


@method_decorator(framed, name="dispatch")
@method_decorator(login_required, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class SecondFactorPage(View):
    """The second step of signing in; the first time it sets the factor up."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code."""
        if sessions.is_proven(request.session):
            return redirect("admin:index")
        return self.page(request, CodeForm(), request.GET.get("next", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let in, or say that the code is wrong."""
        form = CodeForm(request.POST)
        if form.is_valid():
            answer = self.answer(request, form.cleaned_data["code"])
            if answer:
                return answer
            form.add_error("code", WRONG)
        return self.page(request, form, request.POST.get("next", ""), status=400)

    def answer(self, request: HttpRequest, code: str) -> HttpResponse | None:
        """Return where a right code leads; None for a wrong one."""
        person = person_of(request)
        if second_factor.is_set_up(person):
            if not second_factor.passes(person, code):
                return None
            sessions.prove(request.session)
            return redirect(next_page(request))
        codes = second_factor.confirm(person, code)
        if not codes:
            return None
        sessions.prove(request.session)
        context = {"codes": codes, "next": next_page(request)}
        return render(request, "clinic/recovery_codes.html", context)

    def factor(self, request: HttpRequest) -> SecondFactor:
        """Return the factor to set up, whose key was shown in this session alone.

        Somebody else with the password may have looked at the page before.
        """
        factor = second_factor.begin(person_of(request))
        if request.session.get(_SHOWN) != factor.seed:
            factor = second_factor.begin_anew(person_of(request))
            request.session[_SHOWN] = factor.seed
        return factor

    def page(
        self, request: HttpRequest, form: CodeForm, then: str, status: int = 200
    ) -> HttpResponse:
        """The form; with the picture for the app while there is no factor yet."""
        person = person_of(request)
        context: dict[str, Any] = {"form": form, "next": then}
        if not second_factor.is_set_up(person):
            factor = self.factor(request)
            picture = segno.make(second_factor.address_of(factor), error="m")
            context["picture"] = picture.svg_data_uri(scale=5, border=2)
            context["key"] = second_factor.key_of(factor)
        return render(request, "clinic/second_factor.html", context, status=status)


class LinkPasswordForm(PasswordForm):
    """A new password, with what a link for it brings along."""

    token = forms.CharField(
        label="Code of the link",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("token",)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class NewPasswordPage(View):
    """The page behind a link for a new password; only sending the form uses it up."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; a script moves the token from the address into it."""
        return self.page(request, LinkPasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set it, or say what is wrong; who may sign in is asked as ever."""
        form = LinkPasswordForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                way_back.set_password(given["token"], given["password"])
            except DomainError as error:
                add_errors(form, error)
            else:
                logout(request)
                messages.success(request, "Your new password is set. Sign in with it.")
                return redirect("admin:login")
        return self.page(request, form, status=400)

    def page(
        self, request: HttpRequest, form: forms.Form, status: int = 200
    ) -> HttpResponse:
        """The page with the form."""
        context = {"form": form}
        return render(request, "clinic/new_password.html", context, status=status)


def person_of(request: HttpRequest) -> Practitioner:
    """Return who has signed in."""
    assert isinstance(request.user, Practitioner)  # noqa: S101 (narrows for mypy)
    return request.user


@framed
@require_safe
def session_left(request: HttpRequest) -> JsonResponse:
    """Tell whose session it is and in which clinic, how long, and the forms' token."""
    return _left(request)


@require_POST
def stay_signed_in(request: HttpRequest) -> JsonResponse:
    """Start the idle clock anew; the request itself has done so."""
    return _left(request)


@require_POST
def journal(request: HttpRequest) -> JsonResponse:
    """Hand out the keys of what this person's browser keeps until it is stored.

    They stand in no page and in no cache: a script asks for them, with the form's
    token, and keeps them in its memory.
    """
    actor = required_actor(request)
    keys = [b64encode(key).decode() for key in vault.journal_keys(actor.pk)]
    return JsonResponse({"owner": str(actor.pk), "keys": keys})


def _left(request: HttpRequest) -> JsonResponse:
    is_in = request.user.is_authenticated and sessions.is_proven(request.session)
    left = sessions.seconds_left(request.session) if is_in else 0
    person = str(request.user.pk) if is_in else ""
    actor = getattr(request, "actor", None)
    told = {
        "seconds": left,
        "person": person,
        "clinic": str(actor.clinic_id) if actor else "",
        "token": get_token(request),
    }
    return JsonResponse(told)


@proven_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the person, this one included."""
    person = person_of(request)
    sessions.end_all(person)
    record(second_factor.membership_of(person), "sessions.ended", person)
    logout(request)
    return render(request, "clinic/signed_out.html", {"is_everywhere": True})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, also before the second step."""
    logout(request)
    return redirect("admin:login")
