"""A dosage in one line for practitioners, who read shorthand."""

from exercises.dosage.values import (
    Dosage,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
    plain,
)

SIDES: dict[str, str] = {
    Side.EACH: "each side",
    Side.LEFT: "left",
    Side.RIGHT: "right",
    Side.ALTERNATE: "alternate sides",
}
LOADS = dict(LoadUnit.choices())
GAP = "__"
BY = " \N{MULTIPLICATION SIGN} "
TO = "\N{EN DASH}"


def summary(dosage: Dosage) -> str:
    """Return for instance "3 x 10, hold 5 s, each side, 2 a day"."""
    parts = (
        _amount(dosage),
        _hold(dosage),
        SIDES.get(dosage.side, ""),
        _seconds("rest", dosage.rest_between_repetitions_seconds),
        _seconds("rest between sets", dosage.rest_between_sets_seconds),
        _load(dosage),
        _times(dosage),
        _days(dosage),
        *(time.label.lower() for time in TimeOfDay if time in dosage.time_of_day),
    )
    return ", ".join(part for part in parts if part)


def _amount(d: Dosage) -> str:
    sets = d.sets or 1
    if d.kind == Kind.DURATION:
        minutes = f"{plain(d.duration_minutes or GAP)} min"
        return f"{sets}{BY}{minutes}" if sets > 1 else minutes
    if d.repetitions_per_set:
        return "/".join(str(count) for count in d.repetitions_per_set)
    upper = f"{TO}{d.repetitions_max}" if d.repetitions_max else ""
    lowest = d.repetitions or (1 if d.kind == Kind.HOLD and not d.fill_in else GAP)
    return f"{sets}{BY}{lowest}{upper}"


def _hold(d: Dosage) -> str:
    if d.breath_pattern_seconds:
        return "breathe " + "-".join(str(s) for s in d.breath_pattern_seconds)
    if d.hold_breaths:
        return f"hold {d.hold_breaths} breaths"
    if d.kind == Kind.HOLD and not d.hold_seconds:
        return f"hold {GAP} s"
    return _seconds("hold", d.hold_seconds)


def _seconds(word: str, seconds: int | None) -> str:
    return f"{word} {seconds} s" if seconds else ""


def _load(d: Dosage) -> str:
    if d.load_unit in (LoadUnit.KILOGRAM, LoadUnit.POUND):
        return f"{plain(d.load_value or GAP)} {d.load_unit}"
    return LOADS.get(d.load_unit, "")


def _times(d: Dosage) -> str:
    if d.as_needed:
        limit = f", up to {d.times_per_day} a day" if d.times_per_day else ""
        return f"as needed{limit}"
    if d.every_hours:
        return f"every {d.every_hours} h"
    if d.times_per_day:
        return f"{d.times_per_day} a day"
    return f"{GAP} a day" if d.fill_in else ""


def _days(d: Dosage) -> str:
    if d.weekdays:
        return " ".join(Weekday(day).label[:3] for day in Weekday if day in d.weekdays)
    if not d.days_per_week or d.days_per_week == 7:
        return ""
    return f"{d.days_per_week} days a week"
