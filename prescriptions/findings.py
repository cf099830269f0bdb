"""What the safety rules say of a program: its facts, the rules of its clinic, answers.

A program comes from ``with_contents``; everything else costs a constant number of
queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import Clearance, Clinic, Patient
from exercises.dosage import Dosage, from_mapping, to_mapping
from exercises.leaflets import rows_for
from exercises.models import Leaflet
from exercises.readability import LEAST_WORDS, grade, words_of
from prescriptions import lacking
from prescriptions.documents import language_of
from prescriptions.models import (
    Phase,
    PrescribedExercise,
    Program,
    Revision,
    SafetyLimit,
    SafetyRule,
)
from prescriptions.screening import (
    Finding,
    HandoutFacts,
    ItemFacts,
    LeafletFacts,
    PatientFacts,
    PhaseFacts,
    ProgramFacts,
    Rule,
    evaluate,
)

# What a doctor's consent is on
INVERSION = "inversion"
# Of several screenings on the last day none may be overlooked
MOST_OF_A_DAY = 20


@dataclass(frozen=True)
class Judgment:
    """What was found, and by which versions of which rules."""

    findings: tuple[Finding, ...]
    rules: Mapping[str, int]
    # Slug and dosage of each exercise, to compare the next revision with
    items: tuple[tuple[str, Dosage], ...]
    # Codes of the rules that the clinic changed for itself
    own_rules: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what a revision keeps."""
        return {
            "rules": dict(self.rules),
            "own_rules": list(self.own_rules),
            "findings": [asdict(finding) for finding in self.findings],
            "items": [
                {"slug": slug, "dosage": to_mapping(dosage)}
                for slug, dosage in self.items
            ],
        }


def judge(program: Program, *, language: str = "en") -> Judgment:
    """Return the findings on a program by the rules in force in its clinic.

    Messages are in the language where a rule has words in it, else in English.
    """
    facts = facts_of(program)
    limits = limits_of(program.clinic)
    rows = rules_of(program.clinic) if limits else []
    rules = [rule_of(row, language) for row in rows]
    return Judgment(
        findings=(
            *evaluate(facts, rules, limits),
            *lacking.findings_of(program, language_of(program)),
        ),
        rules={rule.code: rule.version for rule in rules},
        items=tuple((item.slug, item.dosage) for item in facts.items),
        own_rules=tuple(row.code for row in rows if not row.is_shared),
    )


def rules_of(clinic: Clinic) -> list[SafetyRule]:
    """Return the rules in force in a clinic, in one query."""
    return list(SafetyRule.objects.of_clinic(clinic).filter(is_on=True))


def rule_of(row: SafetyRule, language: str = "en") -> Rule:
    """Return a rule's row as the evaluator takes it."""
    return Rule(
        code=row.code,
        severity=row.severity,
        scope=row.scope,
        message=row.words.get(language, {}).get("message") or row.message,
        match=row.match,
        test=tuple((fact, operator, value) for fact, operator, value in row.test),
        function=row.function,
        replaces=tuple(row.replaces),
        source=row.source,
        version=row.version,
    )


def limits_of(clinic: Clinic) -> dict[str, int]:
    """Return the limits that hold in a clinic, by name; empty when none are loaded."""
    rows = SafetyLimit.objects.of_clinic(clinic)
    return dict(rows.values_list("name", "value"))


def facts_of(program: Program) -> ProgramFacts:
    """Return what the rules look at."""
    language = program.language or program.patient.language
    leaflets = rows_for(program.leaflets, language, program.clinic)
    return ProgramFacts(
        patient=_patient_facts(program, today_of(program.clinic)),
        phases=tuple(
            _phase_facts(phase, number)
            for number, phase in enumerate(program.phases.all())
        ),
        start=program.start_date,
        review_on=program.review_date,
        end=program.end_date,
        leaflets=tuple(
            _leaflet_facts(row, program.leaflets.index(row.slug)) for row in leaflets
        ),
        handout=HandoutFacts(
            language=language, reading_grade=_reading_grade(program, language)
        ),
        before=_before(program),
    )


