"""The chain over the audit trail: whatever is done to it later shows."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from clinic import chain, tasks
from clinic.audit import record
from clinic.models import AuditEvent, AuditSeal, Membership

pytestmark = pytest.mark.each_database


@pytest.fixture
def trail(practitioner: Membership) -> list[AuditEvent]:
    for number in range(3):
        record(practitioner, "patient.viewed", practitioner.clinic, count=number)
    tasks.seal_audit()
    return list(AuditEvent.objects.unscoped().order_by("at", "id"))


def rows(event: AuditEvent) -> models.QuerySet[AuditEvent]:
    """The row as somebody at the database has it, past the refusals of the model."""
    return models.QuerySet(AuditEvent).filter(pk=event.pk)


def test_an_untouched_trail_holds(trail: list[AuditEvent]) -> None:
    report = chain.verify()
    assert (report.seals, report.unsealed, report.faults) == (3, 0, [])


def test_sealing_goes_on_where_it_ended(
    trail: list[AuditEvent], practitioner: Membership
) -> None:
    record(practitioner, "patient.viewed")
    assert (chain.seal(), chain.seal()) == (1, 0)
    assert chain.verify().faults == []


@pytest.mark.requirement("D2")
def test_a_changed_event_shows(trail: list[AuditEvent]) -> None:
    rows(trail[1]).update(actor_id=None)
    assert chain.verify().faults == [f"event {trail[1].pk} was changed"]


@pytest.mark.requirement("D2")
def test_a_removed_event_shows(trail: list[AuditEvent]) -> None:
    rows(trail[0]).delete()
    assert chain.verify().faults == [f"event {trail[0].pk} is gone"]


def test_a_removed_seal_shows(trail: list[AuditEvent]) -> None:
    rows(trail[1]).delete()
    AuditSeal.objects.filter(number=2).delete()
    assert "seals are missing before number 3" in chain.verify().faults


@pytest.mark.requirement("D2")
def test_an_event_with_a_past_time_shows(
    trail: list[AuditEvent], practitioner: Membership
) -> None:
    record(practitioner, "patient.viewed")
    new = AuditEvent.objects.unscoped().get(
        request_id="", action="patient.viewed", details={}
    )
    rows(new).update(at=timezone.now() - timedelta(days=3))
    chain.seal()
    assert chain.verify().faults == [f"event {new.pk} was slipped in"]


def test_the_command_fails_on_a_broken_chain(trail: list[AuditEvent]) -> None:
    rows(trail[2]).update(action="patient.listed")
    with pytest.raises(CommandError, match="was changed"):
        call_command("verify_audit")


@pytest.mark.requirement("D2")
def test_a_head_noted_outside_shows_a_chain_made_anew(
    trail: list[AuditEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_audit")
    head = capsys.readouterr().out.rpartition("Head: ")[2].strip()
    call_command("verify_audit", expect=head)
    AuditSeal.objects.all().delete()
    rows(trail[2]).delete()
    with pytest.raises(CommandError, match="not part of the chain"):
        call_command("verify_audit", expect=head)
