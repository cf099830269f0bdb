"""Verbs on programs that are still being edited."""

from uuid import UUID

from django.db import transaction

from clinic.audit import record
from clinic.errors import Conflict
from clinic.models import Actor, Patient
from exercises.dosage import Dosage
from exercises.models import Exercise
from prescriptions.models import (
    Handout,
    PatientLink,
    Phase,
    PrescribedExercise,
    Program,
)


def require_editable(program: Program) -> None:
    """Raise Conflict when the program has ended."""
    if program.status == Program.Status.ENDED:
        raise Conflict("program_ended", "This program has ended. Copy it to go on.")


def add_exercise(
    phase: Phase, exercise: Exercise, *, dosage: Dosage | None = None, note: str = ""
) -> PrescribedExercise:
    """Append an exercise to a phase, with its default dosage unless one is given."""
    line = PrescribedExercise(
        phase=phase,
        program_id=phase.program_id,
        exercise=exercise,
        exercise_version=exercise.version,
        position=phase.exercises.count() + 1,
        note=note,
    )
    line.dosage = dosage or exercise.dosage
    line.full_clean(exclude=["phase", "exercise"])
    line.save()
    return line


@transaction.atomic
def copy_program(program: Program, *, by: Actor, patient: Patient) -> Program:
    """Return a draft for a patient of the same clinic with the same contents.

    Copies stay independent. A diagnosis and the team's notes belong to the one
    patient and are copied only to the same patient.
    """
    same_patient = patient.pk == program.patient_id
    copy = Program.objects.create(
        clinic=program.clinic,
        patient=patient,
        practitioner=program.practitioner,
        title=program.title,
        goal=program.goal if same_patient else "",
        reason=program.reason if same_patient else "",
        directional_preference=program.directional_preference if same_patient else "",
        practitioner_notes=program.practitioner_notes if same_patient else "",
    )
    for phase in program.phases.prefetch_related("exercises__exercise"):
        _copy_phase(phase, copy, with_notes=same_patient)
    record(by, "program.copied", copy, source=str(program.pk))
    return copy


def _copy_phase(phase: Phase, program: Program, *, with_notes: bool) -> None:
    twin = Phase.objects.create(
        program=program,
        position=phase.position,
        title=phase.title,
        weeks=phase.weeks,
        criterion=phase.criterion,
    )
    for line in phase.exercises.all():
        note = line.note if with_notes else ""
        add_exercise(twin, line.exercise, dosage=line.dosage, note=note)


@transaction.atomic
def reorder(phase: Phase, line_ids: list[UUID]) -> None:
    """Renumber the exercises of a phase in the given order."""
    lines = {line.pk: line for line in phase.exercises.select_for_update()}
    for position, line_id in enumerate(line_ids, start=1):
        lines[line_id].position = position
    PrescribedExercise.objects.bulk_update(lines.values(), ["position"])
    phase.program.touch()


@transaction.atomic
def end_program(program: Program, *, by: Actor) -> None:
    """Close a program; its links stop working and its handouts are withdrawn."""
    open_states = [Program.Status.DRAFT, Program.Status.ACTIVE]
    row = Program.objects.visible_to(by).filter(pk=program.pk, status__in=open_states)
    if not row.update(status=Program.Status.ENDED):
        raise Conflict("program_ended", "This program has ended already.")
    program.refresh_from_db()
    program.touch()
    PatientLink.objects.visible_to(by).filter(program=program).revoke()
    Handout.objects.visible_to(by).filter(revision__program=program).revoke()
    record(by, "program.ended", program)
