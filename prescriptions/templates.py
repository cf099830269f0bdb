"""Verbs on templates: start a program from one, make one of a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Forbidden, Invalid
from clinic.models import Actor, Membership, Patient, Practitioner
from clinic.roles import Scope
from exercises.models import Exercise
from exercises.shared_rows import free_slug
from prescriptions.findings import age_of, limits_of, today_of
from prescriptions.models import (
    Phase,
    PrescribedExercise,
    Program,
    ProgramTemplate,
    TemplateExercise,
    TemplatePhase,
)
from prescriptions.programs import (
    LineDraft,
    PhaseDraft,
    create_program,
    fill_program,
)

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """What one program shall have different wherever an exercise comes.

    ``values`` are members of ``LineDraft``.
    """

    exercise: str
    values: Mapping[str, Any] = field(default_factory=dict)
    is_left_out: bool = False

    def is_about(self, line: LineDraft) -> bool:
        """Tell whether the line holds the exercise."""
        return line.exercise.slug == self.exercise


@transaction.atomic
def apply_template(
    template: ProgramTemplate,
    patient: Patient,
    *,
    by: Actor,
    practitioner: Practitioner | None = None,
    start: date | None = None,
    changes: Sequence[LineChange] = (),
) -> Program:
    """Return a draft for the patient with all that the template holds.

    Texts come in the patient's language where the template has them in it. The
    clinic's own exercises take the place of shared ones. Later edits of the template
    change nothing. ``start`` is today in the clinic unless given; ``changes`` are made
    to this program alone. Raises Conflict when the template is archived, Invalid when
    an exercise is not in use any more, or when the patient is younger than shared
    templates are made for.
    """
    start = start or today_of(patient.clinic)
    drafts = _drafts(template, patient, by, changes)
    program = Program(
        clinic_id=by.clinic_id,
        patient=patient,
        practitioner=practitioner or _person(by),
        start_date=start,
        **_values(template, patient, start),
    )
    create_program(program, drafts, by=by)
    record(by, "template.applied", program, template=str(template.pk))
    return program


@transaction.atomic
def fill_with_template(
    program: Program, template: ProgramTemplate, *, by: Actor
) -> None:
    """Give an empty draft all that the template holds, as ``apply_template`` does.

    Raises what that raises, and Conflict when the draft is not empty any more.
    """
    patient = program.patient
    drafts = _drafts(template, patient, by)
    start = program.start_date or today_of(patient.clinic)
    fill_program(program, _values(template, patient, start), drafts, by=by)
    record(by, "template.applied", program, template=str(template.pk))


def _drafts(
    template: ProgramTemplate,
    patient: Patient,
    by: Actor,
    changes: Sequence[LineChange] = (),
) -> list[PhaseDraft]:
    """Return the phases in the patient's language, or raise why there are none."""
    if template.is_archived:
        raise Conflict("archived_template", "This template is not in use any more.")
    _refuse_child(template, patient)
    phases = list(template.phases.prefetch_related("exercises"))
    known = _exercises(phases, by)
    _refuse_unknown(changes, known)
    language = patient.language
    return [_changed(_phase_draft(phase, language, known), changes) for phase in phases]


def _values(template: ProgramTemplate, patient: Patient, start: date) -> dict[str, Any]:
    """Return what a program has of its template besides phases."""
    words = _words(template, patient.language)
    values: dict[str, Any] = {
        "title": words.get("name", template.name),
        "goal": words.get("goal", template.goal),
        "practitioner_notes": template.note,
        "leaflets": list(template.leaflets),
        "started_from": template.slug,
    }
    if template.review_after_days:
        days = timedelta(days=template.review_after_days[0])
        values["review_date"] = start + days
    lengths = [phase.days for phase in template.phases.all()]
    if all(lengths):
        values["end_date"] = start + timedelta(days=sum(filter(None, lengths)))
    return values


def _refuse_unknown(changes: Sequence[LineChange], known: Mapping[str, Any]) -> None:
    told = "The template has no such exercise."
    errors = [
        FieldError(f"/overrides/{number}/exercise", "unknown_item", told)
        for number, change in enumerate(changes)
        if change.exercise not in known
    ]
    if errors:
        raise Invalid("invalid", told, errors=errors)


def _changed(phase: PhaseDraft, changes: Sequence[LineChange]) -> PhaseDraft:
    """Return the phase with what is asked for its exercises."""
    lines = phase.lines
    for change in changes:
        lines = tuple(
            replace(line, **change.values) if change.is_about(line) else line
            for line in lines
            if not (change.is_left_out and change.is_about(line))
        )
    return replace(phase, lines=lines)


