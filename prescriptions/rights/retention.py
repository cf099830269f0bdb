"""How long a clinic keeps a patient's record, and whose need not be kept any longer.

The clinic's years count from the last thing that was done for the patient, and for
somebody who was a child then from the 18th birthday: laws on medical records commonly
protect minors so. Nothing is erased by itself; a person or a command asks for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from clinic.models import Clinic, LegalHold, Patient, Screening
from prescriptions.models import (
    DiaryEntry,
    Handout,
    PatientLink,
    Program,
    Revision,
)

FULL_AGE = 18
# Where each kind of row tells when it was last worked with, and its way to the patient
SIGNS: tuple[tuple[Any, str, str], ...] = (
    (Program, "patient", "updated_at"),
    (Program, "patient", "end_date"),
    (Revision, "program__patient", "issued_at"),
    (Handout, "revision__program__patient", "requested_at"),
    (DiaryEntry, "program__patient", "received_at"),
    (PatientLink, "patient", "last_opened_at"),
    (Screening, "patient", "answered_on"),
)


@dataclass(frozen=True)
class Due:
    """A patient whose time is over, and the days that say so."""

    patient: Patient
    last: date
    until: date
    is_held: bool


def kept_until(patient: Patient) -> date | None:
    """Return the day from which the record may go; None while a program is active."""
    rows = Patient.objects.of_clinic(patient.clinic_id).filter(pk=patient.pk)
    row = _with_signs(rows).get()
    return None if row.is_followed else _until(row, patient.clinic.retention_years)


def due_in(clinic: Clinic, today: date) -> Iterator[Due]:
    """Yield the clinic's patients whose time is over, those on hold too, by name."""
    years = clinic.retention_years
    old = Patient.objects.of_clinic(clinic).filter(
        created_at__date__lte=years_after(today, -years)
    )
    for row in _with_signs(old).order_by("name", "id").iterator(chunk_size=500):
        until = _until(row, years)
        if not row.is_followed and until <= today:
            yield Due(row, last_sign_of(row), until, row.is_held)


def years_after(day: date, years: int) -> date:
    """Return the same day in another year; February 29 becomes March 1."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def last_sign_of(row: Any) -> date:
    """Return the day of the last thing known of a patient read by this module."""
    told = [getattr(row, f"sign_{number}") for number in range(len(SIGNS))]
    moments = [row.created_at, row.updated_at, *filter(None, told)]
    return max(one.date() if isinstance(one, datetime) else one for one in moments)


def _until(row: Any, years: int) -> date:
    full_age = years_after(row.date_of_birth, FULL_AGE)
    return years_after(max(last_sign_of(row), full_age), years)


def _with_signs(rows: QuerySet[Patient]) -> QuerySet[Any]:
    """Annotate when each patient was last worked with, is followed or held."""
    signs = {
        f"sign_{number}": Subquery(
            model._base_manager.filter(**{way: OuterRef("pk")})
            .order_by()
            .values(way)
            .annotate(last=Max(column))
            .values("last")
        )
        for number, (model, way, column) in enumerate(SIGNS)
    }
    mine = Program._base_manager.filter(patient=OuterRef("pk"))
    held = LegalHold.objects.filter(patient=OuterRef("pk"), lifted_at__isnull=True)
    return rows.annotate(
        is_followed=Exists(mine.filter(status=Program.Status.ACTIVE)),
        is_held=Exists(held),
        **signs,
    )
