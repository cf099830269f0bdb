"""From a program to its document: read once, then a handout depends on that alone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from clinic.models import Clinic, ClinicText
from exercises import pictures, tags
from exercises.dosage import minutes_per_day, sentences
from exercises.figures import Look
from exercises.models import Exercise
from prescriptions.documents.parts import (
    LANGUAGE,
    ClinicPart,
    ExerciseCard,
    HandoutDocument,
    PatientPart,
    PhasePart,
    Picture,
    PractitionerPart,
    TextBlock,
)
from prescriptions.models import Phase, PrescribedExercise, Program

# Walking, rest and calm are counted apart from the exercises.
NOT_EXERCISES = {"aerobic", "rest_position", "relaxation", "mind_body", "device"}


def language_of(program: Program) -> str:
    """Return the language of the handout: the program's, else the patient's."""
    wished = program.language or program.patient.language
    return wished if wished in dict(settings.LANGUAGES) else LANGUAGE


def compose(program: Program, texts: Mapping[str, ClinicText]) -> HandoutDocument:
    """Return the document of a program as it stands, not yet issued.

    ``texts`` holds the clinic's signed texts by kind; the program comes from
    ``Program.objects…with_contents()``.
    """
    clinic, language = program.clinic, LANGUAGE
    pain_rule = texts[ClinicText.Kind.PAIN_RULE]
    safety_net = texts[ClinicText.Kind.SAFETY_NET]
    return HandoutDocument(
        language=language,
        clinic=clinic_part(clinic),
        patient=PatientPart(
            name=program.patient.name,
            date_of_birth=program.patient.date_of_birth.isoformat(),
            number=program.patient.number,
        ),
        practitioner=PractitionerPart(
            name=program.practitioner.name, credential=program.practitioner.credential
        ),
        title=program.title,
        goal=program.goal,
        start_date=program.start_date.isoformat(),
        review_date=program.review_date.isoformat(),
        end_date=program.end_date.isoformat() if program.end_date else "",
        phases=_phases(program, language),
        pain_rule=blocks(pain_rule.body, clinic),
        safety_net=blocks(safety_net.body, clinic),
        pain_rule_language=_unlike(pain_rule.language, language),
        safety_net_language=_unlike(safety_net.language, language),
    )


def _unlike(spoken: str, language: str) -> str:
    return "" if spoken in {language, ""} else spoken


def clinic_part(clinic: Clinic) -> ClinicPart:
    """Return what handouts tell of a clinic, and how they look."""
    return ClinicPart(
        name=clinic.name,
        address=clinic.address,
        phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        logo=clinic.logo,
        is_demo=clinic.is_demo,
        accent_color=clinic.accent_color,
        header_text=clinic.header_text,
        footer_text=clinic.footer_text,
    )


def _phases(program: Program, language: str) -> tuple[PhasePart, ...]:
    """Phases that hold exercises, numbered in order; cards are numbered throughout."""
    flags = tags.implied(program.patient.flags)
    names = _names_of_variants(program)
    parts: list[PhasePart] = []
    first_card, start = 1, program.start_date.isoformat()
    for phase in program.phases.all():
        lines = list(phase.exercises.all())
        if lines:
            cards = tuple(
                _card(line, number, flags, program.clinic, language, names)
                for number, line in enumerate(lines, start=first_card)
            )
            part = _phase_part(phase, len(parts) + 1, lines, cards, start)
            parts.append(part)
            first_card += len(lines)
            start = _day_after(part.end_date)
    return tuple(parts)


def _names_of_variants(program: Program) -> dict[str, str]:
    """Return slug -> name of the easier and harder versions of what is prescribed."""
    lines = [line for phase in program.phases.all() for line in phase.exercises.all()]
    slugs = {
        slug
        for line in lines
        for slug in (line.exercise.easier, line.exercise.harder)
        if slug
    }
    rows = Exercise.objects.of_clinic(program.clinic).published().filter(slug__in=slugs)
    return dict(rows.values_list("slug", "name")) if slugs else {}


def _phase_part(
    phase: Phase,
    number: int,
    lines: list[PrescribedExercise],
    cards: tuple[ExerciseCard, ...],
    start: str,
) -> PhasePart:
    exercises = [ln for ln in lines if ln.exercise.category not in NOT_EXERCISES]
    return PhasePart(
        number=number,
        title=phase.title,
        stage=phase.stage,
        weeks=phase.weeks,
        start_date=start,
        end_date=_end(start, phase.weeks),
        criterion=phase.criterion,
        minutes=max(1, _minutes(lines)),
        exercise_minutes=_minutes(exercises),
        cards=cards,
    )


def _minutes(lines: list[PrescribedExercise]) -> int:
    return round(sum(Decimal(minutes_per_day(line.dosage)) for line in lines))


def _end(start: str, weeks: int | None) -> str:
    """Return the last day; empty when start or length is open."""
    if not (start and weeks):
        return ""
    last = date.fromisoformat(start) + timedelta(weeks=weeks, days=-1)
    return last.isoformat()


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""


def _card(
    line: PrescribedExercise,
    number: int,
    flags: frozenset[str],
    clinic: Clinic,
    language: str,
    names: Mapping[str, str],
) -> ExerciseCard:
    exercise = line.exercise
    concerns = [*exercise.contraindications, *exercise.cautions]
    return ExerciseCard(
        number=number,
        slug=exercise.slug,
        version=exercise.version,
        name=exercise.name,
        equipment=tuple(tags.label(item) for item in exercise.equipment),
        dosage=sentences(line.dosage, units=clinic.units),
        start=exercise.start,
        steps=tuple(exercise.steps),
        breathing=exercise.breathing,
        feel=exercise.feel,
        mistakes=tuple(exercise.mistakes),
        stop_if=tuple(exercise.stop_if),
        precautions=tuple(tags.label(tag) for tag in concerns if tag in flags),
        note=line.note,
        pictures=tuple(_pictures(line, clinic, language)),
        easier=names.get(exercise.easier, ""),
        harder=names.get(exercise.harder, ""),
        video_url=exercise.video_url,
        weekdays=tuple(line.weekdays),
        as_needed=line.as_needed,
    )


def _pictures(line: PrescribedExercise, clinic: Clinic, language: str) -> list[Picture]:
    """Pictures in the clinic's look that show the prescribed side."""
    figures = line.exercise.figures
    look = Look(clinic.figure_body, clinic.figure_skin, clinic.figure_hair)
    mirrored = pictures.shows_other_side(figures, line.side)
    drawn = pictures.in_look(figures, look, mirrored=mirrored)
    return [picture_of(figure, language) for figure in drawn if figure.get("asset")]