def _refuse_child(template: ProgramTemplate, patient: Patient) -> None:
    """Shared templates are for adults; a clinic answers for its own."""
    least = limits_of(patient.clinic).get("minimum_age", 0)
    if template.is_shared and age_of(patient, today_of(patient.clinic)) < least:
        told = (
            f"Shared templates are made for patients from {least} years on. "
            "Copy the template and check it for younger ones."
        )
        raise Invalid("too_young", told, errors=[FieldError("/patient", "age", told)])


def _exercises(phases: list[TemplatePhase], by: Actor) -> dict[str, Exercise]:
    slugs = {line.exercise_slug for phase in phases for line in phase.exercises.all()}
    rows = Exercise.objects.visible_to(by).published().filter(slug__in=slugs)
    known = {row.slug: row for row in rows}
    errors = [
        FieldError(
            f"/phases/{p}/exercises/{e}/exercise",
            "archived_exercise",
            f"“{line.exercise_slug}” is not in use in your clinic. "
            "Take it out of the template, or bring it back.",
        )
        for p, phase in enumerate(phases)
        for e, line in enumerate(phase.exercises.all())
        if line.exercise_slug not in known
    ]
    if errors:
        raise Invalid("not_applicable", errors[0].detail, errors=errors)
    return known


def _words(row: Any, language: str) -> Mapping[str, str]:
    """Return the row's texts in a language; those that are empty fall back."""
    words: Mapping[str, str] = row.words.get(language, {})
    return {name: text for name, text in words.items() if text}


def _person(by: Actor) -> Practitioner:
    if isinstance(by, Membership):
        return by.practitioner
    told = "Say who is printed as the person to ask."
    error = FieldError("/practitioner", "required", told)
    raise Invalid("invalid", told, errors=[error])


def _phase_draft(
    phase: TemplatePhase, language: str, known: Mapping[str, Exercise]
) -> PhaseDraft:
    words = _words(phase, language)
    weeks, days = divmod(phase.days or 0, WEEK)
    return PhaseDraft(
        title=words.get("title", phase.title),
        weeks=weeks or None,
        days=days or None,
        stage=phase.stage,
        criterion=words.get("criterion", phase.criterion),
        lines=tuple(
            LineDraft(
                exercise=known[line.exercise_slug],
                dosage=line.dosage,
                note=_words(line, language).get("note", line.note),
            )
            for line in phase.exercises.all()
        ),
    )


def require_writer(by: Actor, *, only_mine: bool) -> None:
    """Refuse who may not change templates, and to hide one where nobody would see it.

    Raises Forbidden, or Invalid when an integration asks to keep one to itself.
    """
    if not by.can(Scope.TEMPLATES_WRITE):
        raise Forbidden("not_allowed", "Your role does not change templates.")
    if only_mine and not isinstance(by, Membership):
        told = "Only a person can keep a template to themselves."
        error = FieldError("/visibility", "only_people", told)
        raise Invalid("invalid", told, errors=[error])


@transaction.atomic
def save_as_template(
    program: Program, *, name: str, only_mine: bool = False, by: Actor
) -> ProgramTemplate:
    """Return a template of the clinic with the contents of a program.

    What is about the one patient stays behind: goal, notes, diagnosis, dates.
    """
    require_writer(by, only_mine=only_mine)
    shown = ProgramTemplate.Visibility
    first = program.phases.first()
    template = ProgramTemplate.objects.create(
        clinic_id=by.clinic_id,
        owner=by.practitioner if isinstance(by, Membership) else None,
        visibility=shown.OWNER if only_mine else shown.CLINIC,
        slug=free_slug(name, ProgramTemplate, by.clinic_id),
        name=name,
        stage=first.stage if first else "",
        leaflets=program.leaflets,
        review_after_days=[max(1, (program.review_date - program.start_date).days)],
    )
    for phase in program.phases.prefetch_related("exercises__exercise"):
        _save_phase(phase, template)
    record(by, "template.created", template, source=str(program.pk))
    return template


def _save_phase(phase: Phase, template: ProgramTemplate) -> None:
    twin = TemplatePhase.objects.create(
        template=template,
        position=phase.position,
        title=phase.title,
        stage=phase.stage,
        days=phase.length_in_days,
        criterion=phase.criterion,
    )
    lines = [_template_line(line, twin) for line in phase.exercises.all()]
    TemplateExercise.objects.bulk_create(lines)


def _template_line(line: PrescribedExercise, phase: TemplatePhase) -> TemplateExercise:
    twin = TemplateExercise(
        phase=phase, exercise_slug=line.exercise.slug, position=line.position
    )
    twin.dosage = line.dosage
    return twin
