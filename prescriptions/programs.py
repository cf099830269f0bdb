"""Verbs on programs that are still being edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Invalid
from clinic.models import Actor, Membership
from clinic.webhooks import announce
from exercises.dosage import Dosage
from exercises.models import Exercise
from prescriptions.models import (
    Handout,
    PatientLink,
    Phase,
    PrescribedExercise,
    Program,
)
from prescriptions.models.program import ProgramQuerySet

# Line and exercise -> version of its texts
Built = Mapping[tuple[UUID, UUID], int]


class StaleError(Conflict):
    """The program is no longer as the caller saw it."""

    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "The program was changed meanwhile.")


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """A line as it shall be; with the id of a stored one it takes its place."""

    exercise: Exercise
    dosage: Dosage
    why: str = ""
    note: str = ""
    practitioner_note: str = ""
    id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PhaseDraft:
    """A phase as it shall be, with its lines in order."""

    title: str = ""
    weeks: int | None = None
    days: int | None = None
    stage: str = ""
    criterion: str = ""
    lines: tuple[LineDraft, ...] = ()
    id: UUID | None = None


@transaction.atomic
def create_program(
    program: Program, phases: Sequence[PhaseDraft], *, by: Actor
) -> None:
    """Store a new program with all its contents, or nothing."""
    program.save(force_insert=True)
    _store_contents(program, phases)
    record(by, "program.created", program)


@transaction.atomic
def change_program(
    program: Program,
    values: dict[str, Any],
    phases: Sequence[PhaseDraft] | None,
    *,
    by: Actor,
) -> None:
    """Store new values, and new contents if given, of a program as it was loaded.

    Raises StaleError when it has been changed since: of two writers one wins.
    """
    require_editable(program)
    now = timezone.now()
    edit = {"version": F("version") + 1, "updated_at": now} | values
    if not _as_loaded(program, by).update(**edit):
        raise StaleError
    if phases is not None:
        _store_contents(program, phases)
    record(by, "program.updated", program)


@transaction.atomic
def delete_draft(program: Program, *, by: Actor) -> None:
    """Delete a program that no patient has been given."""
    if program.status != Program.Status.DRAFT:
        raise Conflict("not_draft", "Only a draft can be deleted. End the program.")
    record(by, "program.deleted", program)
    deleted, _ = _as_loaded(program, by).delete()
    if not deleted:
        raise StaleError


def _as_loaded(program: Program, by: Actor) -> ProgramQuerySet:
    rows: ProgramQuerySet = Program.objects.visible_to(by)
    return rows.filter(pk=program.pk, version=program.version, status=program.status)


def _store_contents(program: Program, drafts: Sequence[PhaseDraft]) -> None:
    _refuse_unknown_ids(program, drafts)
    built = _built_with(program)
    phases = [_phase(program, draft, n) for n, draft in enumerate(drafts, start=1)]
    lines = [
        _line(phase, line, number, built)
        for phase, draft in zip(phases, drafts, strict=True)
        for number, line in enumerate(draft.lines, start=1)
    ]
    program.phases.exclude(pk__in=[phase.pk for phase in phases]).delete()
    program.prescribed_exercises.exclude(pk__in=[line.pk for line in lines]).delete()
    _upsert(Phase, phases)
    _upsert(PrescribedExercise, lines)


def _refuse_unknown_ids(program: Program, drafts: Sequence[PhaseDraft]) -> None:
    """An id may only name what is stored in this program, and only once."""
    free = {None, *program.phases.values_list("pk", flat=True)}
    free |= set(program.prescribed_exercises.values_list("pk", flat=True))
    errors = []
    for pointer, given in _ids(drafts):
        if given not in free:
            detail = "There is no such item in this program."
            errors.append(FieldError(pointer, "unknown_item", detail))
        elif given:
            free.discard(given)
    if errors:
        raise Invalid("invalid", errors[0].detail, errors=errors)


def _ids(drafts: Sequence[PhaseDraft]) -> list[tuple[str, UUID | None]]:
    pairs = []
    for p, phase in enumerate(drafts):
        pairs.append((f"/phases/{p}/id", phase.id))
        for e, line in enumerate(phase.lines):
            pairs.append((f"/phases/{p}/exercises/{e}/id", line.id))
    return pairs


def _phase(program: Program, draft: PhaseDraft, position: int) -> Phase:
    return Phase(
        id=draft.id or uuid4(),
        program=program,
        position=position,
        title=draft.title,
        weeks=draft.weeks,
        days=draft.days,
        stage=draft.stage,
        criterion=draft.criterion,
    )


def _built_with(program: Program) -> Built:
    """Return by line the exercise and the version of its texts."""
    lines = program.prescribed_exercises.values_list(
        "pk", "exercise_id", "exercise_version"
    )
    return {(pk, exercise): version for pk, exercise, version in lines}


def _line(
    phase: Phase, draft: LineDraft, position: int, built: Built
) -> PrescribedExercise:
    version = draft.exercise.version
    if draft.id:
        # A line keeps the texts it was built with until somebody takes newer ones.
        version = built.get((draft.id, draft.exercise.pk), version)
    line = PrescribedExercise(
        id=draft.id or uuid4(),
        program_id=phase.program_id,
        phase=phase,
        exercise=draft.exercise,
        exercise_version=version,
        position=position,
        why=draft.why,
        note=draft.note,
        practitioner_note=draft.practitioner_note,
    )
    line.dosage = draft.dosage
    return line


def _upsert(model: type[Phase] | type[PrescribedExercise], rows: Sequence[Any]) -> None:
    columns = [f.name for f in model._meta.concrete_fields if not f.primary_key]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=columns
    )


def require_editable(program: Program) -> None:
    """Raise Conflict when the program has ended or is void."""
    if program.is_closed:
        told = f"{program.why_closed} Copy it to go on."
        raise Conflict(f"program_{program.status}", told)


def add_exercise(
    phase: Phase,
    exercise: Exercise,
    *,
    dosage: Dosage | None = None,
    why: str = "",
    note: str = "",
    practitioner_note: str = "",
) -> PrescribedExercise:
    """Append an exercise to a phase, with its default dosage unless one is given."""
    line = PrescribedExercise(
        phase=phase,
        program_id=phase.program_id,
        exercise=exercise,
        exercise_version=exercise.version,
        position=phase.exercises.count() + 1,
        why=why,
        note=note,
        practitioner_note=practitioner_note,
    )
    line.dosage = dosage or exercise.dosage
    line.full_clean(exclude=["phase", "exercise"])
    line.save()
    return line


@transaction.atomic
def fill_program(
    program: Program, values: dict[str, Any], phases: Sequence[PhaseDraft], *, by: Actor
) -> None:
    """Store contents in a draft without exercises; what was typed of a goal stays.

    Raises Conflict when it holds exercises or was issued, StaleError
    when it was changed since it was loaded.
    """
    if program.status != Program.Status.DRAFT or program.prescribed_exercises.exists():
        told = "This program is not empty any more. Copy it into a new one."
        raise Conflict("not_empty", told)
    values = values | {"goal": program.goal or values["goal"]}
    change_program(program, values, phases, by=by)


@transaction.atomic
def end_program(
    program: Program, *, by: Actor, ending: str = Program.Ending.FINISHED
) -> None:
    """Close a program; its links stop working and its handouts are withdrawn."""
    row = Program.objects.visible_to(by).filter(pk=program.pk).not_closed()
    if not row.update(status=Program.Status.ENDED, ending=ending):
        program.refresh_from_db(fields=["status"])
        require_editable(program)
    _close(program, "program.ended", by)


@transaction.atomic
def void_program(program: Program, *, reason: str, by: Actor) -> None:
    """Declare an issued program entered in error: never meant for this patient.

    Raises Invalid without a reason, Conflict for a draft and for what is void already.
    """
    reason = reason.strip()
    if not reason:
        detail = "Say why it is void: the record keeps it."
        errors = [FieldError("/reason", "required", detail)]
        raise Invalid("invalid", detail, errors=errors)
    issued = [Program.Status.ACTIVE, Program.Status.ENDED]
    row = Program.objects.visible_to(by).filter(pk=program.pk, status__in=issued)
    if not row.update(
        status=Program.Status.VOID,
        void_reason=reason,
        voided_at=timezone.now(),
        voided_by=_name_of(by),
    ):
        told = "Only what was issued can be void. Delete or end a draft."
        raise Conflict("not_issued", told)
    _close(program, "program.voided", by)


def _name_of(actor: Actor) -> str:
    if isinstance(actor, Membership):
        return actor.practitioner.signature
    return str(actor)


def _close(program: Program, event: str, by: Actor) -> None:
    """Withdraw what the patient was given, and tell of it."""
    program.refresh_from_db()
    program.touch()
    PatientLink.objects.visible_to(by).filter(program=program).revoke()
    Handout.objects.visible_to(by).filter(revision__program=program).revoke()
    record(by, event, program)
    announce(
        event,
        clinic_id=program.clinic_id,
        program=program.pk,
        patient=program.patient_id,
    )


def newer_lines(program: Program, *, by: Actor) -> list[PrescribedExercise]:
    """Return the lines whose exercise was edited, or replaced by the clinic's own."""
    lines = list(program.prescribed_exercises.select_related("exercise"))
    newest = _newest(lines, by)
    return [line for line in lines if _is_older(line, newest)]


