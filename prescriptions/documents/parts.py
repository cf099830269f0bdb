"""The dataclasses of a handout's document, without database or templates.

Dates are ISO 8601 texts, durations minutes, so that JSON holds all of it. A
``language`` names the language of a text that the document's language lacks; it is
empty where the text speaks the document's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = 5
# The only language that all texts of the library exist in.
LANGUAGE = "en"
# What handouts looked like before a clinic could choose.
FIRST_ACCENT = "#0b4f6c"


@dataclass(frozen=True, kw_only=True)
class ClinicPart:
    """Who gives the handout; ``logo`` names a stored picture."""

    name: str
    address: str
    phone: str
    emergency_number: str
    logo: str = ""
    is_demo: bool = False
    accent_color: str = FIRST_ACCENT
    header_text: str = ""
    footer_text: str = ""
    units: str = "metric"


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
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What a timer counts, in seconds: repetitions of each set, on one or two sides."""

    repetitions: tuple[int, ...]
    hold: int
    rest: int = 0
    rest_between_sets: int = 0
    sides: int = 1


@dataclass(frozen=True, kw_only=True)
class Easier:
    """How to do the easier version: for screens; paper prints its name alone.

    Its dosage is that of the exercise it stands in for.
    """

    start: str
    steps: tuple[str, ...]
    stop_if: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class ExerciseCard:
    """One exercise of a phase as the patient reads it.

    ``languages`` tells field -> language of the texts that are not in the document's.
    ``weekdays`` are the days it is due, any day when empty. Without a ``pace`` there
    is nothing to time. ``prescribed`` is the dosage as a mapping of what is given, so
    that it can be told in another language; None in documents before the fifth schema.
    """

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
    why: str = ""
    easier: str = ""
    # None where a tag of the patient speaks against it, or its text is not signed
    easier_how: Easier | None = None
    harder: str = ""
    video_url: str = ""
    attribution: str = ""
    weekdays: tuple[str, ...] = ()
    as_needed: bool = False
    pace: Pace | None = None
    prescribed: Mapping[str, Any] | None = None
    languages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PhasePart:
    """A phase: title, length, rule to move on, minutes a day, cards.

    The dates are empty where a phase before it has no length. ``exercise_minutes``
    leaves out walking and rest; None when the document does not tell.
    """

    number: int
    title: str
    weeks: int | None
    criterion: str
    minutes: int
    cards: tuple[ExerciseCard, ...]
    stage: str = ""
    start_date: str = ""
    end_date: str = ""
    exercise_minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class TextBlock:
    """A piece of a signed text: heading, action (must stand out), item or paragraph."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class LeafletPart:
    """A piece of advice that the practitioner chose."""

    slug: str
    title: str
    blocks: tuple[TextBlock, ...]
    version: int = 1
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class NewsLine:
    """An exercise that was added, changed or removed; a change tells both dosages."""

    mark: str
    name: str
    number: int = 0
    before: str = ""
    after: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class NewsPart:
    """What is new against the handout of an earlier day."""

    since: str
    lines: tuple[NewsLine, ...]


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
    leaflets: tuple[LeafletPart, ...] = ()
    pain_rule_language: str = ""
    safety_net_language: str = ""
    # When the exercises were shown; a line to fill in by hand while empty
    shown_on: str = ""
    # Of what the practitioner wrote; empty where that is the document's own
    own_language: str = ""
    # Set when issued
    news: NewsPart | None = None
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
