"""What the safety rules look at; the names are those that rules use.

None means "not known": a test on it does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf

from exercises import tags
from exercises.dosage import Dosage, minutes_per_day, minutes_per_session
from exercises.dosage.minutes import BREATH_SECONDS

ACUTE = "acute"
# Of these only the total of a day counts the minutes
NOT_EXERCISE = frozenset(
    {"warm_up", "aerobic", "relaxation", "mind_body", "rest_position", "self_care"}
)


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """One prescribed exercise.

    ``slugs`` names the exercise and what it was made from, so that a rule on an
    exercise also holds for its copies.
    """

    pointer: str
    slugs: tuple[str, ...]
    name: str
    dosage: Dosage
    category: str = ""
    position: str = ""
    direction: str = ""
    difficulty: int = 1
    regions: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    easier: str = ""
    harder: str = ""
    is_custom: bool = False
    text: str = ""

    @property
    def slug(self) -> str:
        """The name of the exercise itself."""
        return self.slugs[0]

    @property
    def minutes_per_session(self) -> float:
        """Minutes of one session."""
        return minutes_per_session(self.dosage)

    @property
    def days_per_week(self) -> int:
        """Days on which it is due."""
        return len(self.dosage.weekdays) or self.dosage.days_per_week or 7

    @property
    def hold_seconds(self) -> int | None:
        """Seconds of one hold; breaths are counted as seconds."""
        breaths = self.dosage.hold_breaths or 0
        return self.dosage.hold_seconds or breaths * BREATH_SECONDS or None


@dataclass(frozen=True, kw_only=True)
class PhaseFacts:
    """One phase; ``days`` is None while the phase has no end."""

    pointer: str
    stage: str = ""
    days: int | None = None
    items: tuple[ItemFacts, ...] = ()

    @property
    def item_count(self) -> int:
        """How many exercises there are."""
        return len(self.items)

    @property
    def exercise_minutes_per_day(self) -> int:
        """Whole minutes on a day when all are due, of what is work for the patient."""
        work = [item for item in self.items if item.category not in NOT_EXERCISE]
        return round(sum(minutes_per_day(item.dosage) for item in work))

    @property
    def total_minutes_per_day(self) -> int:
        """Whole minutes on a day when all are due."""
        return round(sum(minutes_per_day(item.dosage) for item in self.items))


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """The patient; ``own_flags`` are those that somebody ticked."""

    own_flags: tuple[str, ...] = ()
    age: int | None = None
    has_guardian: bool = False
    language: str | None = None
    directional_preference: str = ""
    red_flag_open: bool = False
    red_flag_screen_age_days: int | None = None
    inversion_clearance: bool = False
    # Pain now, 0 to 10
    pain: int | None = None

    @property
    def flags(self) -> frozenset[str]:
        """The flags with all that they stand for."""
        return tags.implied(self.own_flags)


@dataclass(frozen=True, kw_only=True)
class LeafletFacts:
    """One attached leaflet, its numbers by name."""

    pointer: str
    slug: str
    title: str = ""
    text: str = ""
    ask_first_flags: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def heat_minutes(self) -> int | None:
        """Minutes of heat at a time."""
        return self.numbers.get("heat_minutes")

    @property
    def cold_minutes(self) -> int | None:
        """Minutes of cold at a time."""
        return self.numbers.get("cold_minutes")


@dataclass(frozen=True, kw_only=True)
class LogFacts:
    """One day of the patient's diary."""

    day: date
    pain: int | None = None
    flare_hours: int | None = None
    red_flag: bool = False


@dataclass(frozen=True, kw_only=True)
class HandoutFacts:
    """What will be printed."""

    reading_grade: float | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProgramFacts:
    """A program with all that is known around it.

    ``before`` maps the slug of each exercise of the last revision to its dosages
    there, in order.
    """

    patient: PatientFacts = field(default_factory=PatientFacts)
    phases: tuple[PhaseFacts, ...] = ()
    start: date | None = None
    review_on: date | None = None
    end: date | None = None
    leaflets: tuple[LeafletFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    handout: HandoutFacts = field(default_factory=HandoutFacts)
    before: Mapping[str, tuple[Dosage, ...]] = field(default_factory=dict)

    @property
    def items(self) -> tuple[ItemFacts, ...]:
        """All exercises in order."""
        return tuple(item for phase in self.phases for item in phase.items)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been chosen yet."""
        return not self.items and not self.leaflets

    @property
    def categories(self) -> frozenset[str]:
        """The categories of all exercises."""
        return frozenset(item.category for item in self.items)

    @property
    def days(self) -> float:
        """Length in days; a program without an end goes on for ever."""
        if self.start and self.end:
            return (self.end - self.start).days
        lengths = [phase.days for phase in self.phases]
        return sum(inf if length is None else length for length in lengths)
