"""From a program to its document: read once, then a handout depends on that alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from clinic import languages
from clinic.models import Clinic, ClinicText
from exercises.dosage import minutes_per_day
from exercises.leaflets import PrintedLeaflet, leaflets_for
from prescriptions.documents.cards import Speech, card_of, names_in, speech_of
from prescriptions.documents.differences import news_of
from prescriptions.documents.parts import (
    ClinicPart,
    ExerciseCard,
    HandoutDocument,
    LeafletPart,
    NewsPart,
    PatientPart,
    PhasePart,
    PractitionerPart,
)
from prescriptions.documents.texts import blocks, pieces
from prescriptions.models import Phase, PrescribedExercise, Program

# Walking, rest and calm are counted apart from the exercises.
NOT_EXERCISES = {"aerobic", "rest_position", "relaxation", "mind_body", "device"}


def language_of(program: Program) -> str:
    """Return the language of the handout: the program's, else the patient's."""
    wished = program.language or program.patient.language
    return languages.best_of(dict(settings.LANGUAGES), wished)


def compose(program: Program, texts: Mapping[str, ClinicText]) -> HandoutDocument:
    """Return the document of a program as it stands, not yet issued.

    ``texts`` holds the clinic's signed texts by kind; the program comes from
    ``Program.objects…with_contents()``.
    """
    language = language_of(program)
    leaflets = leaflets_for(program.leaflets, language, program.clinic)
    return _document(program, texts, speech_of(program, language), leaflets)


def compose_further(
    program: Program, texts: Mapping[str, Mapping[str, ClinicText]]
) -> dict[str, HandoutDocument]:
    """Return the document in each further language, by language.

    ``texts`` holds the clinic's signed texts by language and kind. A language is one
    to give a program in when all of them exist in it. Of exercises and leaflets it
    has what the clinic has signed; the rest stays as the program's own language has
    it, and tells its language. So does what the practitioner wrote.
    """
    own = language_of(program)
    further = further_languages(own, texts)
    if not further:
        return {}
    given = speech_of(program, own)
    leaflets = leaflets_for(program.leaflets, own, program.clinic)
    return {
        language: _document(
            program,
            texts[language],
            speech_of(program, language, given),
            _settled(program, language, leaflets),
        )
        for language in further
    }


def further_languages(
    own: str, texts: Mapping[str, Mapping[str, ClinicText]]
) -> list[str]:
    """Return the languages besides the program's own that all clinic texts are in."""
    return [
        code
        for code, _ in languages.choices()
        if code != own and set(ClinicText.Kind) <= set(texts.get(code, ()))
    ]


def _settled(
    program: Program, language: str, given: Sequence[PrintedLeaflet]
) -> list[PrintedLeaflet]:
    """Return the leaflets in a language, as given where they are not signed in it."""
    there = leaflets_for(program.leaflets, language, program.clinic)
    signed = {leaflet.slug: leaflet for leaflet in there if leaflet.is_signed}
    return [signed.get(leaflet.slug, leaflet) for leaflet in given]


def _document(
    program: Program,
    texts: Mapping[str, ClinicText],
    speech: Speech,
    leaflets: Iterable[PrintedLeaflet],
) -> HandoutDocument:
    clinic, language = program.clinic, speech.language
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
        shown_on=program.shown_on.isoformat() if program.shown_on else "",
        phases=_phases(program, speech),
        pain_rule=blocks(pain_rule.body, clinic),
        safety_net=blocks(safety_net.body, clinic),
        pain_rule_language=_unlike(pain_rule.language, language),
        safety_net_language=_unlike(safety_net.language, language),
        leaflets=tuple(_leaflet_part(leaflet, language) for leaflet in leaflets),
        own_language=_unlike(speech.own_language, language),
    )


def news_since(
    former: HandoutDocument | None, document: HandoutDocument, clinic: Clinic
) -> NewsPart | None:
    """Return what is new, in the language of the later document; None of the first."""
    if former is None:
        return None
    if former.language == document.language:
        return news_of(former, document)
    gone = {card.slug for card in former.cards} - {card.slug for card in document.cards}
    names = names_in(document.language, gone, clinic) if gone else {}
    return news_of(former, document, names)


def _leaflet_part(leaflet: PrintedLeaflet, language: str) -> LeafletPart:
    return LeafletPart(
        slug=leaflet.slug,
        title=leaflet.title,
        blocks=pieces(leaflet.lines),
        version=leaflet.version,
        language=_unlike(leaflet.language, language),
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
        units=clinic.units,
    )


def _phases(program: Program, speech: Speech) -> tuple[PhasePart, ...]:
    """Phases that hold exercises, numbered in order; cards are numbered throughout."""
    parts: list[PhasePart] = []
    first_card, start = 1, program.start_date.isoformat()
    for phase in program.phases.all():
        lines = list(phase.exercises.all())
        if lines:
            cards = tuple(
                card_of(line, number, speech)
                for number, line in enumerate(lines, start=first_card)
            )
            parts.append(_phase_part(phase, len(parts) + 1, lines, cards, start))
            first_card += len(lines)
            start = _day_after(parts[-1].end_date)
    return tuple(parts)


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
        end_date=_end(start, phase.length_in_days),
        criterion=phase.criterion,
        minutes=max(1, _minutes(lines)),
        exercise_minutes=_minutes(exercises),
        cards=cards,
    )


def _minutes(lines: list[PrescribedExercise]) -> int:
    return round(sum(Decimal(minutes_per_day(line.dosage)) for line in lines))


def _end(start: str, days: int | None) -> str:
    """Return the last day; empty when start or length is open."""
    if not (start and days):
        return ""
    return (date.fromisoformat(start) + timedelta(days=days - 1)).isoformat()


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else ""
