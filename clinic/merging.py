"""Two records of one person become one."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from clinic.audit import record
from clinic.errors import Conflict, Forbidden, NotFound
from clinic.models import Actor, FormerPatient, Patient
from clinic.roles import Scope

# What is chosen from one record or the other -> the columns that go together
VALUES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("name", "date_of_birth", "number", "language")},
    **{name: (name,) for name in ("email", "phone")},
    "guardian": ("guardian_name", "guardian_relation", "guardian_phone"),
}


def may_merge(actor: Actor) -> bool:
    """Tell whether the role allows it: programs change hands, and there is no undo."""
    return actor.can(Scope.PATIENTS_WRITE) and actor.can(Scope.PROGRAMS_ISSUE)


def what_moves(patient: Patient) -> list[tuple[int, str]]:
    """Return how many rows of each kind hang on a patient, in words."""
    counts = [
        (_rows(relation, patient).count(), relation.related_model._meta)
        for relation in Patient._meta.related_objects
    ]
    return [
        (count, str(meta.verbose_name if count == 1 else meta.verbose_name_plural))
        for count, meta in counts
        if count
    ]


@transaction.atomic
def merge_patients(
    kept: Patient, other: Patient, *, take: Collection[str], by: Actor
) -> Patient:
    """Move all that hangs on ``other`` to ``kept``, and delete the empty record.

    ``take`` names those of ``VALUES`` that the other record has right. The flags of
    both stay. Raises Forbidden, NotFound unless both are patients of the clinic,
    Conflict when both have what a patient can have once, such as a legal hold.
    """
    if not may_merge(by):
        raise Forbidden("not_allowed", "Your role does not allow merging patients.")
    rows = Patient.objects.visible_to(by).select_for_update()
    found = {row.pk: row for row in rows.filter(pk__in={kept.pk, other.pk})}
    if len(found) < 2:
        raise NotFound("unknown_patient", "There are no two such patients here.")
    kept, other = found[kept.pk], found[other.pk]
    _take(kept, other, take)
    for relation in Patient._meta.related_objects:
        _move(relation, other, kept)
    FormerPatient(id=other.pk, clinic=kept.clinic, patient=kept).save()
    record(by, "patient.merged", kept, merged=str(other.pk))
    other.delete()
    kept.save()
    return kept


def kept_for(actor: Actor, former: UUID) -> Patient | None:
    """Return the patient of the clinic whose record took a merged one in."""
    rows = FormerPatient.objects.visible_to(actor).select_related("patient")
    found = rows.filter(pk=former).first()
    return found.patient if found else None


def _rows(relation: Any, patient: Patient) -> Any:
    """Return what hangs on a patient, whose clinic has been checked."""
    rows = relation.related_model._base_manager
    return rows.filter(**{relation.field.name: patient})


def _move(relation: Any, other: Patient, kept: Patient) -> None:
    try:
        with transaction.atomic():
            _rows(relation, other).update(
                **{relation.field.name: kept}, **_marks(relation.related_model)
            )
    except IntegrityError as error:
        thing = relation.related_model._meta.verbose_name
        told = f"Both records have a {thing}, of which a patient can have one only."
        raise Conflict("two_of_a_kind", told) from error


def _marks(model: Any) -> dict[str, Any]:
    """Return what tells other systems, which ask for changes, that rows changed."""
    marks = {"version": F("version") + 1, "updated_at": Now()}
    names = {field.name for field in model._meta.concrete_fields}
    return {name: mark for name, mark in marks.items() if name in names}


def _take(kept: Patient, other: Patient, take: Collection[str]) -> None:
    for name, columns in VALUES.items():
        if name in take:
            for column in columns:
                setattr(kept, column, getattr(other, column))
    kept.flags = list(dict.fromkeys([*kept.flags, *other.flags]))
    kept.is_archived = kept.is_archived and other.is_archived
