"""The audit trail: added to, never changed."""

import pytest

from clinic.audit import record
from clinic.context import RequestInfo, current_request
from clinic.models import AppendOnlyError, AuditEvent, Membership
from tests.factories import make_patient


@pytest.fixture
def event(practitioner: Membership) -> AuditEvent:
    record(practitioner, "patient.viewed", make_patient(clinic=practitioner.clinic))
    return AuditEvent.objects.visible_to(practitioner).get()


@pytest.mark.requirement("D1")
def test_it_says_who_did_what_to_which_thing(
    event: AuditEvent, practitioner: Membership
) -> None:
    assert (event.actor_kind, event.actor_id) == ("practitioner", practitioner.pk)
    assert (event.action, event.target_kind) == ("patient.viewed", "patient")
    assert event.clinic == practitioner.clinic
    assert event.patient_id == event.target_id


@pytest.mark.requirement("D2")
def test_it_cannot_be_saved_again(event: AuditEvent) -> None:
    event.action = "patient.forgotten"
    with pytest.raises(AppendOnlyError):
        event.save()


def test_it_cannot_be_deleted(event: AuditEvent) -> None:
    with pytest.raises(AppendOnlyError):
        event.delete()


def test_events_cannot_be_updated_together(event: AuditEvent) -> None:
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.unscoped().update(action="nothing")


@pytest.mark.requirement("D2")
def test_events_cannot_be_deleted_together(event: AuditEvent) -> None:
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.unscoped().delete()


@pytest.mark.requirement("D2")
def test_events_cannot_be_updated_in_bulk(event: AuditEvent) -> None:
    event.action = "nothing"
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.unscoped().bulk_update([event], ["action"])


def test_events_outlive_their_clinic(event: AuditEvent) -> None:
    event.clinic.delete()
    assert AuditEvent.objects.unscoped().filter(pk=event.pk).exists()


@pytest.mark.requirement("D1")
def test_it_carries_request_and_address(practitioner: Membership) -> None:
    token = current_request.set(RequestInfo("abc123", "192.0.2.7"))
    try:
        record(practitioner, "patients.listed")
    finally:
        current_request.reset(token)
    event = AuditEvent.objects.visible_to(practitioner).get()
    assert (event.request_id, event.address) == ("abc123", "192.0.2.7")


def test_without_an_actor_it_says_which_kind_it_was(practitioner: Membership) -> None:
    patient = make_patient(clinic=practitioner.clinic)
    record(None, "link.opened", patient, actor_kind="patient")
    event = AuditEvent.objects.of_clinic(practitioner.clinic).get()
    assert (event.actor_kind, event.actor_id) == ("patient", None)
    assert event.clinic == practitioner.clinic


def test_another_clinic_does_not_see_it(
    event: AuditEvent, outsider: Membership
) -> None:
    assert not AuditEvent.objects.visible_to(outsider).exists()
