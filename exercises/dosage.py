"""Dosage of an exercise: one structured record, its validation and its wording."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Choice(StrEnum):
    """Values of a column with a word for people."""

    label: str

    def __new__(cls, value: str, label: str) -> "Choice":
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


@dataclass(frozen=True, kw_only=True)
class Dosage:
    """How much and how often; the names are those of model, YAML, API and tests.

    Zero, None, empty and False mean "not part of it". ``repetitions_max`` makes a
    range; ``repetitions_per_set`` a falling scheme such as 6, 4, 2 (then without
    ``sets`` and ``repetitions``). Repetitions are per side when ``side`` is ``each``.
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


def errors_of(dosage: Dosage) -> dict[str, str]:
    """Return what is wrong, field by field; empty when the dosage can be done."""
    return {}
