"""What a handout says: database-free documents, composed from a program.

``compose`` reads the program once; from then on a handout depends on the document
alone. Dates are ISO 8601 texts, durations minutes, so that JSON holds all of it.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from clinic.models import Clinic, ClinicText
from exercises import pictures, tags
from exercises.dosage import minutes_per_day, sentences
from exercises.figures import Look
from prescriptions.models import Phase, PrescribedExercise, Program

SCHEMA = 1
# The only language that all texts of the library exist in.
LANGUAGE = "en"


class UnknownSchemaError(ValueError):
    """The document was written by a later version of the product."""


@dataclass(frozen=True, kw_only=True)
class ClinicPart:
    """Who gives the handout; ``logo`` names a stored picture."""

    name: str
    address: str
    phone: str
    emergency_number: str
    logo: str = ""
    is_demo: bool = False


@dataclass(frozen=True, kw_only=True)
class PatientPart:
    """For whom: name, birth date and the clinic's number."""

    name: str
    date_of_birth: str
    number: str


@dataclass(frozen=True, kw_only=True)
class PractitionerPart:
    """Whom to ask: name and credential."""

    name: str
    credential: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A stored picture (name by SHA-256), its size in view box units and its words."""

    asset: str
    width: int
    height: int
    alt: str
    caption: str = ""
    # Of the words, which may not exist in the document's; empty when they do
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class ExerciseCard:
    """One exercise of a phase as the patient reads it."""

    number: int
    slug: str
    version: int
    name: str
    equipment: tuple[str, ...]
    dosage: tuple[str, ...]
    start: str
    steps: tuple[str, ...]
    breathing: str
    feel: str
    mistakes: tuple[str, ...]
    stop_if: tuple[str, ...]
    precautions: tuple[str, ...]
    note: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PhasePart:
    """A phase: title, length, rule to move on, minutes a day, cards."""

    number: int
    title: str
    weeks: int | None
    criterion: str
    minutes: int
    cards: tuple[ExerciseCard, ...]


@dataclass(frozen=True, kw_only=True)
class TextBlock:
    """A piece of a signed text: heading, action (must stand out), item or paragraph."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class HandoutDocument:
    """All that a handout says, in order."""

    language: str
    clinic: ClinicPart
    patient: PatientPart
    practitioner: PractitionerPart
    title: str
    goal: str
    start_date: str
    review_date: str
    end_date: str
    phases: tuple[PhasePart, ...]
    pain_rule: tuple[TextBlock, ...]
    safety_net: tuple[TextBlock, ...]
    # Set when issued
    revision: int = 0
    issued_on: str = ""
    schema: int = SCHEMA

    @property
    def cards(self) -> tuple[ExerciseCard, ...]:
        """The cards of all phases in order."""
        return tuple(card for phase in self.phases for card in phase.cards)

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the stored pictures that printing needs."""
        pictures = [picture.asset for card in self.cards for picture in card.pictures]
        logo = [self.clinic.logo] if self.clinic.logo else []
        return tuple(dict.fromkeys(logo + pictures))


@dataclass(frozen=True, kw_only=True)
class HandoutOptions:
    """Print options; they choose the look, never the content."""

    paper: str = Clinic.Paper.A4

    def key(self, *, template_version: str, link_id: str) -> str:
        """Digest that tells two renderings of one revision apart."""
        return _sha256(asdict(self) | {"template": template_version, "link": link_id})


@dataclass(frozen=True, kw_only=True)
class PrintedLink:
    """The way back to the program that the handout prints."""

    url: str
    short_url: str
    code: str
    expires_on: str


@dataclass(frozen=True, kw_only=True)
class HandoutSpec:
    """Everything that the bytes of a PDF depend on."""

    document: HandoutDocument
    options: HandoutOptions
    link: PrintedLink | None
    key: str


def compose(program: Program, texts: dict[str, ClinicText]) -> HandoutDocument:
    """Return the document of a program as it stands, not yet issued.

    ``texts`` holds the clinic's signed texts by kind; the program comes from
    ``Program.objects…with_contents()``.
    """
    clinic = program.clinic
    return HandoutDocument(
        language=LANGUAGE,
        clinic=_clinic_part(clinic),
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
        phases=_phases(program),
        pain_rule=blocks(texts[ClinicText.Kind.PAIN_RULE].body, clinic),
        safety_net=blocks(texts[ClinicText.Kind.SAFETY_NET].body, clinic),
    )


def _clinic_part(clinic: Clinic) -> ClinicPart:
    return ClinicPart(
        name=clinic.name,
        address=clinic.address,
        phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        logo=clinic.logo,
        is_demo=clinic.is_demo,
    )


def _phases(program: Program) -> tuple[PhasePart, ...]:
    """Phases that hold exercises, numbered in order; cards are numbered throughout."""
    flags = tags.implied(program.patient.flags)
    parts: list[PhasePart] = []
    first_card = 1
    for phase in program.phases.all():
        lines = list(phase.exercises.all())
        if lines:
            cards = tuple(
                _card(line, number, flags, program.clinic)
                for number, line in enumerate(lines, start=first_card)
            )
            parts.append(_phase_part(phase, len(parts) + 1, lines, cards))
            first_card += len(lines)
    return tuple(parts)


def _phase_part(
    phase: Phase,
    number: int,
    lines: list[PrescribedExercise],
    cards: tuple[ExerciseCard, ...],
) -> PhasePart:
    minutes = sum(Decimal(minutes_per_day(line.dosage)) for line in lines)
    return PhasePart(
        number=number,
        title=phase.title,
        weeks=phase.weeks,
        criterion=phase.criterion,
        minutes=max(1, round(minutes)),
        cards=cards,
    )


def _card(
    line: PrescribedExercise, number: int, flags: frozenset[str], clinic: Clinic
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
        pictures=tuple(_pictures(line, clinic)),
    )


def _pictures(line: PrescribedExercise, clinic: Clinic) -> list[Picture]:
    """Pictures in the clinic's look that show the prescribed side."""
    figures = line.exercise.figures
    look = Look(clinic.figure_body, clinic.figure_skin, clinic.figure_hair)
    mirrored = pictures.shows_other_side(figures, line.side)
    drawn = pictures.in_look(figures, look, mirrored=mirrored)
    return [picture_of(figure, LANGUAGE) for figure in drawn if figure.get("asset")]


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