@transaction.atomic
def use_newest(program: Program, *, by: Actor) -> int:
    """Take the newest texts and pictures for every line; return how many changed.

    The dosage stays: it was chosen for this patient. Raises Conflict when the program
    is closed.
    """
    require_editable(program)
    lines = newer_lines(program, by=by)
    newest = _newest(lines, by)
    for line in lines:
        exercise = newest[line.exercise.slug]
        line.exercise, line.exercise_version = exercise, exercise.version
    PrescribedExercise.objects.bulk_update(lines, ["exercise", "exercise_version"])
    if lines:
        program.touch()
        record(by, "program.updated", program, newest=len(lines))
    return len(lines)


def _newest(lines: Sequence[PrescribedExercise], by: Actor) -> dict[str, Exercise]:
    slugs = {line.exercise.slug for line in lines}
    rows = Exercise.objects.visible_to(by).published().filter(slug__in=slugs)
    return {row.slug: row for row in rows}


def _is_older(line: PrescribedExercise, newest: Mapping[str, Exercise]) -> bool:
    now = newest.get(line.exercise.slug)
    there = (line.exercise_id, line.exercise_version)
    return now is not None and there != (now.pk, now.version)


def content_in_use(actor: Actor) -> set[str]:
    """Return the slugs of exercises and leaflets in the clinic's open programs."""
    mine = Program.objects.visible_to(actor).not_closed()
    lines = PrescribedExercise.objects.filter(program__in=mine)
    slugs = set(lines.values_list("exercise__slug", flat=True).distinct())
    for leaflets in mine.exclude(leaflets=[]).values_list("leaflets", flat=True):
        slugs.update(leaflets)
    return slugs
