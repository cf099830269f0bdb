"""Whom to ask how it goes: not opened, not started, stopped, got worse.

The number of days and points are limits of the safety rules (``follow_…``); without
them nobody is listed. A patient who writes nothing may well exercise: these are
reasons to ask, no findings.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, TextChoices
from django.utils import timezone

from clinic.models import Membership
from prescriptions.findings import limits_of, today_of
from prescriptions.models import DiaryEntry, PatientLink, Program
from prescriptions.models.program import ProgramQuerySet

# Days at either end of a diary whose pain is compared, and entries needed in each
STRETCH, LEAST_TOLD = timedelta(days=7), 2


class Reason(TextChoices):
    """Why to ask."""

    UNOPENED = "unopened", "Link not opened"
    UNSTARTED = "unstarted", "Opened, no diary yet"
    STOPPED = "stopped", "Diary has stopped"
    WORSE = "worse", "Pain got worse"


def to_follow_up(actor: Membership, reason: str) -> ProgramQuerySet:
    """Return the active programs that a reason holds for."""
    rows: ProgramQuerySet = Program.objects.visible_to(actor).active()
    rows = rows.filter(paused_at__isnull=True)
    limits = limits_of(actor.clinic)
    today = today_of(actor.clinic)
    if "follow_worse_points" not in limits:
        return rows.none()
    if reason == Reason.UNOPENED:
        return _unopened(rows, limits)
    if reason == Reason.UNSTARTED:
        return _unstarted(rows, limits, today)
    if reason == Reason.STOPPED:
        return _stopped(rows, limits, today)
    if reason == Reason.WORSE:
        return rows.filter(pk__in=_worse(actor, limits, today))
    return rows.none()


def _entries(**which: Any) -> Exists:
    return Exists(DiaryEntry.objects.filter(program=OuterRef("pk"), **which))


def _links(**which: Any) -> Exists:
    return Exists(PatientLink.objects.filter(program=OuterRef("pk"), **which))


def _unopened(rows: ProgramQuerySet, limits: Mapping[str, int]) -> ProgramQuerySet:
    """Programs whose links nobody has opened, some days after the first was made."""
    since = timezone.now() - timedelta(days=limits["follow_unopened_days"])
    opened = _links(last_opened_at__isnull=False)
    return rows.filter(_links(created_at__lte=since), ~opened, ~_entries())


def _unstarted(
    rows: ProgramQuerySet, limits: Mapping[str, int], today: date
) -> ProgramQuerySet:
    """Programs that were opened and begun by their date, without a diary."""
    since = today - timedelta(days=limits["follow_unstarted_days"])
    opened = _links(last_opened_at__isnull=False)
    return rows.filter(opened, ~_entries(), start_date__lte=since)


def _stopped(
    rows: ProgramQuerySet, limits: Mapping[str, int], today: date
) -> ProgramQuerySet:
    """Programs whose diary was kept and then no more."""
    since = today - timedelta(days=limits["follow_stopped_days"])
    return rows.filter(_entries(), ~_entries(day__gt=since))


def _worse(actor: Membership, limits: Mapping[str, int], today: date) -> list[UUID]:
    """Return the programs whose pain of late is above that of their first days."""
    lately = DiaryEntry.objects.visible_to(actor).filter(day__gt=today - STRETCH)
    told = DiaryEntry.objects.visible_to(actor).filter(
        program__in=lately.values("program"), program__status=Program.Status.ACTIVE
    )
    pains: dict[UUID, dict[date, int | None]] = defaultdict(dict)
    in_order = told.order_by("written_at", "received_at", "id")
    for program, day, pain in in_order.values_list("program", "day", "pain"):
        pains[program][day] = pain
    return [
        program
        for program, days in pains.items()
        if _rise(days, today) >= limits["follow_worse_points"]
    ]


def _rise(days: Mapping[date, int | None], today: date) -> float:
    """Return by how much the mean pain of the last week is above the first week's."""
    told = {day: pain for day, pain in days.items() if pain is not None}
    if not told:
        return 0
    first = min(told) + STRETCH
    before = [pain for day, pain in told.items() if day < first]
    of_late = [
        pain for day, pain in told.items() if day >= first and day > today - STRETCH
    ]
    if min(len(before), len(of_late)) < LEAST_TOLD:
        return 0
    return fmean(of_late) - fmean(before)
