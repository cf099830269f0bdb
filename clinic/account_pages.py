"""Pages of a person's own sign-in: sessions, second factor, recovery codes."""

from typing import Any
from uuid import UUID

import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinic import second_factor, sessions, sign_in
from clinic.audit import record
from clinic.models import SecondFactor
from clinic.staff_pages import WRONG, CodeForm, person_of
from clinic.views import next_page

# How long the proof of identity holds for setting up another phone.
PROOF_SECONDS = 600
_PROOF = "may_replace_phone"


class ProofForm(CodeForm):
    """Password and a code: what a session that was left open does not give."""

    password = forms.CharField(
        label="Your password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("password", "code")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person_of(request)
        self.fields["code"].label = "Code of your present app, or a recovery code"

    def clean(self) -> dict[str, Any]:
        """Look at the code only after a right password: each works once."""
        given = super().clean() or {}
        if self.errors:
            return given
        try:
            sign_in.check_password(self.person, given["password"])
        except ValidationError as error:
            self.add_error("password", error)
            return given
        if not second_factor.passes(self.person, given["code"]):
            self.add_error("code", WRONG)
        return given


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show where the person is signed in, and their second factor."""
    person = person_of(request)
    return _page(
        request,
        "admin/account.html",
        "Your sign-in",
        sessions=sessions.open_sessions(person, this=request.session),
        factor=SecondFactor.objects.filter(practitioner=person).first(),
        codes_left=second_factor.codes_left(person),
        most_codes=second_factor.RECOVERY_CODES,
    )


@require_POST
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Sign the person out on one device; of others they see none."""
    person = person_of(request)
    if not sessions.end_one(person, session_id):
        raise Http404
    record(second_factor.membership_of(person), "session.ended", person)
    messages.success(request, "You are signed out there.")
    return redirect("account")


@require_POST
def letter_keys(request: HttpRequest) -> HttpResponse:
    """Switch the keys of single letters on or off, for this person everywhere."""
    person = person_of(request)
    person.letter_keys = request.POST.get("letters") == "on"
    person.save(update_fields=["letter_keys"])
    word = "on" if person.letter_keys else "off"
    messages.success(request, f"Single-letter keys are switched {word}.")
    return redirect(next_page(request))


class ProofPage(View):
    """Asks who it is before something that a session alone must not do."""

    title: str
    lead: str
    button: str

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        return self.page(request, ProofForm(request=request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do it, or say what is wrong."""
        form = ProofForm(request.POST, request=request)
        if form.is_valid():
            return self.proven(request)
        return self.page(request, form, status=400)

    def proven(self, request: HttpRequest) -> HttpResponse:
        """Do what the proof was for."""
        raise NotImplementedError

    def page(
        self, request: HttpRequest, form: forms.Form, status: int = 200, **more: Any
    ) -> HttpResponse:
        """The page with a form."""
        return _page(
            request,
            "admin/account_form.html",
            self.title,
            status,
            form=form,
            lead=self.lead,
            button=self.button,
            **more,
        )


class RenewCodesPage(ProofPage):
    """Fresh recovery codes, which end the former ones."""

    title = "New recovery codes"
    lead = "You get ten new codes. All your former ones stop working."
    button = "Make new codes"

    def proven(self, request: HttpRequest) -> HttpResponse:
        """Show them, this once."""
        return _codes_page(request, second_factor.renew_codes(person_of(request)))


class ReplacePhonePage(ProofPage):
    """First step to another phone: who is it?"""

    title = "Use another phone"
    lead = (
        "The app on your present phone works until the new one has shown its first "
        "code. Then you get new recovery codes, and are signed out on other devices."
    )
    button = "Go on"

    def proven(self, request: HttpRequest) -> HttpResponse:
        """Make a key for the other phone, and go on to it."""
        second_factor.begin_replacement(person_of(request))
        request.session[_PROOF] = timezone.now().timestamp()
        return redirect("account-phone-new")


class NewPhonePage(ProofPage):
    """Second step: the picture for the new app, and its first code."""

    title = "Set up the new phone"
    lead = (
        "Open an authenticator app on the new phone, add an account, and point it at "
        "this picture. Then type the code that it shows."
    )
    button = "Use this phone"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Send back who has not proven themselves just now."""
        since = timezone.now().timestamp() - request.session.get(_PROOF, 0)
        if since > PROOF_SECONDS:
            return redirect("account-phone")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the picture."""
        return self.picture_page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change over, keeping this session alone; or say that the code is wrong."""
        form = CodeForm(request.POST)
        person = person_of(request)
        if form.is_valid():
            codes = second_factor.replace(person, form.cleaned_data["code"])
            if codes:
                del request.session[_PROOF]
                person.refresh_from_db()
                update_session_auth_hash(request, person)
                return _codes_page(request, codes)
            form.add_error("code", WRONG)
        return self.picture_page(request, form, status=400)

    def picture_page(
        self, request: HttpRequest, form: CodeForm, status: int = 200
    ) -> HttpResponse:
        """The form below the picture for the app."""
        factor = SecondFactor.objects.get(practitioner=person_of(request))
        picture = segno.make(second_factor.address_of(factor), error="m")
        return self.page(
            request,
            form,
            status,
            picture=picture.svg_data_uri(scale=5, border=2),
            key=second_factor.key_of(factor),
        )


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    title = "Keep these recovery codes"
    return _page(request, "admin/account_codes.html", title, codes=codes)


def _page(
    request: HttpRequest, template: str, title: str, status: int = 200, **more: Any
) -> HttpResponse:
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, template, context, status=status)


def _path(route: str, view: Any, name: str) -> URLPattern:
    """Return an address behind the sign-in, whose forms are kept out of reports."""
    guarded = admin.site.admin_view(sensitive_post_parameters()(view))
    address: URLPattern = path(route, guarded, name=name)
    return address


urls = [
    _path("", account, "account"),
    _path("sessions/<uuid:session_id>/end", end_session, "account-session-end"),
    _path("keys", letter_keys, "account-letter-keys"),
    _path("recovery-codes", RenewCodesPage.as_view(), "account-codes"),
    _path("phone", ReplacePhonePage.as_view(), "account-phone"),
    _path("phone/new", NewPhonePage.as_view(), "account-phone-new"),
]