def _library_text(card: ExerciseCard) -> str:
    lists = (card.equipment, card.steps, card.mistakes, card.stop_if, card.precautions)
    texts = [card.name, card.start, card.breathing, card.feel]
    captions = [picture.caption for picture in card.pictures]
    return " ".join([*texts, *captions, *(text for one in lists for text in one)])


def issued(document: HandoutDocument, *, revision: int, on: str) -> HandoutDocument:
    """Return the document as given to the patient."""
    return replace(document, revision=revision, issued_on=on)


def content_digest(document: HandoutDocument) -> str:
    """SHA-256 of what a practitioner can change: number and date of issue left out."""
    return digest(issued(document, revision=0, on=""))


def digest(document: HandoutDocument) -> str:
    """SHA-256 of the whole document."""
    return _sha256(to_json(document))


def to_json(document: HandoutDocument) -> dict[str, Any]:
    """Return the document as JSON data."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(document)))
    return data


def from_json(data: dict[str, Any]) -> HandoutDocument:
    """Return the document of ``to_json``; raise UnknownSchemaError for a later one."""
    if data.get("schema") != SCHEMA:
        raise UnknownSchemaError(f"Document schema {data.get('schema')!r}")
    return HandoutDocument(
        **data
        | {
            "clinic": ClinicPart(**data["clinic"]),
            "patient": PatientPart(**data["patient"]),
            "practitioner": PractitionerPart(**data["practitioner"]),
            "phases": tuple(_phase_from(phase) for phase in data["phases"]),
            "pain_rule": tuple(TextBlock(**block) for block in data["pain_rule"]),
            "safety_net": tuple(TextBlock(**block) for block in data["safety_net"]),
        }
    )


def _phase_from(data: dict[str, Any]) -> PhasePart:
    return PhasePart(**data | {"cards": tuple(map(_card_from, data["cards"]))})


def _card_from(data: dict[str, Any]) -> ExerciseCard:
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
    }
    pictures = tuple(Picture(**picture) for picture in data["pictures"])
    return ExerciseCard(**values | {"pictures": pictures})


def _sha256(data: Any) -> str:
    """SHA-256 over canonical JSON: sorted keys, NFC text, UTF-8."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
