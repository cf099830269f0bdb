"""Dosage as a value: its parts and the closed lists they are chosen from."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Choice(StrEnum):
    """Values of a column with a word for people."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Choice":
        """Make the member from its value and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return value and label of each member, for a form."""
        return [(member.value, member.label) for member in cls]


class Kind(Choice):
    """What is counted."""

    REPETITIONS = "repetitions", "Repetitions"
    HOLD = "hold", "Held repetitions"
    DURATION = "duration", "Minutes"


class Side(Choice):
    """Which side of the body; empty means that there are no sides."""

    EACH = "each", "Each side"
    LEFT = "left", "Left side"
    RIGHT = "right", "Right side"
    ALTERNATE = "alternate", "Change sides each time"


class LoadUnit(Choice):
    """Unit of the load; a band's color stands for its resistance."""

    KILOGRAM = "kg", "kg"
    POUND = "lb", "lb"
    YELLOW_BAND = "band_yellow", "yellow band"
    RED_BAND = "band_red", "red band"
    GREEN_BAND = "band_green", "green band"
    BLUE_BAND = "band_blue", "blue band"
    BLACK_BAND = "band_black", "black band"


class Weekday(Choice):
    """Days of the week, in the order they are printed."""

    MONDAY = "mon", "Monday"
    TUESDAY = "tue", "Tuesday"
    WEDNESDAY = "wed", "Wednesday"
    THURSDAY = "thu", "Thursday"
    FRIDAY = "fri", "Friday"
    SATURDAY = "sat", "Saturday"
    SUNDAY = "sun", "Sunday"


class TimeOfDay(Choice):
    """Parts of the day; the first two matter to the discs (bending early)."""

    ON_WAKING = "on_waking", "When you wake up"
    FIRST_TWO_HOURS = "first_two_hours", "In the first 2 hours of the day"
    MORNING = "morning", "In the morning"
    MIDDAY = "midday", "At midday"
    AFTERNOON = "afternoon", "In the afternoon"
    EVENING = "evening", "In the evening"
    BEDTIME = "bedtime", "Before you go to bed"


@dataclass(frozen=True, kw_only=True)
class Dosage:
    """How much and how often; the names are those of model, YAML, API and tests.

    Zero, None, empty and False mean "not part of it". ``repetitions_max`` makes a
    range; ``repetitions_per_set`` a falling scheme such as 6, 4, 2 (then without
    ``sets`` and ``repetitions``). Repetitions are per side when ``side`` is ``each``,
    of both sides together when it is ``alternate``. ``tempo_seconds`` is the moving
    time of one repetition without its hold: it feeds the minutes and is not printed.
    """

    kind: str = Kind.REPETITIONS
    sets: int | None = None
    repetitions: int | None = None
    repetitions_max: int | None = None
    repetitions_per_set: tuple[int, ...] = ()
    hold_seconds: int | None = None
    hold_breaths: int | None = None
    rest_between_repetitions_seconds: int | None = None
    rest_between_sets_seconds: int | None = None
    load_value: Decimal | None = None
    load_unit: str = ""
    duration_minutes: Decimal | None = None
    side: str = ""
    tempo_seconds: int | None = None
    breath_pattern_seconds: tuple[int, ...] = ()
    times_per_day: int | None = None
    every_hours: int | None = None
    days_per_week: int | None = None
    weekdays: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    as_needed: bool = False
    fill_in: bool = False


def plain(number: int | Decimal | str) -> str:
    """Write a number without needless zeros: 2.50 as 2.5, 20.0 as 20."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
