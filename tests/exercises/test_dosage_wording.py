"""The patient's sentences, word for word."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from exercises.dosage import Dosage, errors_of, sentences, summary

NBSP = "\u00a0"
DAILY = {"times_per_day": 1, "days_per_week": 7}
FALLING = {"repetitions_per_set": (6, 4, 2), "rest_between_sets_seconds": 30}


def dosage(**values: Any) -> Dosage:
    """Return a dosage, once a day unless said otherwise."""
    made = Dosage(**{"times_per_day": 1, "days_per_week": 7} | values)
    assert not errors_of(made)
    return made


def read(made: Dosage, **options: str) -> tuple[str, ...]:
    """Return the lines with plain spaces."""
    return tuple(line.replace(NBSP, " ") for line in sentences(made, **options))


WHAT = [
    ({"repetitions": 10}, "Do it 10 times."),
    ({"repetitions": 1}, "Do it once."),
    ({"repetitions": 2, "side": "each"}, "Do it twice on each side."),
    (
        {"sets": 3, "repetitions": 10, "rest_between_sets_seconds": 60},
        "Do it 10 times. Rest 1 minute. Do this 3 times in all.",
    ),
    (
        {"kind": "hold", "repetitions": 3, "hold_seconds": 20, "side": "each"},
        "Hold for 20 seconds, 3 times on each side.",
    ),
    (
        {"kind": "hold", "hold_seconds": 10, "side": "each", **FALLING},
        "Hold for 10 seconds each time: 6 times, then 4 times, then 2 times on each "
        "side. Rest 30 seconds in between.",
    ),
    (FALLING, "Do it 6 times, then 4 times, then 2 times. Rest 30 seconds in between."),
    (
        {"repetitions": 5, "rest_between_repetitions_seconds": 10},
        "Do it 5 times. Rest up to 10 seconds after each one.",
    ),
    (
        {"kind": "hold", "hold_breaths": 2, "repetitions": 4},
        "Hold for 2 slow breaths, 4 times.",
    ),
    ({"kind": "hold", "hold_breaths": 1}, "Hold for 1 slow breath."),
    (
        {"repetitions": 8, "repetitions_max": 12},
        "Do it 8 to 12 times. Start with 8.",
    ),
    ({"repetitions": 8, "repetitions_max": 8}, "Do it 8 times."),
    (
        {"repetitions": 5, "hold_seconds": 2, "side": "each"},
        "Do it 5 times on each side. Hold for 2 seconds each time.",
    ),
    ({"kind": "duration", "duration_minutes": Decimal(10)}, "Do it for 10 minutes."),
    (
        {"kind": "duration", "duration_minutes": Decimal("1.5")},
        "Do it for 90 seconds.",
    ),
    (
        {"kind": "duration", "duration_minutes": Decimal("2.5")},
        "Do it for 2 minutes 30 seconds.",
    ),
    (
        {
            "kind": "duration",
            "duration_minutes": Decimal(5),
            "breath_pattern_seconds": (5, 1, 3),
        },
        "Breathe in for 5 seconds, pause for 1 second, breathe out for 3 seconds. "
        "Go on for 5 minutes.",
    ),
    (
        {
            "kind": "duration",
            "duration_minutes": Decimal(5),
            "breath_pattern_seconds": (4, 0, 6),
        },
        "Breathe in for 4 seconds, breathe out for 6 seconds. Go on for 5 minutes.",
    ),
    ({"repetitions": 10, "side": "left"}, "Do it 10 times. Left side only."),
    ({"repetitions": 10, "side": "right"}, "Do it 10 times. Right side only."),
    (
        {"repetitions": 10, "side": "alternate"},
        "Do it 10 times. Change sides each time.",
    ),
    (
        {"repetitions": 10, "load_value": Decimal("2.00"), "load_unit": "kg"},
        "Do it 10 times. Use 2 kg (4.4 lb).",
    ),
    (
        {"repetitions": 10, "load_unit": "band_red"},
        "Do it 10 times. Use the red band.",
    ),
    (
        {
            "kind": "hold",
            "sets": 3,
            "repetitions": 1,
            "hold_seconds": 20,
            "rest_between_sets_seconds": 30,
        },
        "Hold for 20 seconds. Rest 30 seconds. Do this 3 times in all.",
    ),
    (
        {
            "repetitions": 10,
            "sets": 1,
            "hold_seconds": 0,
            "rest_between_sets_seconds": 60,
            "rest_between_repetitions_seconds": 0,
        },
        "Do it 10 times.",
    ),
    ({"fill_in": True}, "Do it ____ times. Hold ____ seconds."),
    (
        {"fill_in": True, "kind": "hold", "side": "each"},
        "Hold for ____ seconds, ____ times on each side.",
    ),
    ({"fill_in": True, "kind": "duration"}, "Do it for ____ minutes."),
    (
        {"fill_in": True, "repetitions": 10, "hold_seconds": 0, "load_unit": "kg"},
        "Do it 10 times. Use ____ kg.",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), WHAT)
def test_what_to_do_reads_as_in_the_table(
    values: dict[str, Any], sentence: str
) -> None:
    assert read(dosage(**values))[0] == sentence


HOW_OFTEN = [
    ({"times_per_day": 3, "days_per_week": 7}, "3 times a day, every day."),
    ({"times_per_day": 2}, "Twice a day."),
    ({"every_hours": 2}, "Every 2 hours while you are awake."),
    ({"every_hours": 1}, "Every hour while you are awake."),
    ({"times_per_day": 1, "days_per_week": 3}, "Once a day, 3 days a week."),
    ({"days_per_week": 1}, "1 day a week."),
    (
        {"times_per_day": 1, "weekdays": ("fri", "mon", "wed")},
        "Once a day, on Monday, Wednesday and Friday.",
    ),
    ({"weekdays": ("tue",)}, "On Tuesday."),
    (
        {"weekdays": ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
        "Every day.",
    ),
    ({"as_needed": True}, "Use it when you need it."),
    (
        {"as_needed": True, "times_per_day": 2},
        "Use it when you need it, up to twice a day.",
    ),
    ({"fill_in": True}, "____ times a day."),
    (
        {"times_per_day": 2, "time_of_day": ("evening", "morning")},
        "Twice a day. Do it in the morning and in the evening.",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), HOW_OFTEN)
def test_how_often_reads_as_in_the_table(values: dict[str, Any], sentence: str) -> None:
    made = Dosage(repetitions=10, hold_seconds=0, **values)
    assert not errors_of(made)
    assert read(made)[1] == sentence


AMOUNTS = {
    "repetitions": ({"repetitions": 10}, "Do it 10 times{}."),
    "hold": (
        {"kind": "hold", "repetitions": 3, "hold_seconds": 60},
        "Hold for 1 minute, 3 times{}.",
    ),
    "duration": (
        {"kind": "duration", "duration_minutes": Decimal("0.5")},
        "Do it for 30 seconds{}.",
    ),
}
SIDES = {
    "": ("", ""),
    "each": (" on each side", ""),
    "left": ("", " Left side only."),
    "right": ("", " Right side only."),
    "alternate": ("", " Change sides each time."),
}
SETS = {
    (1, 0): "",
    (1, 60): "",
    (2, 0): " Do this twice in all.",
    (4, 60): " Rest 1 minute. Do this 4 times in all.",
    (4, 75): " Rest 75 seconds. Do this 4 times in all.",
    (4, 100): " Rest 1 minute 40 seconds. Do this 4 times in all.",
}


@pytest.mark.parametrize(("amount", "side", "sets"), [*product(AMOUNTS, SIDES, SETS)])
def test_every_combination_keeps_the_order(
    amount: str, side: str, sets: tuple[int, int]
) -> None:
    values, template = AMOUNTS[amount]
    on_side, side_sentence = SIDES[side]
    what = template.format(on_side) + side_sentence + SETS[sets]
    parts = {"side": side, "sets": sets[0], "rest_between_sets_seconds": sets[1]}
    for frequency, how_often in HOW_OFTEN:
        made = Dosage(**{"hold_seconds": 0} | values | parts | frequency)
        assert read(made) == (what, how_often)


def test_no_line_breaks_between_a_number_and_its_unit() -> None:
    made = dosage(kind="hold", repetitions=3, hold_seconds=20, times_per_day=3)
    assert sentences(made) == (
        f"Hold for 20{NBSP}seconds, 3{NBSP}times.",
        f"3{NBSP}times a day, every day.",
    )


def test_the_end_is_told_last() -> None:
    lines = read(dosage(repetitions=10), until="your next visit")
    assert lines[1] == "Once a day, every day. Until your next visit."


@pytest.mark.parametrize(
    ("value", "unit", "units", "said"),
    [
        ("5", "lb", "imperial", "5 lb (2.3 kg)"),
        ("5", "lb", "metric", "2.3 kg (5 lb)"),
        ("2.5", "kg", "imperial", "5.5 lb (2.5 kg)"),
        ("20.0", "kg", "metric", "20 kg (44.1 lb)"),
    ],
)
def test_the_clinic_s_weight_unit_comes_first(
    value: str, unit: str, units: str, said: str
) -> None:
    made = dosage(repetitions=10, load_value=Decimal(value), load_unit=unit)
    assert read(made, units=units)[0] == f"Do it 10 times. Use {said}."


def test_a_dosage_without_frequency_has_one_line() -> None:
    assert read(Dosage(repetitions=10)) == ("Do it 10 times.",)


BY, TO = "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
SUMMARIES = [
    (
        {"sets": 3, "repetitions": 10, "hold_seconds": 5, "side": "each"},
        f"3 {BY} 10, hold 5 s, each side, 2 a day",
    ),
    ({"repetitions": 8, "repetitions_max": 12}, f"1 {BY} 8{TO}12, 2 a day"),
    (FALLING, "6/4/2, rest between sets 30 s, 2 a day"),
    (
        {"kind": "duration", "duration_minutes": Decimal("10.0"), "weekdays": ("mon",)},
        "10 min, 2 a day, Mon",
    ),
    (
        {"repetitions": 5, "load_value": Decimal("2.50"), "load_unit": "kg"},
        f"1 {BY} 5, 2.5 kg, 2 a day",
    ),
    ({"repetitions": 5, "as_needed": True}, f"1 {BY} 5, as needed, up to 2 a day"),
    ({"fill_in": True, "kind": "hold"}, f"1 {BY} __, hold __ s, 2 a day"),
]


@pytest.mark.parametrize(("values", "line"), SUMMARIES)
def test_practitioners_read_shorthand(values: dict[str, Any], line: str) -> None:
    assert summary(Dosage(times_per_day=2, **values)) == line
