"""Copies of programs: a new draft, or into one that is empty."""

from typing import Any

from django.db import transaction

from clinic.audit import record
from clinic.models import Actor, Patient
from prescriptions.models import Phase, Program
from prescriptions.programs import LineDraft, PhaseDraft, create_program, fill_program


@transaction.atomic
def copy_program(program: Program, *, by: Actor, patient: Patient) -> Program:
    """Return a draft for a patient of the same clinic with the same contents.

    Copies stay independent. A diagnosis and the team's notes belong to the one
    patient and are copied only to the same patient.
    """
    copy = Program(
        clinic=program.clinic,
        patient=patient,
        practitioner=program.practitioner,
        **_copied_values(program, patient),
    )
    create_program(copy, _copied_phases(program, patient), by=by)
    record(by, "program.copied", copy, source=str(program.pk))
    return copy


@transaction.atomic
def fill_with_copy(program: Program, source: Program, *, by: Actor) -> None:
    """Give an empty draft what another program of the clinic holds, as a copy.

    Raises Conflict when the draft holds exercises or was issued, StaleError when
    it was changed since it was loaded.
    """
    values = _copied_values(source, program.patient)
    fill_program(program, values, _copied_phases(source, program.patient), by=by)
    record(by, "program.copied", program, source=str(source.pk))


def _copied_values(program: Program, patient: Patient) -> dict[str, Any]:
    same_patient = patient.pk == program.patient_id
    return {
        "title": program.title,
        "goal": program.goal if same_patient else "",
        "reason": program.reason if same_patient else "",
        "directional_preference": (
            program.directional_preference if same_patient else ""
        ),
        "practitioner_notes": program.practitioner_notes if same_patient else "",
        "leaflets": program.leaflets,
        "language": program.language if same_patient else "",
        "started_from": program.started_from,
    }


def _copied_phases(program: Program, patient: Patient) -> list[PhaseDraft]:
    with_notes = patient.pk == program.patient_id
    phases = program.phases.prefetch_related("exercises__exercise")
    return [_copied_phase(phase, with_notes=with_notes) for phase in phases]


def _copied_phase(phase: Phase, *, with_notes: bool) -> PhaseDraft:
    lines = tuple(
        LineDraft(
            exercise=line.exercise,
            dosage=line.dosage,
            why=line.why,
            note=line.note if with_notes else "",
            practitioner_note=line.practitioner_note if with_notes else "",
        )
        for line in phase.exercises.all()
    )
    return PhaseDraft(
        title=phase.title,
        weeks=phase.weeks,
        days=phase.days,
        stage=phase.stage,
        criterion=phase.criterion,
        lines=lines,
    )
