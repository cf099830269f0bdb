"""The dosage in the patient's words.

Every sentence is a whole one with named gaps, and numbers with their unit come from
one place each, so that another language needs other sentences and no other code.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from exercises.dosage.values import (
    Dosage,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
    plain,
)

NBSP = "\u00a0"
GAP = "____"
KILOGRAMS_PER_POUND = Decimal("0.45359237")

Number = int | Decimal | str

# Unit -> how one and how several of it read
UNITS = {
    "second": (f"{{n}}{NBSP}second", f"{{n}}{NBSP}seconds"),
    "minute": (f"{{n}}{NBSP}minute", f"{{n}}{NBSP}minutes"),
    "breath": (f"{{n}}{NBSP}slow breath", f"{{n}}{NBSP}slow breaths"),
    "time": (f"{{n}}{NBSP}time", f"{{n}}{NBSP}times"),
    "day": (f"{{n}}{NBSP}day a week", f"{{n}}{NBSP}days a week"),
    "hour": ("hour", f"{{n}}{NBSP}hours"),
}
# Kind of sentence -> how it reads for one side, and for each of both
DOES = {
    "times": ("Do it {times}.", "Do it {times} on each side."),
    "minutes": ("Do it for {time}.", "Do it for {time} on each side."),
    "go_on": ("Go on for {time}.", "Go on for {time} on each side."),
    "hold": ("Hold for {hold}.", "Hold for {hold} on each side."),
    "hold_times": (
        "Hold for {hold}, {times}.",
        "Hold for {hold}, {times} on each side.",
    ),
    "hold_scheme": (
        "Hold for {hold} each time: {times}.",
        "Hold for {hold} each time: {times} on each side.",
    ),
}
SIDES = {
    Side.LEFT: "Left side only.",
    Side.RIGHT: "Right side only.",
    Side.ALTERNATE: "Change sides each time.",
}
TIMES_OF_DAY = {
    TimeOfDay.ON_WAKING: "when you wake up",
    TimeOfDay.FIRST_TWO_HOURS: f"in the first 2{NBSP}hours after you get up",
    TimeOfDay.MORNING: "in the morning",
    TimeOfDay.MIDDAY: "at midday",
    TimeOfDay.AFTERNOON: "in the afternoon",
    TimeOfDay.EVENING: "in the evening",
    TimeOfDay.BEDTIME: "before you go to bed",
}


def sentences(
    dosage: Dosage, *, units: str = "metric", until: str = ""
) -> tuple[str, ...]:
    """Return the lines a patient reads: what to do, then how often.

    A line holds whole sentences; a line with nothing to say is left out. ``units``
    is ``metric`` or ``imperial`` and orders the two weights. ``until`` is a date in
    the patient's language or words such as "your next visit". With ``fill_in`` the
    missing numbers are ruled gaps.
    """
    lines = (_what(dosage, units), _how_often(dosage, until))
    return tuple(line for said in lines if (line := " ".join(said)))


def _what(d: Dosage, units: str) -> Iterator[str]:
    yield from _amount(d)
    if d.side in SIDES:
        yield SIDES[Side(d.side)]
    yield from _rests(d)
    yield from _load(d, units)


def _amount(d: Dosage) -> Iterator[str]:
    if d.kind == Kind.DURATION:
        yield from _minutes(d)
    elif d.kind == Kind.HOLD and _hold(d):
        yield from _held(d)
    else:
        yield from _counted(d)


def _minutes(d: Dosage) -> Iterator[str]:
    form = "minutes"
    if len(d.breath_pattern_seconds) == 3:
        form = "go_on"
        yield _breathing(d.breath_pattern_seconds)
    if d.duration_minutes:
        yield _does(form, d, time=_time(d.duration_minutes * 60))
    elif d.fill_in:
        yield _does(form, d, time=_count("minute", GAP))
    yield from _each_hold(d)


def _held(d: Dosage) -> Iterator[str]:
    if d.repetitions_per_set:
        yield _does("hold_scheme", d, hold=_hold(d), times=_scheme(d))
    elif d.repetitions == 1 and not d.repetitions_max:
        yield _does("hold", d, hold=_hold(d))
    elif times := _times(d):
        yield _does("hold_times", d, hold=_hold(d), times=times)
    else:
        yield _does("hold", d, hold=_hold(d))
    yield from _range_start(d)


def _counted(d: Dosage) -> Iterator[str]:
    if times := _scheme(d) or _times(d):
        yield _does("times", d, times=times)
    yield from _range_start(d)
    yield from _each_hold(d)


def _each_hold(d: Dosage) -> Iterator[str]:
    if d.hold_seconds or d.hold_breaths:
        yield f"Hold for {_hold(d)} each time."
    elif d.fill_in and d.hold_seconds is None and d.kind == Kind.REPETITIONS:
        yield f"Hold {_count('second', GAP)}."


def _range_start(d: Dosage) -> Iterator[str]:
    if _is_range(d):
        yield f"Start with {d.repetitions}."


def _rests(d: Dosage) -> Iterator[str]:
    between = d.rest_between_repetitions_seconds
    if between and d.repetitions != 1 and d.kind != Kind.DURATION:
        yield f"Rest up to {_time(between)} after each one."
    rest = d.rest_between_sets_seconds
    if d.repetitions_per_set and rest:
        yield f"Rest {_time(rest)} in between."
    if d.sets and d.sets > 1:
        if rest:
            yield f"Rest {_time(rest)}."
        yield f"Do this {_how_many_times(d.sets)} in all."


def _load(d: Dosage, units: str) -> Iterator[str]:
    if d.load_unit in (LoadUnit.KILOGRAM, LoadUnit.POUND):
        if d.load_value:
            yield f"Use {_weights(d.load_value, d.load_unit, units)}."
        elif d.fill_in:
            yield f"Use {GAP}{NBSP}{d.load_unit}."
    elif d.load_unit in list(LoadUnit):
        yield f"Use the {LoadUnit(d.load_unit).label}."


def _how_often(d: Dosage, until: str) -> Iterator[str]:
    if d.as_needed:
        yield _as_needed(d)
    elif frequency := _join_frequency(_frequency(d), _days(d)):
        yield frequency
    if parts := [TIMES_OF_DAY[time] for time in TimeOfDay if time in d.time_of_day]:
        yield f"Do it {_listed(parts)}."
    if until:
        yield f"Until {until}."


def _as_needed(d: Dosage) -> str:
    if not d.times_per_day:
        return "Use it when you need it."
    return f"Use it when you need it, up to {_how_many_times(d.times_per_day)} a day."


def _frequency(d: Dosage) -> str:
    if d.every_hours:
        return f"Every {_count('hour', d.every_hours)} while you are awake"
    if d.times_per_day:
        return _capital(f"{_how_many_times(d.times_per_day)} a day")
    if d.fill_in:
        return f"{_count('time', GAP)} a day"
    return ""


def _days(d: Dosage) -> str:
    named = [day.label for day in Weekday if day in d.weekdays]
    if 7 in (len(named), d.days_per_week):
        return "every day"
    if named:
        return f"on {_listed(named)}"
    return _count("day", d.days_per_week) if d.days_per_week else ""


def _join_frequency(frequency: str, days: str) -> str:
    said = ", ".join(part for part in (frequency, days) if part)
    return f"{_capital(said)}." if said else ""


def _breathing(pattern: tuple[int, ...]) -> str:
    breath_in, pause, out = (_count("second", s) for s in pattern)
    if not pattern[1]:
        return f"Breathe in for {breath_in}, breathe out for {out}."
    return f"Breathe in for {breath_in}, pause for {pause}, breathe out for {out}."


def _does(form: str, d: Dosage, **parts: str) -> str:
    one_side, each_side = DOES[form]
    return (each_side if d.side == Side.EACH else one_side).format(**parts)


def _hold(d: Dosage) -> str:
    if d.hold_breaths:
        return _count("breath", d.hold_breaths)
    if d.hold_seconds:
        return _time(d.hold_seconds)
    return _count("second", GAP) if d.fill_in else ""


def _times(d: Dosage) -> str:
    if _is_range(d):
        return f"{d.repetitions}{NBSP}to{NBSP}{_count('time', d.repetitions_max or 0)}"
    if d.repetitions:
        return _how_many_times(d.repetitions)
    return _count("time", GAP) if d.fill_in else ""


def _is_range(d: Dosage) -> bool:
    return bool(d.repetitions and (d.repetitions_max or 0) > d.repetitions)


def _scheme(d: Dosage) -> str:
    return ", then ".join(_count("time", n) for n in d.repetitions_per_set)


def _how_many_times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n) or _count("time", n)


def _time(seconds: int | Decimal) -> str:
    """Word a time: whole minutes as such, else seconds up to 90, else both."""
    minutes, rest = divmod(seconds, 60)
    if not rest:
        return _count("minute", minutes)
    if seconds <= 90:
        return _count("second", seconds)
    return f"{_count('minute', minutes)}{NBSP}{_count('second', rest)}"


def _count(unit: str, n: Number) -> str:
    one, several = UNITS[unit]
    return (one if n == 1 else several).format(n=n if n == GAP else plain(n))


def _weights(value: Decimal, unit: str, units: str) -> str:
    given = f"{plain(value)}{NBSP}{unit}"
    if unit == LoadUnit.KILOGRAM:
        other = f"{_tenths(value / KILOGRAMS_PER_POUND)}{NBSP}lb"
    else:
        other = f"{_tenths(value * KILOGRAMS_PER_POUND)}{NBSP}kg"
    first_is_given = (unit == LoadUnit.POUND) == (units == "imperial")
    first, second = (given, other) if first_is_given else (other, given)
    return f"{first} ({second})"


def _tenths(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def _listed(parts: list[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
