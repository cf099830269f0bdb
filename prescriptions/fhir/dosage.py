"""A dosage as FHIR R4: a timing, and an extension for what R4 has no element for. Pure.

The extension alone holds the whole dosage, so that reading it back loses nothing.
``Timing.repeat.count`` is never used: it counts occurrences, not repetitions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from exercises.dosage import Dosage, from_mapping, to_mapping

Json = dict[str, Any]
EXTENSION = "urn:catcamel:fhir:extension:"
DOSAGE = f"{EXTENSION}dosage"
UCUM = "http://unitsofmeasure.org"
# Part of a dosage -> name in the extension, and type of its value
PARTS: Mapping[str, tuple[str, str]] = {
    "kind": ("kind", "Code"),
    "sets": ("sets", "Integer"),
    "repetitions": ("repetitions", "Integer"),
    "repetitions_max": ("repetitionsMax", "Integer"),
    "repetitions_per_set": ("repetitionsPerSet", "Integer"),
    "hold_seconds": ("hold", "s"),
    "hold_breaths": ("holdBreaths", "Integer"),
    "rest_between_repetitions_seconds": ("restBetweenRepetitions", "s"),
    "rest_between_sets_seconds": ("rest", "s"),
    "duration_minutes": ("duration", "min"),
    "side": ("side", "Code"),
    "tempo_seconds": ("tempo", "s"),
    "breath_pattern_seconds": ("breathPattern", "s"),
    "times_per_day": ("timesPerDay", "Integer"),
    "every_hours": ("everyHours", "Integer"),
    "days_per_week": ("daysPerWeek", "Integer"),
    "weekdays": ("weekday", "Code"),
    "time_of_day": ("timeOfDay", "Code"),
    "as_needed": ("asNeeded", "Boolean"),
    "fill_in": ("fillIn", "Boolean"),
}
LISTS = ("repetitions_per_set", "breath_pattern_seconds", "weekdays", "time_of_day")
WEIGHTS = {"kg": "kg", "lb": "[lb_av]"}
WHEN = {
    "on_waking": "WAKE",
    "first_two_hours": "MORN",
    "morning": "MORN",
    "midday": "NOON",
    "afternoon": "AFT",
    "evening": "EVE",
    "bedtime": "HS",
}


def extension_of(dosage: Dosage) -> Json:
    """Return the extension that holds the dosage."""
    values = to_mapping(dosage)
    parts = [
        {"url": name, **_value(kind, one)}
        for key, (name, kind) in PARTS.items()
        for one in _each(values[key])
    ]
    return {"url": DOSAGE, "extension": [*parts, *_load(values["load"])]}


def _each(value: Any) -> list[Any]:
    """Return the values to write; nothing for what is not part of the dosage."""
    if isinstance(value, list):
        return value
    return [] if value in (None, False) else [value]


def _value(kind: str, value: Any) -> Json:
    if kind in ("s", "min"):
        return {"valueDuration": quantity(value, kind)}
    return {f"value{kind}": value}


def quantity(value: Any, code: str) -> Json:
    """Return a quantity in a unit of UCUM."""
    return {"value": value, "unit": code, "system": UCUM, "code": code}


def _load(load: Mapping[str, Any] | None) -> list[Json]:
    if load is None:
        return []
    unit, value = load["unit"], load["value"]
    if unit in WEIGHTS and value is not None:
        return [{"url": "load", "valueQuantity": quantity(value, WEIGHTS[unit])}]
    parts = [{"url": "loadUnit", "valueCode": unit}] if unit else []
    if value is not None:
        parts.append({"url": "loadValue", "valueDecimal": value})
    return parts


def timing_of(dosage: Dosage, *, start: str, end: str) -> Json:
    """Return when to do it between two days; an empty end leaves it open."""
    bounds = {"start": start} | ({"end": end} if end else {})
    repeat: Json = {"boundsPeriod": bounds, **_frequency(dosage)}
    if dosage.duration_minutes:
        repeat["duration"] = to_mapping(dosage)["duration_minutes"]
        repeat["durationUnit"] = "min"
    if dosage.weekdays:
        repeat["dayOfWeek"] = list(map(str, dosage.weekdays))
    if dosage.time_of_day:
        codes = (WHEN[moment] for moment in dosage.time_of_day)
        repeat["when"] = list(dict.fromkeys(codes))
    return {"repeat": repeat}


def _frequency(dosage: Dosage) -> Json:
    if dosage.every_hours:
        return {"frequency": 1, "period": dosage.every_hours, "periodUnit": "h"}
    times = dosage.times_per_day or 1
    if dosage.days_per_week and not dosage.weekdays:
        count = times * dosage.days_per_week
        return {"frequency": count, "period": 1, "periodUnit": "wk"}
    if dosage.times_per_day or dosage.weekdays:
        return {"frequency": times, "period": 1, "periodUnit": "d"}
    return {}


def read_dosage(extensions: Iterable[Json]) -> Dosage | None:
    """Return the dosage among extensions, None without one.

    Raises DosageError for values that are no dosage.
    """
    held = next((e for e in extensions if e.get("url") == DOSAGE), None)
    if held is None:
        return None
    found: dict[str, list[Any]] = {}
    for part in held.get("extension", []):
        found.setdefault(part.get("url", ""), []).append(_plain(part))
    keys = {name: key for key, (name, _) in PARTS.items()}
    values = {
        keys[name]: given if keys[name] in LISTS else given[0]
        for name, given in found.items()
        if name in keys
    }
    return from_mapping(values | _read_load(found))


def _plain(part: Json) -> Any:
    value = next((v for name, v in part.items() if name.startswith("value")), None)
    is_duration = "valueDuration" in part and isinstance(value, dict)
    return value.get("value") if is_duration and value else value


def _read_load(found: Mapping[str, list[Any]]) -> Json:
    if "load" in found:
        codes = {code: unit for unit, code in WEIGHTS.items()}
        held = found["load"][0]
        return {"load": {"value": held["value"], "unit": codes.get(held["code"])}}
    parts = {"value": "loadValue", "unit": "loadUnit"}
    load = {part: found[name][0] for part, name in parts.items() if name in found}
    return {"load": load} if load else {}
