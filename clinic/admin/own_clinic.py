"""The page on the clinic itself."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.admin import logo
from clinic.admin.base import ClinicModelAdmin, Nav
from clinic.admin.forms import ActorForm
from clinic.admin.rights import required_actor
from clinic.assets import put_asset, read_asset
from clinic.models import Clinic
from clinic.roles import Scope


class ClinicForm(ActorForm):
    """The clinic with a new logo, or without one."""

    new_logo = logo.LogoField(label="New logo")
    remove_logo = forms.BooleanField(label="Print without a logo", required=False)

    class Meta:
        labels = {"email": "E-mail"}
        widgets = {"accent_color": forms.TextInput(attrs={"type": "color"})}


class ClinicAdmin(ClinicModelAdmin):
    """Name, address, logo and defaults of everything the clinic prints."""

    read_scope = write_scope = Scope.CLINIC_MANAGE
    nav = Nav("Clinic", 1, "building-2", "Clinic")
    form = ClinicForm
    readonly_fields = ["current_logo", "preview"]
    change_form_template = "admin/clinic/clinic/change_form.html"
    fieldsets = [
        (
            "On every handout",
            {
                "fields": [
                    ("name", "phone"),
                    ("address", "opening_hours"),
                    ("email", "emergency_number"),
                ]
            },
        ),
        (
            "People in the pictures",
            {
                "fields": [("figure_body", "figure_skin", "figure_hair")],
                "description": "Programs issued from now on show a person like this.",
            },
        ),
        (
            "Look of handouts",
            {
                "fields": [
                    ("accent_color", "header_text", "footer_text"),
                    ("current_logo", "new_logo", "remove_logo"),
                    "preview",
                ],
                "description": "The preview shows texts and color as you type. A new "
                "logo shows once it is saved.",
            },
        ),
        (
            "Messages to patients",
            {"fields": [("mail_name", "sent_link_days")]},
        ),
        (
            "Defaults",
            {"fields": [("paper", "units"), ("time_zone", "language")]},
        ),
        ("Records", {"fields": ["retention_years"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The own clinic and no other."""
        return Clinic.objects.filter(pk=required_actor(request).clinic_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a clinic is made on the server, by ``create_clinic``."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Go to the one clinic there is."""
        return redirect(self.url_of(required_actor(request).clinic))

    def get_urls(self) -> list[URLPattern]:
        """Add the picture."""
        return [self.object_path("logo", self.logo_view), *super().get_urls()]

    def logo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the logo; always a PNG of our own making."""
        clinic = self.object_or_404(request, object_id)
        if not clinic.logo:
            raise Http404
        response = HttpResponse(read_asset(clinic.logo), content_type="image/png")
        response["X-Content-Type-Options"] = "nosniff"
        return response

    @admin.display(description="Logo")
    def current_logo(self, clinic: Clinic) -> SafeString | str:
        """The logo as it is printed."""
        if not clinic.logo:
            return "None yet"
        image = '<img class="logo-preview" src="{}" alt="Logo of {}">'
        return format_html(image, self.url_of(clinic, "logo"), clinic.name)

    @admin.display(description="Preview")
    def preview(self, clinic: Clinic) -> SafeString:
        """A made-up handout in the look of the form."""
        frame = (
            '<iframe class="handout-preview" data-handout-preview src="{}" '
            'title="A made-up handout as your patients would get it"></iframe>'
        )
        return format_html(frame, reverse("admin:prescriptions_program_sample"))

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store the picture first, then the row that names it."""
        if form.cleaned_data.get("remove_logo"):
            obj.logo = ""
        if png := form.cleaned_data.get("new_logo"):
            obj.logo = put_asset(png, "png")
        super().save_model(request, obj, form, change)
