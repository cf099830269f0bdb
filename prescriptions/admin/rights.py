"""A patient's rights, from the page of the record: a copy of everything."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.models import Membership, Patient
from clinic.roles import Scope
from prescriptions import downloads
from prescriptions.rights import copies

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object


def may_copy(actor: Membership) -> bool:
    """Tell whether the person may take everything about a patient away."""
    is_owner = actor.role == Membership.Role.OWNER
    return actor.can(Scope.PATIENTS_EXPORT) and (actor.licensed or is_owner)


class RightsPages(Page):
    """What a patient may ask for, mixed into the pages on programs."""

    def rights_urls(self) -> list[URLPattern]:
        """Addresses below the record."""
        view = self.admin_site.admin_view(self.copy_all_view)
        name = "prescriptions_program_copy_all"
        return [path("record/<uuid:patient_id>/copy/", view, name=name)]

    def copy_all_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
        """Save a copy of everything about the patient."""
        patient = _patient_or_404(request, patient_id)
        if not may_copy(required_actor(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        stream, _ = copies.copy_of(patient, by=required_actor(request))
        return downloads.copy_response(patient, stream)


def _patient_or_404(request: HttpRequest, patient_id: UUID) -> Patient:
    mine = Patient.objects.visible_to(required_actor(request))
    found = mine.select_related("clinic").filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found
