"""The page that makes one record of two: choose the other one, then the values."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format

from clinic import merging
from clinic.admin.base import ClinicModelAdmin, Tool
from clinic.admin.forms import ScopedSelect
from clinic.admin.rights import choices_of, required_actor
from clinic.audit import record
from clinic.duplicates import namesakes
from clinic.errors import DomainError
from clinic.models import ExternalId, Patient

LABELS = {
    "name": "Name",
    "date_of_birth": "Date of birth",
    "number": "Clinic number",
    "language": "Language",
    "email": "E-mail",
    "phone": "Phone",
    "guardian": "Guardian",
}
OTHER = "other"


@dataclass(frozen=True)
class Choice:
    """A value that the two records tell differently."""

    name: str
    label: str
    kept: str
    other: str
    is_other: bool


class OtherForm(forms.Form):
    """Who is the same person."""

    other = forms.ModelChoiceField(queryset=Patient.objects.none())

    def __init__(self, *args: Any, kept: Patient, page: Any, actor: Any) -> None:
        super().__init__(*args)
        self.label_suffix = ""
        field: Any = self.fields["other"]
        field.label = "The same person as"
        field.widget = ScopedSelect(ExternalId._meta.get_field("patient"), page)
        field.queryset = choices_of(Patient, actor).exclude(pk=kept.pk)


class MergePages(ClinicModelAdmin):
    """The pages of merging, for pages on patients."""

    def get_urls(self) -> list[URLPattern]:
        """Add merging."""
        return [self.object_path("merge", self.merge_view), *super().get_urls()]

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponseRedirect:
        """Lead from a record that was merged to the one that was kept."""
        request, _, object_id = args
        kept = _kept_for(required_actor(request), object_id)
        if kept is None:
            return super()._get_obj_does_not_exist_redirect(*args)
        messages.info(request, f"This record was merged into that of {kept}.")
        return HttpResponseRedirect(self.url_of(kept))

    def merge_tools(self, request: HttpRequest, patient: Patient) -> list[Tool]:
        """The way there, for whoever may."""
        if not merging.may_merge(required_actor(request)):
            return []
        return [Tool("Merge", "users", self.url_of(patient, "merge"), is_post=False)]

    def merge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the other record; choose the values; merge."""
        kept = self.object_or_404(request, object_id)
        actor = required_actor(request)
        if not merging.may_merge(actor):
            raise PermissionDenied
        if request.method == "POST":
            return self._merged(request, kept)
        data = request.GET if OTHER in request.GET else None
        form = OtherForm(data, kept=kept, page=self.admin_site, actor=actor)
        if form.is_valid():
            return self._compare(request, kept, form.cleaned_data[OTHER])
        found = namesakes(
            actor, name=kept.name, born=kept.date_of_birth, number=kept.number
        )
        return self.page(
            request,
            "admin/clinic/patient/merge.html",
            f"Merge {kept} with another record",
            kept,
            form=form,
            media=self.media + form.media,
            alike=[one for one in found if one.pk != kept.pk],
        )

    def _compare(
        self, request: HttpRequest, kept: Patient, other: Patient, fault: str = ""
    ) -> HttpResponse:
        record(required_actor(request), "patient.viewed", other)
        return self.page(
            request,
            "admin/clinic/patient/merge_values.html",
            f"Merge two records of {kept}",
            kept,
            other=other,
            other_url=self.url_of(other),
            choices=_choices(kept, other, request.POST),
            same=_same(kept, other),
            moves=merging.what_moves(other),
            seen=_seen(kept, other),
            fault=fault,
        )

    def _merged(self, request: HttpRequest, kept: Patient) -> HttpResponse:
        actor = required_actor(request)
        other = _other(request, actor)
        if request.POST.get("seen") != _seen(kept, other):
            told = "One of the records was changed meanwhile. Look at both again."
            return self._compare(request, kept, other, told)
        take = [n for n in merging.VALUES if request.POST.get(n) == OTHER]
        try:
            kept = merging.merge_patients(kept, other, take=take, by=actor)
        except DomainError as error:
            return self._compare(request, kept, other, error.message)
        messages.success(request, f"The two records of {kept} are one now.")
        return redirect(self.url_of(kept))


def _kept_for(actor: Any, object_id: str) -> Patient | None:
    try:
        return merging.kept_for(actor, UUID(unquote(object_id)))
    except ValueError:
        return None


def _other(request: HttpRequest, actor: Any) -> Patient:
    try:
        wished = UUID(request.POST.get(OTHER, ""))
    except ValueError as error:
        raise Http404 from error
    found = Patient.objects.visible_to(actor).filter(pk=wished).first()
    if found is None:
        raise Http404
    return found


def _choices(kept: Patient, other: Patient, sent: Any) -> list[Choice]:
    """Return what differs; what only the other record tells is proposed."""
    found = []
    for name, label in LABELS.items():
        mine, theirs = _words(kept, name), _words(other, name)
        if mine != theirs:
            chosen = sent.get(name)
            is_other = chosen == OTHER if chosen else not mine
            found.append(Choice(name, label, mine, theirs, is_other))
    return found


def _same(kept: Patient, other: Patient) -> list[tuple[str, str]]:
    pairs = [(label, _words(kept, name), name) for name, label in LABELS.items()]
    return [(lb, text) for lb, text, n in pairs if text and text == _words(other, n)]


def _words(patient: Patient, name: str) -> str:
    if name == "language":
        return str(patient.get_language_display())
    if name == "date_of_birth":
        return date_format(patient.date_of_birth, "M j, Y")
    told = [str(getattr(patient, column)) for column in merging.VALUES[name]]
    return ", ".join(text for text in told if text)


def _seen(kept: Patient, other: Patient) -> str:
    """Return a digest of the state that somebody chooses from."""
    state = f"{kept.pk} {kept.updated_at} {other.pk} {other.updated_at}"
    return salted_hmac("clinic.admin.merging", state).hexdigest()
