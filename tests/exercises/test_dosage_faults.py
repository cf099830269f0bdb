"""What is refused in a dosage, at which field."""

from decimal import Decimal
from typing import Any

import pytest

from exercises.dosage import Dosage, DosageError, errors_of, from_mapping, to_mapping

TEN = {"repetitions": 10, "times_per_day": 1}
HOLD = {"kind": "hold", "hold_seconds": 20, "times_per_day": 1}
MINUTES = {"kind": "duration", "duration_minutes": Decimal(5), "times_per_day": 1}

FAULTS = [
    (TEN | {"hold_seconds": -1}, "hold_seconds"),
    (TEN | {"hold_seconds": 601}, "hold_seconds"),
    (TEN | {"hold_seconds": 10_000}, "hold_seconds"),
    (TEN | {"sets": 0}, "sets"),
    (TEN | {"repetitions": 0}, "repetitions"),
    (TEN | {"repetitions": "10"}, "repetitions"),
    (TEN | {"repetitions": 10.0}, "repetitions"),
    (TEN | {"repetitions": True}, "repetitions"),
    (TEN | {"repetitions_max": 9}, "repetitions_max"),
    (HOLD | {"repetitions_max": 9}, "repetitions_max"),
    ({"times_per_day": 1}, "repetitions"),
    (TEN | {"repetitions_per_set": (6, 4)}, "repetitions_per_set"),
    ({"repetitions_per_set": (6,), "times_per_day": 1}, "repetitions_per_set"),
    ({"repetitions_per_set": (6, 0), "times_per_day": 1}, "repetitions_per_set"),
    ({"repetitions_per_set": [6, 4], "times_per_day": 1}, "repetitions_per_set"),
    (HOLD | {"hold_breaths": 2}, "hold_breaths"),
    (HOLD | {"hold_seconds": 0}, "hold_seconds"),
    ({"kind": "duration", "times_per_day": 1}, "duration_minutes"),
    (MINUTES | {"repetitions": 3}, "repetitions"),
    (MINUTES | {"duration_minutes": Decimal(0)}, "duration_minutes"),
    (MINUTES | {"duration_minutes": Decimal("NaN")}, "duration_minutes"),
    (MINUTES | {"duration_minutes": Decimal("1.25")}, "duration_minutes"),
    (MINUTES | {"breath_pattern_seconds": (5, 1)}, "breath_pattern_seconds"),
    (MINUTES | {"breath_pattern_seconds": (0, 1, 3)}, "breath_pattern_seconds"),
    (TEN | {"breath_pattern_seconds": (5, 1, 3)}, "breath_pattern_seconds"),
    (TEN | {"duration_minutes": Decimal(5)}, "duration_minutes"),
    (TEN | {"load_value": Decimal(2)}, "load_unit"),
    (TEN | {"load_unit": "kg"}, "load_value"),
    (TEN | {"load_unit": "band_red", "load_value": Decimal(2)}, "load_value"),
    (TEN | {"load_unit": "stone"}, "load_unit"),
    (TEN | {"side": "both"}, "side"),
    (TEN | {"kind": ""}, "kind"),
    (TEN | {"kind": ["hold"]}, "kind"),
    (TEN | {"times_per_day": 25}, "times_per_day"),
    ({"repetitions": 10}, "times_per_day"),
    (TEN | {"every_hours": 2}, "every_hours"),
    (TEN | {"days_per_week": 8}, "days_per_week"),
    (TEN | {"weekdays": ("monday",)}, "weekdays"),
    (TEN | {"weekdays": ("mon", "mon")}, "weekdays"),
    (TEN | {"weekdays": ("mon",), "days_per_week": 3}, "days_per_week"),
    (TEN | {"time_of_day": ("noon",)}, "time_of_day"),
    (TEN | {"time_of_day": ("morning", "evening")}, "time_of_day"),
    (TEN | {"as_needed": True, "weekdays": ("mon",)}, "weekdays"),
    (TEN | {"as_needed": True, "days_per_week": 3}, "days_per_week"),
    (TEN | {"as_needed": "yes"}, "as_needed"),
]


@pytest.mark.parametrize(("values", "field"), FAULTS)
def test_a_fault_is_told_at_its_field(values: dict[str, Any], field: str) -> None:
    assert list(errors_of(Dosage(**values))) == [field]


SOUND = [
    TEN,
    HOLD,
    MINUTES,
    {"fill_in": True},
    {"fill_in": True, "kind": "hold"},
    {"fill_in": True, "kind": "duration"},
    {"fill_in": True, "load_unit": "kg"},
    {"repetitions": 10, "as_needed": True},
    TEN | {"as_needed": True, "days_per_week": 7},
    TEN | {"weekdays": ("mon", "fri"), "days_per_week": 2},
    {"repetitions": 10, "time_of_day": ("morning",)},
    {"repetitions_per_set": (6, 4, 2), "every_hours": 2},
    TEN | {"hold_seconds": 600},
]


@pytest.mark.parametrize("values", SOUND)
def test_what_a_person_can_do_is_sound(values: dict[str, Any]) -> None:
    assert errors_of(Dosage(**values)) == {}


def test_the_limit_stands_in_the_sentence() -> None:
    faults = errors_of(Dosage(**TEN | {"hold_seconds": 10_000}))
    assert faults == {"hold_seconds": "At most 600 seconds."}


def test_several_faults_are_told_together() -> None:
    faults = errors_of(Dosage(sets=-1, repetitions=0, times_per_day=99))
    assert set(faults) == {"sets", "repetitions", "times_per_day"}


def faults_of(data: Any) -> dict[str, str]:
    """Return what reading the mapping complains about."""
    with pytest.raises(DosageError) as refused:
        from_mapping(data)
    return refused.value.errors


def test_an_unknown_key_is_named() -> None:
    assert list(faults_of(TEN | {"reps": 3})) == ["reps"]


def test_an_unknown_part_of_the_load_is_named() -> None:
    assert list(faults_of(TEN | {"load": {"value": 2, "kg": 1}})) == ["load.kg"]


@pytest.mark.parametrize("load", [3, "2 kg", False, [2, "kg"]])
def test_a_load_is_a_mapping(load: object) -> None:
    assert list(faults_of(TEN | {"load": load})) == ["load"]


def test_a_load_without_unit_is_told_at_the_unit() -> None:
    assert list(faults_of(TEN | {"load": {"value": 2}})) == ["load.unit"]


def test_a_mapping_is_needed() -> None:
    assert list(faults_of(["repetitions"])) == ["dosage"]


def test_a_mapping_is_read_with_its_load() -> None:
    dosage = from_mapping(TEN | {"load": {"value": 2.5, "unit": "kg"}, "sets": None})
    assert dosage == Dosage(**TEN, load_value=Decimal("2.5"), load_unit="kg")


def test_a_mapping_has_every_key() -> None:
    mapping = to_mapping(Dosage(**TEN))
    assert mapping["load"] is None
    assert mapping["side"] is None
    assert mapping["weekdays"] == []
    assert len(mapping) == 21
