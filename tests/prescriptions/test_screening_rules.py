"""Each safety rule: a case that triggers it, and one that just does not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exercises.dosage import Dosage
from prescriptions import catalog
from prescriptions.screening import (
    Finding,
    HandoutFacts,
    ItemFacts,
    LeafletFacts,
    LogFacts,
    PatientFacts,
    PhaseFacts,
    ProgramFacts,
    Rule,
    evaluate,
)

SAFETY = catalog.read_safety()
LIMITS = {name: entry.value for name, entry in SAFETY.limits.items()}
TODAY = date(2026, 3, 2)
DOSE = Dosage(sets=1, repetitions=8, times_per_day=1, days_per_week=3, tempo_seconds=3)
HOLD = Dosage(kind="hold", sets=1, repetitions=2, hold_seconds=30, days_per_week=3)
WALK = Dosage(kind="duration", duration_minutes=Decimal(10))


def rules(language: str = "en") -> list[Rule]:
    """Return the shipped rules as values."""
    return [_rule(entry.columns, language) for entry in SAFETY.rules.values()]


def _rule(columns: Any, language: str) -> Rule:
    values = {k: v for k, v in columns.items() if k not in {"words", "when"}}
    if language != "en":
        values["message"] = columns["words"][language]["message"]
    values["test"] = tuple(map(tuple, values["test"]))
    values["replaces"] = tuple(values["replaces"])
    return Rule(**values)


def item(slug: str = "cat-camel", **values: Any) -> ItemFacts:
    """Return an exercise of mobility on hands and knees."""
    usual: dict[str, Any] = {
        "pointer": "",
        "slugs": (slug,),
        "name": slug.replace("-", " ").capitalize(),
        "dosage": DOSE,
        "category": "mobility",
        "position": "quadruped",
    }
    return ItemFacts(**usual | values)


def phase(*items: ItemFacts, **values: Any) -> PhaseFacts:
    """Return a phase of prevention without an end."""
    usual: dict[str, Any] = {"pointer": "/phases/0", "stage": "prevention"}
    placed = tuple(
        replace(one, pointer=one.pointer or f"/phases/0/exercises/{number}")
        for number, one in enumerate(items)
    )
    return PhaseFacts(**usual | {"items": placed} | values)


def program(*items: ItemFacts, **values: Any) -> ProgramFacts:
    """Return a program that no rule finds anything in, but for what is given."""
    patient = {
        "age": 40,
        "language": "en",
        "red_flag_screen_age_days": 1,
        **values.pop("patient", {}),
    }
    in_phase = values.pop("phase", {})
    usual: dict[str, Any] = {
        "patient": PatientFacts(**patient),
        "phases": (phase(*(items or (item(),)), **in_phase),),
        "start": TODAY,
        "review_on": TODAY + timedelta(days=14),
        "end": TODAY + timedelta(days=14),
        "handout": HandoutFacts(language="en"),
    }
    return ProgramFacts(**usual | values)


def with_flag(flag: str, one: ItemFacts) -> ProgramFacts:
    """Return a program for a patient with one flag."""
    return program(one, patient={"own_flags": (flag,)})


def leaflet(slug: str = "heat", **values: Any) -> LeafletFacts:
    """Return a leaflet."""
    return LeafletFacts(pointer="/leaflets/0", slug=slug, title=slug.title(), **values)


def log(days: int, **values: Any) -> LogFacts:
    """Return a day of the diary."""
    return LogFacts(day=TODAY + timedelta(days=days), **values)


def days(count: int) -> date:
    """Return a day after the start."""
    return TODAY + timedelta(days=count)


def dosed(**values: Any) -> Dosage:
    """Return the usual dosage with other numbers."""
    return replace(DOSE, **values)


def loaded(kilograms: str) -> Dosage:
    """Return the usual dosage with a load."""
    return dosed(load_value=Decimal(kilograms), load_unit="kg")


def many(count: int) -> list[ItemFacts]:
    """Return as many different exercises."""
    return [item(f"move-{number}") for number in range(count)]


def walking(minutes: int) -> ItemFacts:
    """Return a walk."""
    return item(
        "walking",
        category="aerobic",
        dosage=replace(WALK, duration_minutes=Decimal(minutes)),
    )


CRUNCH = item("crunch", category="strength", position="supine")
BAND = item("band-row", category="strength", equipment=("band",))
STRETCH = item("hamstring", category="stretch", dosage=HOLD)
INVERSION = item("inversion-table", category="device", contraindications=("glaucoma",))
PREGNANT = {"own_flags": ("pregnancy_after_16w",)}
CLEARED = {"inversion_clearance": True}
OLD = {"age": 65}
SKIN = {"own_flags": ("raynaud",)}
LONG = dosed(hold_seconds=20)
NECK = item("neck-rotation", regions=("neck",))
CIRCLES = replace(NECK, is_custom=True, text="Roll your head slowly round.")
WILLOW = {"leaflets": (leaflet(text="Willow bark may help."),)}
ASKS = {"leaflets": (leaflet(ask_first_flags=("raynaud",)),)}


# code -> (what triggers it, what just does not)
CASES: dict[str, tuple[ProgramFacts, ProgramFacts]] = {
    "R01": (
        program(
            item(contraindications=("acute_spasm",)),
            phase={"stage": "acute", "days": 3},
        ),
        program(
            item(contraindications=("acute_spasm",)),
            phase={"stage": "subacute", "days": 3},
        ),
    ),
    "R02": (
        program(item(), CRUNCH),
        program(phases=(phase(item("curl-up")), phase(CRUNCH))),
    ),
    "R03": (
        with_flag("osteoporosis", item(contraindications=("osteoporosis",))),
        with_flag("osteoporosis", item(contraindications=("glaucoma",))),
    ),
    "R04": (
        with_flag("wrist_pain", item(cautions=("wrist_pain",))),
        with_flag("wrist_pain", item(cautions=("knee_pain",))),
    ),
    "R05": (
        program(patient={"red_flag_open": True}),
        program(patient={"red_flag_open": False}),
    ),
    "R06": (
        program(patient={"red_flag_screen_age_days": 31}),
        program(patient={"red_flag_screen_age_days": 30}),
    ),
    "R07": (
        program(item(position="supine", dosage=WALK), patient=PREGNANT),
        program(
            item(position="supine", dosage=replace(WALK, duration_minutes=Decimal(3))),
            patient=PREGNANT,
        ),
    ),
    "R08": (
        program(item(position="prone"), patient=PREGNANT),
        program(item(position="prone"), patient={"own_flags": ("pregnancy",)}),
    ),
    "R09": (
        with_flag("osteoporosis", CRUNCH),
        with_flag("osteoporosis", item("curl-up")),
    ),
    "R10": (
        program(INVERSION),
        program(INVERSION, patient={"inversion_clearance": True}),
    ),
    "R11": (program(INVERSION), program(item())),
    "R12": (
        with_flag("spondylolisthesis", item("cobra", direction="extension")),
        with_flag("spondylolisthesis", item("cobra", direction="neutral")),
    ),
    "R13": (
        with_flag("disc_flexion_intolerant", item("double-knee-to-chest")),
        with_flag("disc_flexion_intolerant", item("single-knee-to-chest")),
    ),
    "R14": (
        program(
            item(direction="extension"), patient={"directional_preference": "flexion"}
        ),
        program(
            item(direction="extension"), patient={"directional_preference": "extension"}
        ),
    ),
    "R15": (program(*many(7)), program(*many(6))),
    "R16": (program(*many(4)), program(*many(3))),
    "R17": (program(walking(46)), program(walking(45))),
    "R18": (program(*many(6), patient=OLD), program(*many(5), patient=OLD)),
    "R19": (
        program(item(category="strength", difficulty=3, dosage=dosed(days_per_week=4))),
        program(item(category="strength", difficulty=3, dosage=dosed(days_per_week=3))),
    ),
    "R20": (
        program(item(), replace(STRETCH, dosage=replace(HOLD, hold_seconds=9))),
        program(item(), replace(STRETCH, dosage=replace(HOLD, hold_seconds=10))),
    ),
    "R21": (
        program(
            item(), replace(STRETCH, dosage=replace(HOLD, hold_seconds=29)), patient=OLD
        ),
        program(item(), STRETCH, patient=OLD),
    ),
    "R22": (
        with_flag(
            "cardiac_disease",
            item("plank", category="strength", dosage=replace(HOLD, hold_seconds=11)),
        ),
        with_flag(
            "cardiac_disease",
            item("plank", category="strength", dosage=replace(HOLD, hold_seconds=10)),
        ),
    ),
    "R23": (
        program(
            item(dosage=dosed(repetitions=10, sets=2)), before={"cat-camel": (DOSE,)}
        ),
        program(item(dosage=dosed(repetitions=10)), before={"cat-camel": (DOSE,)}),
    ),
    "R24": (
        program(item(direction="flexion", dosage=dosed(time_of_day=("on_waking",)))),
        program(item(direction="flexion", dosage=dosed(time_of_day=("morning",)))),
    ),
    "R25": (
        program(review_on=days(15), phase={"stage": "subacute", "days": 14}),
        program(review_on=days(14), phase={"stage": "subacute", "days": 14}),
    ),
    "R26": (
        program(phase={"stage": "acute", "days": 8}),
        program(phase={"stage": "acute", "days": 7}),
    ),
    "R27": (program(end=days(15)), program(end=days(14))),
    "R28": (
        program(item(category="rest_position"), item("x", category="self_care")),
        program(item(category="rest_position"), walking(5)),
    ),
    "R29": (
        program(item("plank-knees", harder="plank"), item("plank")),
        program(
            item("plank-knees", harder="plank"), item("plank", category="strength")
        ),
    ),
    "R30": (program(STRETCH, item()), program(item(), STRETCH)),
    "R31": (
        with_flag("floor_transfer_difficulty", item(position="supine")),
        with_flag("floor_transfer_difficulty", item(position="seated")),
    ),
    "R32": (
        program(item(), BAND, patient={"own_flags": ("latex_allergy",)}),
        program(
            item(),
            replace(BAND, equipment=("ball",)),
            patient={"own_flags": ("latex_allergy",)},
        ),
    ),
    "R33": (program(patient=SKIN, **ASKS), program(**ASKS)),
    "R34": (
        program(leaflets=(leaflet(numbers={"heat_minutes": 31}),)),
        program(leaflets=(leaflet(numbers={"heat_minutes": 30}),)),
    ),
    "R35": (
        program(logs=(log(0, pain=6), log(1, pain=6))),
        program(logs=(log(0, pain=6), log(2, pain=6))),
    ),
    "R36": (program(logs=(log(0, red_flag=True),)), program(logs=(log(0),))),
    "R37": (
        with_flag("dizziness_with_neck_movement", NECK),
        with_flag("dizziness_with_neck_movement", item(regions=("shoulder",))),
    ),
    "R38": (program(CIRCLES), program(replace(CIRCLES, is_custom=False))),
    "R39": (
        program(item(dosage=dosed(repetitions=61))),
        program(item(dosage=dosed(repetitions=60))),
    ),
    "R40": (
        program(handout=HandoutFacts(reading_grade=8.1, language="en")),
        program(handout=HandoutFacts(reading_grade=8.0, language="en")),
    ),
    "R41": (
        program(patient={"own_flags": ("asthma",)}, **WILLOW),
        program(**WILLOW),
    ),
    "R42": (
        with_flag("anticoagulant", item("finger-pressure")),
        with_flag("anticoagulant", item("lying-twist")),
    ),
    "R43": (
        program(patient={"age": 17}),
        program(patient={"age": 18}),
    ),
}


def found(facts: ProgramFacts, **changes: int) -> list[Finding]:
    """Return the findings by the shipped rules."""
    return evaluate(facts, rules(), LIMITS | changes)


def codes(facts: ProgramFacts) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in found(facts)]


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(SAFETY.rules)
    assert len(CASES) == 43


@pytest.mark.parametrize("code", CASES)
def test_the_rule_triggers(code: str) -> None:
    assert code in codes(CASES[code][0])


@pytest.mark.parametrize("code", CASES)
def test_the_rule_just_does_not_trigger(code: str) -> None:
    assert code not in codes(CASES[code][1])


def test_a_program_without_faults_has_no_findings() -> None:
    assert found(program()) == []


@pytest.mark.parametrize("code", CASES)
def test_the_message_has_no_gap_left(code: str) -> None:
    for language in ("en", "es"):
        for finding in evaluate(CASES[code][0], rules(language), LIMITS):
            assert "{" not in finding.message
            assert "  " not in finding.message


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("R10", program(INVERSION, patient=CLEARED | {"own_flags": ("glaucoma",)})),
        ("R17", program(item(dosage=dosed(repetitions=200, tempo_seconds=7)))),
        ("R20", program(item(), replace(STRETCH, dosage=replace(HOLD, repetitions=5)))),
        (
            "R23",
            program(item(dosage=loaded("1.2")), before={"cat-camel": (loaded("1"),)}),
        ),
        ("R25", program(review_on=None)),
        ("R26", program(phase={"stage": "subacute", "days": None})),
        ("R27", program(end=None)),
        ("R31", with_flag("balance_poor", item(position="standing"))),
        ("R34", program(leaflets=(leaflet("cold", numbers={"cold_minutes": 21}),))),
        ("R35", program(logs=(log(0, flare_hours=25), log(1, flare_hours=30)))),
        ("R39", program(item(dosage=dosed(sets=None)))),
        ("R40", program(handout=HandoutFacts(language="es"))),
        ("R41", program(patient={"age": 15}, **WILLOW)),
        ("R42", with_flag("blood_clot_suspected", item("tennis-ball-massage"))),
    ],
)
def test_the_other_way_to_trigger_it(code: str, facts: ProgramFacts) -> None:
    assert code in codes(facts)


def test_a_minor_with_a_guardian_is_no_finding() -> None:
    assert "R43" not in codes(program(patient={"age": 9, "has_guardian": True}))


def test_a_dosage_left_to_fill_in_is_not_incomplete() -> None:
    assert "R39" not in codes(program(item(dosage=Dosage(fill_in=True))))


def test_severity_of_one_flag_is_the_highest_and_the_message_the_most_specific() -> (
    None
):
    flag = "dizziness_with_neck_movement"
    (finding,) = found(with_flag(flag, replace(NECK, contraindications=(flag,))))
    assert (finding.code, finding.severity) == ("R37", "block")
    assert finding.message == "Stop neck moves until checked."


def test_acute_stage_gives_one_finding_on_what_is_not_for_it() -> None:
    facts = program(
        item(contraindications=("acute_spasm",), cautions=("acute_spasm",)),
        phase={"stage": "acute", "days": 3},
    )
    assert codes(facts) == ["R01"]


def test_two_flags_of_one_exercise_are_two_findings() -> None:
    one = item(contraindications=("glaucoma",), cautions=("wrist_pain",))
    facts = program(one, patient={"own_flags": ("glaucoma", "wrist_pain")})
    assert codes(facts) == ["R03", "R04"]


def test_a_flag_that_only_follows_from_another_is_not_told_again() -> None:
    one = item(contraindications=("pregnancy_after_16w",), cautions=("pregnancy",))
    assert codes(program(one, patient=PREGNANT)) == ["R03"]


def test_a_flag_that_is_implied_counts() -> None:
    one = item(cautions=("hypertension",))
    assert codes(with_flag("hypertension_uncontrolled", one)) == ["R04"]


def test_pain_at_the_limit_counts_as_a_flag() -> None:
    one = item(contraindications=("acute_pain",))
    assert codes(program(one, patient={"pain": 6})) == ["R03"]
    assert codes(program(one, patient={"pain": 5})) == []


def test_a_rule_on_an_exercise_holds_for_its_copies() -> None:
    copy = replace(CRUNCH, slugs=("our-crunch", "crunch"), category="mobility")
    assert "R09" in codes(with_flag("osteoporosis", copy))


def test_a_rule_that_is_off_leaves_the_general_one_to_speak() -> None:
    facts = with_flag(
        "osteoporosis",
        replace(CRUNCH, category="mobility", contraindications=("osteoporosis",)),
    )
    rest = [rule for rule in rules() if rule.code != "R09"]
    assert [one.code for one in evaluate(facts, rest, LIMITS)] == ["R03"]


def test_a_limit_of_the_clinic_counts() -> None:
    assert "R15" in [one.code for one in found(program(*many(4)), max_items=3)]


def test_findings_point_at_what_they_concern() -> None:
    first, second = item(), item("other", cautions=("wrist_pain",))
    (finding,) = found(program(first, second, patient={"own_flags": ("wrist_pain",)}))
    assert finding.pointer == "/phases/0/exercises/1"
    assert finding.subject == "other"


def test_what_blocks_comes_first() -> None:
    severities = [one.severity for one in found(program(INVERSION, *many(7)))]
    assert severities == sorted(severities, key=["block", "warn", "info"].index)


def test_an_empty_draft_is_not_judged_as_a_plan() -> None:
    empty = program(phases=(PhaseFacts(pointer="/phases/0", stage="prevention"),))
    assert codes(empty) == []


def test_a_leaflet_that_asks_first_says_with_what() -> None:
    facts = program(
        patient={"own_flags": ("fluid_limit",)},
        leaflets=(leaflet("hydration", ask_first_flags=("fluid_limit",)),),
    )
    (finding,) = found(facts)
    assert (finding.code, finding.severity) == ("R33", "warn")
    assert finding.message.startswith("Hydration: ask first with “told to limit")


def test_a_moved_exercise_keeps_the_fingerprint_of_its_finding() -> None:
    one = item(cautions=("wrist_pain",))
    patient = {"own_flags": ("wrist_pain",)}
    (before,) = found(program(one, patient=patient))
    (after,) = found(program(item("x"), one, patient=patient))
    assert before.fingerprint == after.fingerprint
    assert before.pointer != after.pointer