def picture_of(figure: dict[str, Any], language: str) -> Picture:
    """Return a drawn figure with its words, which fall back to English."""
    alts, captions = figure["description"], figure.get("caption", {})
    spoken = language if language in alts else LANGUAGE
    return Picture(
        asset=figure["asset"],
        width=figure["width"],
        height=figure["height"],
        alt=alts[spoken],
        caption=captions.get(spoken, ""),
        language="" if spoken == language else spoken,
    )


def blocks(body: str, clinic: Clinic) -> tuple[TextBlock, ...]:
    """Return the pieces of a clinic text with the clinic's numbers filled in."""
    kinds = {"# ": "heading", "! ": "action", "- ": "item"}
    filled = body.replace("{clinic_phone}", clinic.phone).replace(
        "{emergency_number}", clinic.emergency_number
    )
    lines = [line.strip() for line in filled.splitlines() if line.strip()]
    return tuple(
        TextBlock(kind=kinds[line[:2]], text=line[2:].strip())
        if line[:2] in kinds
        else TextBlock(kind="paragraph", text=line)
        for line in lines
    )


def printed_texts(document: HandoutDocument) -> Iterator[tuple[str, str]]:
    """Yield every text that is printed, with the pointer of where it is edited."""
    for name in ("clinic", "patient", "practitioner"):
        for field, text in asdict(getattr(document, name)).items():
            yield f"/{name}/{field}", str(text)
    yield "/title", document.title
    yield "/goal", document.goal
    for p, phase in enumerate(document.phases):
        yield f"/phases/{p}/title", phase.title
        yield f"/phases/{p}/criterion", phase.criterion
        for e, card in enumerate(phase.cards):
            yield f"/phases/{p}/exercises/{e}/note", card.note
            yield f"/phases/{p}/exercises/{e}/exercise", _library_text(card)
    for block in (*document.pain_rule, *document.safety_net):
        yield "/clinic/texts", block.text
    for leaflet in document.leaflets:
        parts = [leaflet.title, *(block.text for block in leaflet.blocks)]
        yield "/leaflets", " ".join(parts)


def _library_text(card: ExerciseCard) -> str:
    lists = (card.equipment, card.steps, card.mistakes, card.stop_if, card.precautions)
    texts = [card.name, card.start, card.breathing, card.feel, card.why]
    texts += [card.easier, card.harder, card.attribution]
    captions = [picture.caption for picture in card.pictures]
    return " ".join([*texts, *captions, *(text for one in lists for text in one)])
