"""Pages on the team: its members, and invitations to join it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.safestring import SafeString

from clinic import people, sessions, way_back
from clinic.admin.base import ClinicInline, ClinicModelAdmin, Nav, Tool
from clinic.admin.forms import ActorForm
from clinic.admin.leaving import LeavingPages
from clinic.admin.rights import actor_of, required_actor
from clinic.admin.words import badge, when
from clinic.audit import record
from clinic.errors import Conflict, Forbidden
from clinic.models import Invitation, MemberExternalId, Membership
from clinic.roles import Scope


class NumberInline(ClinicInline):
    """Numbers of the member in other systems."""

    model = MemberExternalId
    read_scope = write_scope = Scope.STAFF_MANAGE
    verbose_name, verbose_name_plural = "other number", "Numbers in other systems"
    fields = [("system", "value")]


class AccessFilter(admin.SimpleListFilter):
    """Those who get in, and those who did once."""

    title, parameter_name = "Access", "access"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("active", "Active"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if not self.value():
            return None
        return queryset.filter(is_active=self.value() == "active")


class MembershipAdmin(LeavingPages):
    """The team: who works in the clinic, and as what."""

    read_scope = write_scope = Scope.STAFF_MANAGE
    nav = Nav("Clinic", 3, "user", "Team")
    inlines = [NumberInline]
    noun, plural = "member of the team", "members of the team"
    lead = "Who works here, and what each may do."
    change_list_template = "admin/team.html"
    list_display = ["practitioner", "email", "role", "is_licensed", "state"]
    list_select_related = ["practitioner"]
    list_filter = ["role", AccessFilter]
    search_fields = ["practitioner__name", "practitioner__email"]
    search_help_text = "Name or e-mail address"
    readonly_fields = ["practitioner", "email", "state"]
    fields = [("practitioner", "email"), "role", "licensed", "state"]

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """End the person's sessions: they begin anew with what they may do now."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            sessions.end_all(obj.practitioner)

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """What an owner does for a member who cannot, or must not, get in."""
        if not self.decides(request, obj):
            return []
        return [
            Tool("Link for a new password", "key", self.url_of(obj, "new_password")),
            Tool(
                "Sign out everywhere",
                "lock",
                self.url_of(obj, "sign_out"),
                is_danger=True,
                confirm=f"All sessions of {obj.practitioner} end now, on every device. "
                "What is typed there and not saved is lost.",
                keep="Leave signed in",
            ),
            *self.leaving_tools(obj),
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add the tools."""
        return [
            self.step_path("new_password", self.new_password_view),
            self.step_path("sign_out", self.sign_out_view),
            *super().get_urls(),
        ]

    def new_password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a link with which the member sets a new password, this once."""
        member = self._member(request, object_id)
        try:
            link = way_back.link_for(member.practitioner, by=required_actor(request))
        except Forbidden as error:
            messages.error(request, error.message)
            return redirect(self.url_of(member))
        return self.page(
            request,
            "admin/secret.html",
            str(member),
            member,
            label="Address",
            secret=link,
            advice="This is shown once. It works once, for an hour. Hand it to the "
            "person, and to nobody else. Their phone is asked for as ever.",
        )

    def sign_out_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End all sessions of the member."""
        member = self._member(request, object_id)
        sessions.end_all(member.practitioner)
        actor = required_actor(request)
        record(actor, "sessions.ended", member.practitioner, clinic_id=actor.clinic_id)
        messages.success(request, f"{member.practitioner} is signed out everywhere.")
        return redirect(self.url_of(member))

    def _member(self, request: HttpRequest, object_id: str) -> Membership:
        member: Membership = self.object_or_404(request, object_id)
        if not self.decides(request, member):
            raise PermissionDenied
        return member

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: people join by invitation."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Leave one's own role and licence to another owner."""
        actor = actor_of(request)
        is_self = bool(obj and actor and obj.pk == actor.pk)
        return [*self.readonly_fields, *(["role", "licensed"] if is_self else [])]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the open invitations above the team."""
        waiting = Invitation.objects.visible_to(required_actor(request)).waiting()
        context = {"invitations": waiting.order_by("expires_at", "pk")}
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description="E-mail", ordering="practitioner__email")
    def email(self, membership: Membership) -> str:
        """Address that signs in."""
        return membership.practitioner.email

    @admin.display(description="Licensed", ordering="licensed")
    def is_licensed(self, membership: Membership) -> str:
        """Whether the person may sign."""
        return "May sign" if membership.licensed else "–"  # noqa: RUF001

    @admin.display(description="Access", ordering="is_active")
    def state(self, membership: Membership) -> SafeString:
        """Whether the person gets in."""
        if membership.is_active:
            return badge("ok", "check", "Active")
        return badge("", "lock", "Closed")


class InvitationForm(ActorForm):
    """As what somebody is to join."""

    class Meta:
        help_texts = {
            "licensed": "May sign clinical content and override a safety block."
        }


class InvitationAdmin(ClinicModelAdmin):
    """Invitations: made here, listed on the page of the team."""

    read_scope = write_scope = Scope.STAFF_MANAGE
    form = InvitationForm
    fields = ["role", "licensed"]

    @property
    def list_title(self) -> str:
        """The page that invitations are listed on."""
        return "Team"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an invitation to something else is another invitation."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Lead to the team."""
        return redirect("admin:clinic_membership_changelist")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Name the button by what it does."""
        context = {"save_label": "Invite"} | (extra_context or {})
        return super().add_view(request, form_url, context)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Invite; the token lives no longer than this request."""
        actor = required_actor(request)
        made, obj.token = people.invite(actor.clinic, obj.role, obj.licensed, by=actor)
        obj.pk, obj.expires_at = made.pk, made.expires_at

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the verb, which has recorded it."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the address, this once."""
        ends = f"It works once, until {when(obj.expires_at)}."
        return self.page(
            request,
            "admin/secret.html",
            str(obj),
            obj,
            label="Address",
            secret=people.invitation_url(obj.token),
            advice=f"This is shown once. Hand it to the person you invite. {ends}",
        )

    def get_urls(self) -> list[URLPattern]:
        """Add withdrawing."""
        return [self.object_path("withdraw", self.withdraw_view), *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the invitation for good."""
        invitation = self.object_or_404(request, object_id)
        if request.method != "POST" or not self.may(request, self.write_scope):
            raise PermissionDenied
        try:
            people.withdraw_invitation(invitation, by=required_actor(request))
        except Conflict as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The invitation is withdrawn.")
        return redirect("admin:clinic_membership_changelist")
