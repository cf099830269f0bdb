"""Minutes by the formula, against the figures worked out for the library."""

from decimal import Decimal

import pytest

from exercises.dosage import (
    Dosage,
    minutes_per_day,
    minutes_per_session,
    minutes_per_week,
)
from tests.factories import library_entries

# One session at the start dosage, in minutes: the clinical base worked them out
# with the same formula, apart from this code.
SESSIONS = {
    "cat-camel": 1.1,
    "childs-pose": 1.9,
    "cobra": 1.3,
    "supine-hamstring-stretch": 2.8,
    "seated-twist": 1.6,
    "lying-twist": 1.2,
    "plank-knees": 1.8,
    "plank": 2.5,
    "side-plank-knees": 1.6,
    "side-plank": 7.5,
    "prone-chest-lift": 1.3,
    "band-row": 3.0,
    "curl-up": 3.9,
    "crunch": 1.2,
    "walking": 10.0,
    "swimming": 15.0,
    "stationary-cycling": 10.0,
    "march-warm-up": 5.0,
    "light-weight-lift": 3.3,
    "deep-breathing-5-1-3": 5.0,
    "progressive-muscle-relaxation": 10.0,
    "quiet-meditation": 10.0,
    "gentle-yoga": 20.0,
    "finger-pressure": 1.0,
    "tennis-ball-massage": 3.0,
    "inversion-table": 1.0,
    "pelvic-tilt": 0.8,
    "upright-sitting": 1.0,
    "rest-90-90": 5.0,
    "single-knee-to-chest": 1.2,
    "double-knee-to-chest": 0.8,
    "bridge": 2.8,
    "single-leg-bridge": 5.2,
    "bird-dog-leg-only": 2.7,
    "bird-dog": 7.5,
    "heel-slide": 1.7,
    "dead-bug": 2.0,
    "prone-lying": 3.0,
    "prone-on-elbows": 1.4,
    "standing-back-bend": 0.9,
    "piriformis-stretch": 2.7,
    "hip-flexor-stretch": 2.7,
    "abdominal-brace": 1.4,
    "clamshell": 3.9,
    "sit-to-stand": 0.8,
    "wall-sit": 1.4,
    "hip-hinge": 2.2,
    "seated-forward-bend": 2.4,
    "seated-upper-body-twist": 1.7,
    "open-book": 2.3,
    "thoracic-extension-chair": 1.0,
    "chin-tuck": 1.5,
    "neck-rotation": 1.2,
    "neck-side-bend": 1.5,
    "scapular-squeeze": 1.3,
    "doorway-chest-stretch": 2.6,
}
TEMPLATE = ["cat-camel", "pelvic-tilt", "lying-twist", "single-knee-to-chest"]
LIBRARY = {entry.slug: entry for entry in library_entries()}


@pytest.mark.parametrize(("slug", "minutes"), SESSIONS.items())
def test_a_session_takes_the_minutes_of_the_clinical_base(
    slug: str, minutes: float
) -> None:
    assert abs(minutes_per_session(LIBRARY[slug].dosage) - minutes) <= 0.051


def subacute_program() -> list[Dosage]:
    """Return the dosages of the template for days 4 to 14, walking every day."""
    walking = Dosage(
        kind="duration", duration_minutes=Decimal(10), times_per_day=1, days_per_week=7
    )
    slugs = [*TEMPLATE, "abdominal-brace"]
    return [*(LIBRARY[slug].dosage for slug in slugs), walking]


def test_a_day_of_the_subacute_template_takes_21_minutes() -> None:
    assert round(sum(map(minutes_per_day, subacute_program()))) == 21


def test_eleven_of_them_are_exercise() -> None:
    assert round(sum(map(minutes_per_day, subacute_program()[:-1]))) == 11


def test_its_week_takes_146_minutes() -> None:
    assert round(sum(map(minutes_per_week, subacute_program()))) == 146


def test_as_needed_counts_nothing_in_a_day() -> None:
    assert minutes_per_day(LIBRARY["finger-pressure"].dosage) == 0


def test_every_two_hours_is_eight_times_a_day() -> None:
    timed = Dosage(kind="duration", duration_minutes=Decimal(3), every_hours=2)
    assert minutes_per_day(timed) == 24


def test_three_days_a_week_make_three_sevenths_of_the_week() -> None:
    timed = Dosage(
        kind="duration", duration_minutes=Decimal(10), weekdays=("mon", "wed", "fri")
    )
    assert minutes_per_week(timed) == 30


def test_a_range_counts_with_its_lower_number() -> None:
    lower = Dosage(repetitions=8, tempo_seconds=5)
    ranged = Dosage(repetitions=8, repetitions_max=12, tempo_seconds=5)
    assert minutes_per_session(ranged) == minutes_per_session(lower)


def test_numbers_left_to_fill_in_count_nothing() -> None:
    assert minutes_per_session(Dosage(kind="hold", hold_seconds=5, fill_in=True)) == 0