def _reading_grade(program: Program, language: str) -> float | None:
    """Return the grade of what was typed for this patient; None for a few words."""
    typed = [program.goal]
    for phase in program.phases.all():
        typed.append(phase.criterion)
        typed += [line.note for line in phase.exercises.all()]
    told = tuple(text for text in typed if text)
    is_enough = len(words_of(" ".join(told))) >= LEAST_WORDS
    return grade(told, language) if is_enough else None


def today_of(clinic: Clinic) -> date:
    """Return the clinic's day."""
    return timezone.localdate(timezone=ZoneInfo(clinic.time_zone))


def age_of(patient: Patient, today: date) -> int:
    """Return the age in whole years."""
    born = patient.date_of_birth
    has_had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not has_had_birthday)


def _patient_facts(program: Program, today: date) -> PatientFacts:
    patient = program.patient
    screenings = list(patient.screenings.order_by("-answered_on")[:MOST_OF_A_DAY])
    last = screenings[0] if screenings else None
    latest = [one for one in screenings if last and one.answered_on == last.answered_on]
    clearances = list(patient.clearances.all())
    return PatientFacts(
        own_flags=tuple(patient.flags),
        age=age_of(patient, today),
        has_guardian=bool(patient.guardian_name),
        language=patient.language,
        directional_preference=program.directional_preference,
        red_flag_open=any(is_open(one, clearances) for one in latest),
        red_flag_screen_age_days=(today - last.answered_on).days if last else None,
        inversion_clearance=any(INVERSION in one.subject for one in clearances),
    )


def is_open(screening: Any, clearances: Sequence[Clearance]) -> bool:
    """Tell whether a sign was affirmed and nobody cleared it on that day or later."""
    cleared = any(
        one.subject == Clearance.RED_FLAGS and one.given_on >= screening.answered_on
        for one in clearances
    )
    return any(screening.answers.values()) and not cleared


def _phase_facts(phase: Phase, number: int) -> PhaseFacts:
    pointer = f"/phases/{number}"
    return PhaseFacts(
        pointer=pointer,
        stage=phase.stage,
        days=phase.length_in_days,
        items=tuple(
            _item_facts(line, f"{pointer}/exercises/{place}")
            for place, line in enumerate(phase.exercises.all())
        ),
    )


def _item_facts(line: PrescribedExercise, pointer: str) -> ItemFacts:
    exercise = line.exercise
    return ItemFacts(
        pointer=pointer,
        slugs=(exercise.slug, *exercise.cloned_from),
        name=exercise.name,
        dosage=line.dosage,
        category=exercise.category,
        position=exercise.position,
        direction=exercise.direction,
        difficulty=exercise.difficulty,
        regions=tuple(exercise.regions),
        equipment=tuple(exercise.equipment),
        contraindications=tuple(exercise.contraindications),
        cautions=tuple(exercise.cautions),
        easier=exercise.easier,
        harder=exercise.harder,
        is_custom=not exercise.is_shared,
        text=" ".join([exercise.name, exercise.start, *exercise.steps]),
    )


def _leaflet_facts(row: Leaflet, place: int) -> LeafletFacts:
    extra = [line["text"] for line in row.optional_lines if line["on"]]
    return LeafletFacts(
        pointer=f"/leaflets/{place}",
        slug=row.slug,
        title=row.title,
        text="\n".join([row.body, *extra]),
        ask_first_flags=tuple(row.ask_first_flags),
        numbers={name: field["value"] for name, field in row.fields.items()},
    )


def _before(program: Program) -> dict[str, tuple[Dosage, ...]]:
    """Return the dosages of the current revision by exercise."""
    revisions = Revision.objects.of_clinic(program.clinic).filter(program=program)
    kept = revisions.current().values_list("screening", flat=True).first() or {}
    found: dict[str, tuple[Dosage, ...]] = {}
    for item in kept.get("items", []):
        dosage = from_mapping(item["dosage"])
        found[item["slug"]] = (*found.get(item["slug"], ()), dosage)
    return found
