"""Pages on a member who leaves, or who has lost the phone that signs in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern

from clinic import leaving, second_factor
from clinic.admin.base import ClinicModelAdmin, Tool
from clinic.admin.rights import required_actor
from clinic.errors import DomainError
from clinic.models import ApiKey, Membership


class LeaveForm(forms.Form):
    """Who takes over, and which keys end."""

    heir = forms.ModelChoiceField(
        queryset=Membership.objects.none(),
        label="Programs and drafts go to",
        empty_label="Choose a colleague",
        error_messages={"required": "Choose who takes over the programs."},
    )
    keys = forms.ModelMultipleChoiceField(
        queryset=ApiKey.objects.none(),
        required=False,
        label="API keys that end",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, member: Membership, count: int) -> None:
        super().__init__(*args)
        self.label_suffix = ""
        heir: Any = self.fields["heir"]
        heir.queryset, heir.required = leaving.heirs_of(member), bool(count)
        keys: Any = self.fields["keys"]
        keys.queryset = made = leaving.keys_of(member)
        keys.initial = [key.pk for key in made]


class LeavingPages(ClinicModelAdmin):
    """The pages, for pages on members."""

    def get_urls(self) -> list[URLPattern]:
        """Add leaving and the second factor."""
        return [
            self.object_path("leave", self.leave_view),
            self.object_path("second_factor", self.second_factor_view),
            *super().get_urls(),
        ]

    def leaving_tools(self, member: Membership) -> list[Tool]:
        """The ways there."""
        factor = self.url_of(member, "second_factor")
        leave = self.url_of(member, "leave")
        return [
            Tool("Lost phone", "shield-check", factor, is_post=False),
            Tool("Leaves the clinic", "log-out", leave, is_post=False, is_danger=True),
        ]

    def leave_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what leaving does, ask who takes over; close the access."""
        member = self._active_member(request, object_id)
        count = leaving.in_hand(member)
        data = request.POST if request.method == "POST" else None
        form = LeaveForm(data, member=member, count=count)
        if form.is_valid():
            heir, keys = form.cleaned_data["heir"], form.cleaned_data["keys"]
            try:
                moved = leaving.leave(
                    member,
                    heir=heir,
                    keys=[key.pk for key in keys],
                    by=required_actor(request),
                )
            except DomainError as error:
                form.add_error("heir", error.message)
            else:
                told = f"{member.practitioner} has left."
                if moved:
                    what = "1 program" if moved == 1 else f"{moved} programs"
                    told += f" {what} went to {heir.practitioner}."
                messages.success(request, told)
                return redirect("admin:clinic_membership_changelist")
        title = f"{member.practitioner} leaves the clinic"
        template = "admin/clinic/membership/leave.html"
        return self.page(request, template, title, member, form=form, count=count)

    def second_factor_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what a reset does; reset."""
        member = self._active_member(request, object_id)
        if request.method != "POST":
            title = f"New second factor for {member.practitioner}"
            template = "admin/clinic/membership/second_factor.html"
            return self.page(request, template, title, member)
        try:
            second_factor.reset(member.practitioner, by=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            told = f"{member.practitioner} sets up a new one with the next sign-in."
            messages.success(request, told)
        return redirect(self.url_of(member))

    def _active_member(self, request: HttpRequest, object_id: str) -> Membership:
        member: Membership = self.object_or_404(request, object_id)
        if not self.decides(request, member):
            raise PermissionDenied
        return member

    def decides(self, request: HttpRequest, member: Membership) -> bool:
        """Owners, about others who are still in the clinic."""
        is_self = member.pk == required_actor(request).pk
        may = self.has_change_permission(request, member)
        return member.is_active and may and not is_self
