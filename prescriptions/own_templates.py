"""Verbs on a clinic's own templates: make one, change one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict
from clinic.models import Actor, Membership
from exercises.dosage import Dosage
from exercises.shared_rows import free_slug
from prescriptions.models import ProgramTemplate, TemplateExercise, TemplatePhase
from prescriptions.programs import StaleError
from prescriptions.templates import require_writer

# Texts in further languages: language -> column -> text
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class TemplateLineDraft:
    """A line as it shall be; the slug names the exercise."""

    exercise_slug: str
    dosage: Dosage
    note: str = ""
    dosage_source: str = ""
    words: Words = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplatePhaseDraft:
    """A phase as it shall be, with its lines in order; no days: open end."""

    title: str = ""
    stage: str = ""
    days: int | None = None
    criterion: str = ""
    words: Words = field(default_factory=dict)
    lines: tuple[TemplateLineDraft, ...] = ()


@transaction.atomic
def create_template(
    template: ProgramTemplate, phases: Sequence[TemplatePhaseDraft], *, by: Actor
) -> None:
    """Store a new template of the clinic with all its contents, or nothing.

    Raises Forbidden, or Invalid when an integration would keep it to itself.
    """
    require_writer(by, only_mine=_is_hidden(template.visibility))
    template.clinic_id = by.clinic_id
    template.owner = by.practitioner if isinstance(by, Membership) else None
    template.slug = free_slug(template.name, ProgramTemplate, by.clinic_id)
    template.save(force_insert=True)
    _store_phases(template, phases)
    record(by, "template.created", template)


@transaction.atomic
def change_template(
    template: ProgramTemplate,
    values: Mapping[str, Any],
    phases: Sequence[TemplatePhaseDraft] | None,
    *,
    by: Actor,
) -> None:
    """Store new values, and new contents if given, of a template as it was loaded.

    Programs that were started from it stay as they are. Raises Conflict for a shared
    template, StaleError when it has been changed since it was loaded.
    """
    hides = _is_hidden(values.get("visibility", ""))
    require_writer(by, only_mine=hides)
    if template.is_shared:
        told = "Shared templates stay as they are. Make it your clinic's own first."
        raise Conflict("shared_template", told)
    edit = {"version": F("version") + 1, "updated_at": timezone.now(), **values}
    if hides and isinstance(by, Membership):
        edit["owner"] = by.practitioner
    rows = ProgramTemplate.objects.visible_to(by)
    if not rows.filter(pk=template.pk, version=template.version).update(**edit):
        raise StaleError
    if phases is not None:
        template.phases.all().delete()
        _store_phases(template, phases)
    record(by, "template.updated", template)


def _is_hidden(visibility: str) -> bool:
    return visibility == ProgramTemplate.Visibility.OWNER


def _store_phases(
    template: ProgramTemplate, drafts: Sequence[TemplatePhaseDraft]
) -> None:
    """Store the phases; there is one at least."""
    drafts = drafts or [TemplatePhaseDraft(stage=template.stage)]
    phases = [
        TemplatePhase(
            template=template,
            position=position,
            title=draft.title,
            stage=draft.stage,
            days=draft.days,
            criterion=draft.criterion,
            words=draft.words,
        )
        for position, draft in enumerate(drafts, start=1)
    ]
    TemplatePhase.objects.bulk_create(phases)
    lines = [
        _line(phase, line, position)
        for phase, draft in zip(phases, drafts, strict=True)
        for position, line in enumerate(draft.lines, start=1)
    ]
    TemplateExercise.objects.bulk_create(lines)


def _line(
    phase: TemplatePhase, draft: TemplateLineDraft, position: int
) -> TemplateExercise:
    line = TemplateExercise(
        phase=phase,
        position=position,
        exercise_slug=draft.exercise_slug,
        note=draft.note,
        dosage_source=draft.dosage_source,
        words=draft.words,
    )
    line.dosage = draft.dosage
    return line
