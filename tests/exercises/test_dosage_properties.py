"""What holds for every dosage."""

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exercises.dosage import (
    Dosage,
    DosageError,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
    errors_of,
    from_mapping,
    minutes_per_session,
    minutes_per_week,
    sentences,
    summary,
    to_mapping,
)

NAMES = [field.name for field in fields(Dosage)]
WORDS = st.sampled_from(["", "10", "hold", "each", "kg", "mon", "morning", "value"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(WORDS, inner, max_size=3)
    ),
    max_leaves=5,
)
EMPTY = {field.name: field.default for field in fields(Dosage)}


def maybe(low: int, high: int) -> st.SearchStrategy[int | None]:
    """Return numbers of the range, or none."""
    return st.none() | st.integers(low, high)


def some_of(words: Any) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a few different words of a closed list."""
    values = st.sampled_from([str(word) for word in words])
    return st.lists(values, unique=True, max_size=7).map(tuple)


COMMON: dict[str, st.SearchStrategy[Any]] = {
    "sets": maybe(1, 20),
    "hold_seconds": maybe(0, 600),
    "rest_between_sets_seconds": maybe(0, 900),
    "load_value": st.none() | st.decimals("0.01", 500, places=2),
    "load_unit": st.sampled_from(["", *LoadUnit]),
    "side": st.sampled_from(["", *Side]),
    "times_per_day": maybe(1, 24),
    "days_per_week": maybe(1, 7),
    "time_of_day": some_of(TimeOfDay),
    "as_needed": st.booleans(),
    "fill_in": st.booleans(),
}
COUNTED = COMMON | {
    "kind": st.sampled_from([Kind.REPETITIONS, Kind.HOLD]),
    "repetitions": maybe(1, 200),
    "repetitions_max": maybe(1, 200),
    "rest_between_repetitions_seconds": maybe(0, 600),
    "tempo_seconds": maybe(0, 60),
}
SCHEMES = COMMON | {
    "sets": st.none(),
    "kind": st.sampled_from([Kind.REPETITIONS, Kind.HOLD]),
    "repetitions_per_set": st.lists(st.integers(1, 200), min_size=2).map(tuple),
    "every_hours": maybe(1, 12),
    "hold_seconds": st.none(),
    "hold_breaths": maybe(0, 50),
}
TIMED = COMMON | {
    "kind": st.just(Kind.DURATION),
    "duration_minutes": st.decimals("0.1", 240, places=1),
    "breath_pattern_seconds": st.just(())
    | st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60)),
    "weekdays": some_of(Weekday),
    "days_per_week": st.none(),
}
WELL_TYPED = st.one_of(
    *(st.builds(Dosage, **parts) for parts in (COUNTED, SCHEMES, TIMED))
)


def mended(dosage: Dosage) -> Dosage:
    """Return the dosage without its faulty parts, numbers left to fill in."""
    faults = errors_of(dosage)
    kept = {name: EMPTY[name] for name in faults}
    if "load_unit" in faults:
        kept["load_value"] = None
    return mended(replace(dosage, **kept | {"fill_in": True})) if faults else dosage


SOUND = WELL_TYPED.map(mended)


@given(st.dictionaries(st.sampled_from(NAMES), JUNK))
def test_judging_never_raises(values: dict[str, Any]) -> None:
    errors_of(Dosage(**values))


@given(JUNK | st.dictionaries(st.sampled_from([*NAMES, "load"]), JUNK))
def test_reading_a_mapping_raises_nothing_but_its_own_error(data: Any) -> None:
    try:
        assert errors_of(from_mapping(data)) == {}
    except DosageError as refused:
        assert refused.errors


@given(WELL_TYPED)
def test_wording_never_raises(dosage: Dosage) -> None:
    assert isinstance(sentences(dosage), tuple)
    assert isinstance(summary(dosage), str)


@given(SOUND, st.sampled_from(["metric", "imperial"]))
def test_lines_are_whole_sentences(dosage: Dosage, units: str) -> None:
    for line in sentences(dosage, units=units, until="your next visit"):
        plain = line.replace("\u00a0", " ")
        assert plain.endswith(".")
        assert "  " not in plain
        assert " ." not in plain
        assert ".." not in plain
        assert "None" not in plain
        assert not plain[0].islower()


@given(SOUND)
def test_there_are_always_two_lines(dosage: Dosage) -> None:
    assert len(sentences(dosage)) == 2


@given(SOUND)
def test_each_side_is_said_at_most_once(dosage: Dosage) -> None:
    said = " ".join(sentences(dosage))
    assert said.count("each side") == (dosage.side == Side.EACH)


@given(SOUND)
def test_json_gives_the_same_dosage_back(dosage: Dosage) -> None:
    assert from_mapping(json.loads(json.dumps(to_mapping(dosage)))) == dosage


@given(SOUND)
def test_gaps_stand_only_where_they_were_asked_for(dosage: Dosage) -> None:
    assert dosage.fill_in or "__" not in " ".join(sentences(dosage)) + summary(dosage)


@given(SOUND)
def test_minutes_are_never_negative(dosage: Dosage) -> None:
    assert minutes_per_session(dosage) >= 0
    assert minutes_per_week(dosage) >= 0


@given(st.integers(1, 20), st.integers(1, 200))
def test_a_set_more_takes_longer(sets: int, repetitions: int) -> None:
    one = Dosage(sets=sets, repetitions=repetitions)
    more = Dosage(sets=sets + 1, repetitions=repetitions)
    assert minutes_per_session(one) < minutes_per_session(more)


@given(st.decimals("0.1", 240, places=1))
def test_timed_items_take_their_minutes(minutes: Decimal) -> None:
    timed = Dosage(kind=Kind.DURATION, duration_minutes=minutes)
    assert abs(minutes_per_session(timed) - float(minutes)) < 1e-9
