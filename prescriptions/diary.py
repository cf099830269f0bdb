"""The diary that comes back: writing it down, judging it, pausing and resuming."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, Forbidden
from clinic.models import Membership
from clinic.webhooks import announce
from prescriptions import messages
from prescriptions.findings import limits_of, rule_of, rules_of
from prescriptions.models import Alert, DiaryEntry, Program, Revision, SafetyRule
from prescriptions.models.diary import raise_alert
from prescriptions.screening import Finding, LogFacts, ProgramFacts, evaluate

# What a tick on "worse for more than a day" stands for
FLARE_HOURS = 25


@dataclass(frozen=True, kw_only=True)
class Written:
    """One day as it was written down, not yet stored."""

    client_id: UUID
    day: date
    written_at: datetime
    done: Sequence[dict[str, Any]] = ()
    pain: int | None = None
    is_flare: bool = False
    effort: str = ""
    comment: str = ""


def entries_of(program: Program) -> dict[date, DiaryEntry]:
    """Return the entry in force of each day."""
    return (
        DiaryEntry.objects.of_clinic(program.clinic_id).filter(program=program).by_day()
    )


@transaction.atomic
def write(
    revision: Revision, written: Written, *, by: Membership | None = None
) -> DiaryEntry:
    """Store a day; sent again it is the same entry. Without ``by`` the patient wrote.

    A device's clock is believed about the past only. Bad days in a row (rule R35)
    raise an alert.
    """
    program = revision.program
    entry, is_new = DiaryEntry.objects.of_clinic(program.clinic_id).get_or_create(
        program=program,
        client_id=written.client_id,
        defaults={
            "clinic_id": program.clinic_id,
            "revision": revision,
            "day": written.day,
            "written_at": min(written.written_at, timezone.now()),
            "done": list(written.done),
            "pain": written.pain,
            "is_flare": written.is_flare,
            "effort": written.effort,
            "comment": written.comment,
            "source": DiaryEntry.Source.PAPER if by else DiaryEntry.Source.PHONE,
            "entered_by": by.practitioner if by else None,
        },
    )
    if is_new:
        record(by, "diary.written", entry, actor_kind="patient")
        if found := _judged(program, around=written.day):
            _tell(program, Alert.Kind.PAIN)
            record(None, "diary.pain_found", entry, rule=found[0].code)
    return entry


def judged(program: Program, entries: dict[date, DiaryEntry]) -> tuple[Finding, ...]:
    """Return what the rules on diaries say of the entries."""
    limits = limits_of(program.clinic)
    rows = rules_of(program.clinic) if limits else []
    rules = [rule_of(row) for row in rows if row.scope == SafetyRule.Scope.LOG]
    logs = tuple(
        LogFacts(
            day=entry.day,
            pain=entry.pain,
            flare_hours=FLARE_HOURS if entry.is_flare else None,
        )
        for entry in entries.values()
    )
    return tuple(evaluate(ProgramFacts(logs=logs), rules, limits))


def _judged(program: Program, *, around: date) -> tuple[Finding, ...]:
    """Judge a day with its neighbors: older bad days were told of then."""
    near = {
        day: entry
        for day, entry in entries_of(program).items()
        if abs(day - around) <= timedelta(days=1)
    }
    return judged(program, near)


@transaction.atomic
def report_warning_sign(program: Program) -> None:
    """Pause the program and tell the clinic (rule R36); a repeat changes nothing."""
    row = Program.objects.of_clinic(program.clinic_id).filter(pk=program.pk)
    if row.filter(paused_at__isnull=True).update(paused_at=Now()):
        record(None, "program.paused", program, actor_kind="patient")
    _tell(program, Alert.Kind.RED_FLAG)
    program.refresh_from_db(fields=["paused_at"])


def _tell(program: Program, kind: Alert.Kind) -> None:
    """Tell the clinic, and the systems that it has told to listen."""
    if alert := raise_alert(program, kind):
        announce(
            "diary.alert",
            clinic_id=program.clinic_id,
            alert=alert.pk,
            program=program.pk,
            patient=program.patient_id,
        )
        if kind == Alert.Kind.RED_FLAG:
            messages.tell_clinic(program)


@transaction.atomic
def resume(program: Program, *, by: Membership) -> None:
    """Let the patient go on; raise Forbidden unless a licensed person says so."""
    if not by.licensed:
        raise Forbidden("not_licensed", "Only a licensed practitioner may resume.")
    row = Program.objects.visible_to(by).filter(pk=program.pk)
    if not row.filter(paused_at__isnull=False).update(paused_at=None):
        raise Conflict("not_paused", "This program is not paused.")
    _waiting(program, by).filter(kind=Alert.Kind.RED_FLAG).settle(by.practitioner)
    record(by, "program.resumed", program)
    program.refresh_from_db(fields=["paused_at"])


@transaction.atomic
def settle(alert: Alert, *, by: Membership) -> None:
    """Take an alert off the list; a warning sign waits until somebody resumes."""
    is_paused = alert.program.paused_at and not alert.program.is_closed
    if alert.kind == Alert.Kind.RED_FLAG and is_paused:
        raise Conflict("still_paused", "Resume the program, or end it.")
    if Alert.objects.visible_to(by).filter(pk=alert.pk).settle(by.practitioner):
        record(by, "alert.settled", alert)


def _waiting(program: Program, by: Membership) -> Any:
    return Alert.objects.visible_to(by).waiting().filter(program=program)
