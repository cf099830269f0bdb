"""The admin site: who gets in, its navigation, its first page."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from clinic import first_help
from clinic.admin.base import ChoicesView, ClinicModelAdmin
from clinic.admin.keys import ApiKeyAdmin
from clinic.admin.other_clinic import stray_form
from clinic.admin.own_clinic import ClinicAdmin
from clinic.admin.people import PatientAdmin
from clinic.admin.rights import actor_of, required_actor
from clinic.admin.team import InvitationAdmin, MembershipAdmin
from clinic.admin.texts import ClinicTextAdmin
from clinic.admin.trail import AuditEventAdmin
from clinic.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin
from clinic.errors import NotFound
from clinic.framing import framed
from clinic.models import (
    ApiKey,
    AuditEvent,
    Clinic,
    ClinicText,
    Invitation,
    Membership,
    Patient,
    Practitioner,
    WebhookDelivery,
    WebhookEndpoint,
)
from clinic.roles import Scope
from clinic.sessions import is_proven
from clinic.sign_in import NewPasswordForm, SignInForm

GROUPS = ("", "Library", "Clinic")
SENT_TOO_LATE = (
    "You were signed out before this was sent, so nothing was saved. Sign in and send "
    "it once more."
)


@dataclass(frozen=True)
class NavLink:
    """One link of the navigation."""

    label: str
    icon: str
    url: str
    is_current: bool


class CatcamelAdminSite(admin.AdminSite):
    """The practitioners' pages.

    Pages of this package are registered here and not by autodiscovery, which asks
    for the site before it imports them.
    """

    site_header = site_title = "Catcamel"
    index_title = "Today"
    # Ours stands in the header block: the stock one brings a script for its filter.
    enable_nav_sidebar = False
    # Who works in no clinic (any more) signs in as well, to accept an invitation.
    login_form = SignInForm
    logout_template = "clinic/signed_out.html"
    password_change_done_template = "admin/password_changed.html"  # noqa: S105
    empty_value_display = "–"  # noqa: RUF001 (a dash where a table has nothing)

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.register(Patient, PatientAdmin)
        self.register(Clinic, ClinicAdmin)
        self.register(ClinicText, ClinicTextAdmin)
        self.register(Membership, MembershipAdmin)
        self.register(Invitation, InvitationAdmin)
        self.register(ApiKey, ApiKeyAdmin)
        self.register(AuditEvent, AuditEventAdmin)
        self.register(WebhookEndpoint, WebhookEndpointAdmin)
        self.register(WebhookDelivery, WebhookDeliveryAdmin)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in who works in a clinic."""
        return request.user.is_active and actor_of(request) is not None

    @method_decorator(framed)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in; whoever has given the password alone goes on to the second step."""
        is_half_in = request.user.is_authenticated and not is_proven(request.session)
        if request.method == "GET" and is_half_in:
            query = urlencode({"next": request.GET.get("next", "")})
            return redirect(f"{reverse('second-factor')}?{query}")
        answer: HttpResponse = super().login(request, extra_context)
        return answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Change one's own password, by the form that limits tries."""
        view = PasswordChangeView.as_view(
            form_class=NewPasswordForm,
            template_name="admin/password_change.html",
            success_url=reverse("admin:password_change_done"),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        request.current_app = self.name
        answer: TemplateResponse = view(request)  # type: ignore[assignment]
        return answer

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer in the time of the clinic, up to the last line of the page."""

        def in_clinic_time(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            actor = actor_of(request)
            zone = ZoneInfo(actor.clinic.time_zone) if actor else None
            with timezone.override(zone):
                stray = stray_form(request, self)
                response = stray or view(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response.render()
            return response

        guarded = super().admin_view(update_wrapper(in_clinic_time, view), cacheable)

        def after_sign_in(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            is_out = request.method == "POST" and not self.has_permission(request)
            if is_out and request.path != reverse("admin:logout"):
                return _sign_in_again(request)
            return guarded(request, *args, **kwargs)

        return update_wrapper(after_sign_in, guarded)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add navigation, actor and the person's clinics."""
        context = super().each_context(request)
        if not self.has_permission(request):
            return context
        return context | {
            "actor": actor_of(request),
            "clinics": _clinics(request),
            "is_today": request.path == reverse("admin:index", current_app=self.name),
            "may_add_patient": self.get_model_admin(Patient).has_add_permission(
                request
            ),
            "may_start": self._may_start(request),
            "nav": list(self._nav(request)),
            "patients_url": reverse("admin:clinic_patient_changelist"),
        }

    def _may_start(self, request: HttpRequest) -> bool:
        return required_actor(request).can(Scope.PROGRAMS_WRITE)

    def _nav(self, request: HttpRequest) -> Iterator[tuple[str, list[NavLink]]]:
        pages = [
            page
            for page in self._registry.values()
            if isinstance(page, ClinicModelAdmin) and page.has_view_permission(request)
        ]
        for group in GROUPS:
            found = [page for page in pages if page.nav and page.nav.group == group]
            if found:
                found.sort(key=lambda page: page.nav.place if page.nav else 0)
                yield group, [self._link(request, page) for page in found]

    def _link(self, request: HttpRequest, page: ClinicModelAdmin) -> NavLink:
        opts = page.opts
        name = f"admin:{opts.app_label}_{opts.model_name}_changelist"
        url = reverse(name, current_app=self.name)
        icon = page.nav.icon if page.nav else ""
        return NavLink(page.list_title, icon, url, request.path.startswith(url))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Offer rows to choose from."""
        view: Any = ChoicesView.as_view(admin_site=self)
        answer: HttpResponse = view(request)
        return answer

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the buttons of first help."""
        view = self.admin_view(self.first_help_view)
        own = path("first-help/<slug:topic>/", view, name="first_help")
        return [own, *super().get_urls()]

    def first_help_view(self, request: HttpRequest, topic: str) -> HttpResponse:
        """Close a card of first help, or show all of them again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        actor = required_actor(request)
        try:
            if topic == "again":
                first_help.open_all(actor)
            else:
                first_help.close(actor, topic)
        except NotFound as error:
            raise Http404 from error
        return redirect("admin:index")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits for the person today."""
        today = import_string(settings.ADMIN_TODAY)(request, self)
        return super().index(request, today | (extra_context or {}))

    def app_index(  # type: ignore[override]
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send back to the first page: no page lists a package's tables."""
        return redirect("admin:index")


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    """Lead back to the page with the form, not to a step that is no page."""
    messages.warning(request, SENT_TOO_LATE)
    page = urlsplit(request.META.get("HTTP_REFERER", ""))
    is_ours = page.netloc == request.get_host()
    path = urlunsplit(("", "", page.path, page.query, "")) if is_ours else ""
    login = reverse("admin:login")
    return redirect_to_login(path or reverse("admin:index"), login)


def _clinics(request: HttpRequest) -> list[Clinic]:
    """Return the clinics to choose from; nothing to choose when there is one."""
    user = request.user
    if not isinstance(user, Practitioner):
        return []
    mine = user.memberships.filter(is_active=True).select_related("clinic")
    clinics = [membership.clinic for membership in mine]
    return clinics if len(clinics) > 1 else []
