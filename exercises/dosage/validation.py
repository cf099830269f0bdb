"""What a person can do and a sentence can say: the faults of a dosage, by field."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exercises.dosage.values import (
    Choice,
    Dosage,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
)

Fault = tuple[str, str]


@dataclass(frozen=True)
class Whole:
    """Bounds of a whole number with the word for its unit."""

    least: int
    most: int
    unit: str = ""

    def fault(self, value: Any) -> str:
        """Return what is wrong with the value, or nothing."""
        if not isinstance(value, int) or isinstance(value, bool):
            return "Give a whole number."
        if self.least <= value <= self.most:
            return ""
        bound = (
            f"At least {self.least}" if value < self.least else f"At most {self.most}"
        )
        return f"{bound} {self.unit}".rstrip() + "."


@dataclass(frozen=True)
class Exact:
    """Bounds of a decimal number, its places and the word for its unit."""

    most: int
    places: int
    unit: str = ""

    def fault(self, value: Any) -> str:
        """Return what is wrong with the value, or nothing."""
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            return "Give a number."
        number = Decimal(value)
        if not number.is_finite():
            return "Give a number."
        if not 0 < number <= self.most:
            return f"More than 0, at most {self.most} {self.unit}".rstrip() + "."
        if round(number, self.places) != number:
            return f"At most {self.places} decimal places."
        return ""


# The limits keep typing errors out; they are wide and no clinical advice.
MOST_SETS = 20
NUMBERS: dict[str, Whole | Exact] = {
    "sets": Whole(1, MOST_SETS),
    "repetitions": Whole(1, 200),
    "repetitions_max": Whole(1, 200),
    "hold_seconds": Whole(0, 600, "seconds"),
    "hold_breaths": Whole(0, 50, "breaths"),
    "rest_between_repetitions_seconds": Whole(0, 600, "seconds"),
    "rest_between_sets_seconds": Whole(0, 900, "seconds"),
    "load_value": Exact(500, 2),
    "duration_minutes": Exact(240, 1, "minutes"),
    "tempo_seconds": Whole(0, 60, "seconds"),
    "times_per_day": Whole(1, 24, "times a day"),
    "every_hours": Whole(1, 12, "hours"),
    "days_per_week": Whole(1, 7, "days a week"),
}
LISTS: dict[str, Whole] = {
    "repetitions_per_set": Whole(1, 200),
    "breath_pattern_seconds": Whole(0, 60, "seconds"),
}
WORDS: dict[str, type[Choice]] = {"kind": Kind, "side": Side, "load_unit": LoadUnit}
WORD_LISTS: dict[str, type[Choice]] = {"weekdays": Weekday, "time_of_day": TimeOfDay}
FLAGS = ("as_needed", "fill_in")
WEIGHTS = (LoadUnit.KILOGRAM, LoadUnit.POUND)


def errors_of(dosage: Dosage) -> dict[str, str]:
    """Return what is wrong, field by field; empty when the dosage can be done.

    Values of a wrong type are faults like any other, never an exception. How the
    fields fit together is judged only when each of them is sound.
    """
    faults = dict(_of_single_fields(dosage))
    if faults:
        return faults
    # the first fault of a field is told: later ones mostly follow from it
    return dict(reversed([f for rule in RULES for f in rule(dosage)]))


def _of_single_fields(dosage: Dosage) -> Iterator[Fault]:
    checks: list[tuple[Iterable[str], Callable[[str, Any], str]]] = [
        (NUMBERS, lambda name, value: _number_fault(NUMBERS[name], value)),
        (LISTS, lambda name, value: _list_fault(LISTS[name], value)),
        (WORDS, _word_fault),
        (WORD_LISTS, lambda name, value: _words_fault(WORD_LISTS[name], value)),
        (FLAGS, lambda name, value: _flag_fault(value)),
    ]
    for names, fault_of in checks:
        for name in names:
            if fault := fault_of(name, getattr(dosage, name)):
                yield name, fault


def _number_fault(bounds: Whole | Exact, value: Any) -> str:
    return "" if value is None else bounds.fault(value)


def _list_fault(bounds: Whole, values: Any) -> str:
    if not isinstance(values, tuple):
        return "Give a list of whole numbers."
    return next((fault for value in values if (fault := bounds.fault(value))), "")


def _word_fault(name: str, value: Any) -> str:
    if value == "" and name != "kind":
        return ""
    return "" if _is_one_of(WORDS[name], value) else f"Give {_one_of(WORDS[name])}."


def _words_fault(words: type[Choice], values: Any) -> str:
    if not isinstance(values, tuple):
        return "Give a list."
    if not all(_is_one_of(words, value) for value in values):
        return f"Each is {_one_of(words)}."
    return "" if len(set(values)) == len(values) else "Each one only once."


def _flag_fault(value: Any) -> str:
    return "" if isinstance(value, bool) else "Give true or false."


def _is_one_of(words: type[Choice], value: Any) -> bool:
    return isinstance(value, str) and value in list(words)


def _one_of(words: type[Choice]) -> str:
    *others, last = [member.value for member in words]
    return f"{', '.join(others)} or {last}"


def _count_faults(d: Dosage) -> Iterator[Fault]:
    if d.repetitions_per_set:
        if d.sets or d.repetitions or d.repetitions_max:
            yield "repetitions_per_set", "Either a scheme or sets and repetitions."
        if len(d.repetitions_per_set) < 2:
            yield "repetitions_per_set", "A scheme has at least 2 sets."
        if len(d.repetitions_per_set) > MOST_SETS:
            yield "repetitions_per_set", f"A scheme has at most {MOST_SETS} sets."
    if d.repetitions_max and not d.repetitions:
        yield "repetitions_max", "Give the lower number of the range too."
    if d.repetitions_max and d.repetitions and d.repetitions_max < d.repetitions:
        yield "repetitions_max", "The upper number is below the lower one."
    counted = d.repetitions or d.repetitions_per_set or d.fill_in
    if d.kind == Kind.REPETITIONS and not counted:
        yield "repetitions", "Say how many times."


def _hold_faults(d: Dosage) -> Iterator[Fault]:
    if d.hold_seconds and d.hold_breaths:
        yield "hold_breaths", "Hold for seconds or for breaths, not both."
    if d.kind == Kind.HOLD and not (d.hold_seconds or d.hold_breaths or d.fill_in):
        yield "hold_seconds", "Say how long to hold."


def _duration_faults(d: Dosage) -> Iterator[Fault]:
    if d.kind != Kind.DURATION:
        for name in ("duration_minutes", "breath_pattern_seconds"):
            if getattr(d, name):
                yield name, "Goes only with a dosage counted in minutes."
        return
    if not (d.duration_minutes or d.fill_in):
        yield "duration_minutes", "Say how many minutes."
    for name in ("repetitions", "repetitions_max", "repetitions_per_set"):
        if getattr(d, name):
            yield name, "A dosage counted in minutes has no repetitions."
    if d.rest_between_repetitions_seconds:
        yield (
            "rest_between_repetitions_seconds",
            "A dosage counted in minutes has no repetitions.",
        )


def _breath_faults(d: Dosage) -> Iterator[Fault]:
    pattern = d.breath_pattern_seconds
    if pattern and (len(pattern) != 3 or not (pattern[0] and pattern[2])):
        yield "breath_pattern_seconds", "Give 3 numbers: in, pause, out."


def _load_faults(d: Dosage) -> Iterator[Fault]:
    if d.load_value and not d.load_unit:
        yield "load_unit", "Give the unit of the load."
    if d.load_value and d.load_unit and d.load_unit not in WEIGHTS:
        yield "load_value", "A band has a color and no number."
    if d.load_unit in WEIGHTS and not (d.load_value or d.fill_in):
        yield "load_value", "Give the load."


def _frequency_faults(d: Dosage) -> Iterator[Fault]:
    if d.times_per_day and d.every_hours:
        yield "every_hours", "Either times a day or every so many hours."
    if d.weekdays and d.days_per_week and len(d.weekdays) != d.days_per_week:
        yield "days_per_week", "Does not fit the days that are named."
    if d.times_per_day and d.times_per_day < len(d.time_of_day):
        yield "time_of_day", "More times of the day than times a day."
    if d.every_hours and d.time_of_day:
        yield "time_of_day", "Either times of the day or every so many hours."
    often = d.times_per_day or d.every_hours or d.days_per_week or d.weekdays
    if not (often or d.time_of_day or d.as_needed or d.fill_in):
        yield "times_per_day", "Say how often, or mark it “as needed”."


def _as_needed_faults(d: Dosage) -> Iterator[Fault]:
    if not d.as_needed:
        return
    for name in ("every_hours", "weekdays", "time_of_day"):
        if getattr(d, name):
            yield name, "“As needed” has no fixed times."
    if d.days_per_week and d.days_per_week < 7:
        yield "days_per_week", "“As needed” has no fixed times."


RULES: tuple[Callable[[Dosage], Iterator[Fault]], ...] = (
    _count_faults,
    _hold_faults,
    _duration_faults,
    _breath_faults,
    _load_faults,
    _frequency_faults,
    _as_needed_faults,
)
