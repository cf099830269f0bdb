"""A guardian of a child: on record with the patient, asked for before issuing."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership, Patient
from prescriptions import catalog
from prescriptions.answers import Given, OpenFindingsError
from prescriptions.fhir import people
from prescriptions.handouts import issue_program
from prescriptions.models import SafetyRule
from tests import factories
from tests.clinic.api.client import Api, pointers

EVA = {"guardian_name": "Eva Berger", "guardian_relation": "mother"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def child(practitioner: Membership) -> Patient:
    """A patient of nine years or so."""
    born = {"date_of_birth": date(timezone.localdate().year - 9, 1, 1)}
    return factories.make_patient(clinic=practitioner.clinic, **born)


def test_a_guardian_has_a_name(child: Patient) -> None:
    child.guardian_phone = "030 1"
    with pytest.raises(ValidationError, match="guardian's name"):
        child.full_clean()


def test_an_integration_is_asked_for_the_guardians_name_too(child: Patient) -> None:
    api = Api(child.clinic)
    path, born = f"patients/{child.pk}", {"name": "Mia", "date_of_birth": "2017-01-01"}
    for answer in (
        api.patch(path, {"guardian_phone": "030 1"}),
        api.put(path, born | {"guardian_relation": "mother"}),
        api.post("patients", born | {"guardian_phone": "030 1"}),
    ):
        assert answer.status_code == 400
        assert pointers(answer) == {"/guardian_name": "required"}
    assert api.patch(path, EVA).status_code == 200
    assert api.patch(path, {"guardian_phone": "030 1"}).status_code == 200
    assert api.patch(path, {"guardian_name": ""}).status_code == 400


def test_a_childs_program_needs_a_guardian_or_a_reason(
    practitioner: Membership, child: Patient
) -> None:
    factories.sign_texts(practitioner)
    program = factories.make_program(by=practitioner, patient=child)
    catalog.load_limits()
    catalog.load_rules()
    rules = SafetyRule.objects.of_clinic(practitioner.clinic)
    ticks = [rule.code for rule in rules if rule.code != "R43"]
    with pytest.raises(OpenFindingsError) as refused:
        issue_program(program, by=practitioner, given=Given(ticked=ticks))
    assert "minor without a guardian" in str(refused.value.errors)
    reason = {"R43": "The court has asked for it."}
    given = Given(ticked=ticks, reasons=reason)
    revision, _ = issue_program(program, by=practitioner, given=given)
    kept = revision.overrides.get(rule_code="R43")
    assert (kept.reason, bool(kept.answered_by)) == (reason["R43"], True)
    Patient.objects.visible_to(practitioner).filter(pk=child.pk).update(**EVA)
    program.title = "Another title"
    program.save()
    second, _ = issue_program(program, by=practitioner, given=Given(ticked=ticks))
    assert second.number == 2
    assert second.screening["guardian"] == "Eva Berger (mother)"


def test_the_record_and_the_export_tell_the_guardian(
    practitioner: Membership, child: Patient
) -> None:
    Patient.objects.visible_to(practitioner).filter(pk=child.pk).update(**EVA)
    child.refresh_from_db()
    client = Client()
    client.force_login(practitioner.practitioner)
    page = client.get(reverse("admin:prescriptions_program_record", args=[child.pk]))
    assert "Guardian: Eva Berger (mother)" in page.text
    assert people.patient(child)["contact"] == [
        {"relationship": [{"text": "mother"}], "name": {"text": "Eva Berger"}}
    ]
