"""Patients from a file: upload, look at what would happen, then do it."""

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from clinic import patient_imports
from clinic.admin.base import ClinicModelAdmin
from clinic.admin.rights import required_actor
from clinic.admin.saving import csv_response
from clinic.errors import DomainError
from clinic.models import ImportOutcome
from clinic.patient_imports import EXAMPLE, ORDERS, Plan
from clinic.tables import csv_of

NAME = "clinic_patient_import"
SALT = "clinic.admin.importing"
SHOWN_FOR = 3600
EXAMPLES = [("Anna Berger", "1980-05-17", "2041", "en", "anna@example.org", "")]
# What needs a look comes first
SHOWN = (
    ImportOutcome.REFUSED,
    ImportOutcome.SKIPPED,
    ImportOutcome.UPDATED,
    ImportOutcome.CREATED,
)


class UploadForm(forms.Form):
    """A file, and how its dates are written."""

    file = forms.FileField(
        help_text="CSV with a line of headings, at most 1 MB and 2,000 patients."
    )
    order = forms.ChoiceField(
        label="Dates are written",
        choices=list(ORDERS.items()),
        initial="ymd",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class ImportPages(ClinicModelAdmin):
    """The page of the import, for pages on patients."""

    change_list_template = "admin/clinic/patient/list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the import."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name=NAME), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        """Take a file and show what would happen; store it when that is confirmed."""
        if not self.may(request, self.write_scope):
            raise PermissionDenied
        if "example" in request.GET:
            return csv_response(csv_of(EXAMPLE, EXAMPLES), "patients")
        if "confirmed" in request.POST:
            return self._confirmed(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload, order = form.cleaned_data["file"], form.cleaned_data["order"]
            try:
                content = upload.read(patient_imports.MOST_BYTES + 1)
                text = patient_imports.text_of(content)
                return self._shown(request, text, order)
            except DomainError as error:
                form.add_error("file", error.message)
        return self._import_page(request, form=form, adminform={"form": form})

    def _shown(
        self, request: HttpRequest, text: str, order: str, fault: str = ""
    ) -> HttpResponse:
        by = required_actor(request)
        plan = patient_imports.plan_import(text, order=order, by=by)
        # The page carries the file: nothing is kept here until it is confirmed.
        sent = {"text": text, "order": order, "shown": plan.digest}
        packed = signing.dumps(sent, salt=SALT + str(by.pk), compress=True)
        return self._report(request, plan, packed=packed, fault=fault)

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        by = required_actor(request)
        try:
            sent = signing.loads(
                request.POST["confirmed"], salt=SALT + str(by.pk), max_age=SHOWN_FOR
            )
        except signing.BadSignature:
            form = UploadForm({})
            form.errors.clear()
            told = "This page is older than an hour. Choose the file again."
            form.add_error("file", told)
            return self._import_page(request, form=form, adminform={"form": form})
        try:
            plan = patient_imports.apply_import(**sent, by=by)
        except DomainError as error:
            return self._shown(request, sent["text"], sent["order"], error.message)
        return self._report(request, plan, packed="")

    def _report(self, request: HttpRequest, plan: Plan, **more: Any) -> HttpResponse:
        groups = [(kind, kind.label, plan.of(kind)) for kind in SHOWN]
        return self._import_page(request, plan=plan, groups=groups, **more)

    def _import_page(self, request: HttpRequest, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Import patients",
            "list_title": self.list_title,
            "list_url": reverse("admin:clinic_patient_changelist"),
            "opts": self.opts,
        }
        template = "admin/clinic/patient/import.html"
        return TemplateResponse(request, template, context | more)
