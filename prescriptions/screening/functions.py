"""The parts of rules that need code, by the names that rules use.

Each gets the context (program, and phase, item or leaflet in hand) and the limits, and
yields a hit for each place where it holds.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from exercises import tags
from exercises.dosage import Dosage, Kind, Side
from prescriptions.screening.facts import (
    ACUTE,
    ItemFacts,
    LeafletFacts,
    LogFacts,
    PhaseFacts,
    ProgramFacts,
)
from prescriptions.screening.rules import Hit

CORE = frozenset(
    {
        "abdominal-brace",
        "curl-up",
        "bird-dog",
        "bird-dog-leg-only",
        "plank",
        "plank-knees",
        "dead-bug",
    }
)
ON_THE_FLOOR = frozenset({"supine", "prone", "quadruped", "kneeling", "side_lying"})
WARMS_UP = frozenset({"warm_up", "mobility", "aerobic", "posture"})
NEEDS_WARMTH = frozenset({"strength", "stretch"})
SURGERY = frozenset({"recent_abdominal_surgery", "recent_neck_surgery"})
NOT_WITH_WILLOW = frozenset(
    {"anticoagulant", "aspirin_allergy", "peptic_ulcer", "kidney_disease", "asthma"}
)
HEAT_OR_COLD = frozenset({"heat", "cold"})
# Labels that begin with somebody's name
NAMES = ("Raynaud",)
CIRCLES = re.compile(r"\b(circle|roll)", re.IGNORECASE)
RAISED = (
    "sets",
    "repetitions",
    "hold_seconds",
    "times_per_day",
    "days_per_week",
    "duration_minutes",
)
# No flag to name: inversion without a clearance
UNCLEARED = "what its list names"
ASK_FIRST = "{leaflet}: ask first with {flag}."


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where a rule is asked: the program, and the part of it in hand."""

    program: ProgramFacts
    limits: Mapping[str, int]
    phase: PhaseFacts | None = None
    item: ItemFacts | None = None
    leaflet: LeafletFacts | None = None
    log: LogFacts | None = None

    @property
    def sources(self) -> Mapping[str, Any]:
        """The facts by the first part of their names."""
        return {
            "program": self.program,
            "patient": self.program.patient,
            "phase": self.phase,
            "item": self.item,
            "leaflet": self.leaflet,
            "log": self.log,
            "handout": self.program.handout,
        }

    @property
    def phase_in_hand(self) -> PhaseFacts:
        """The phase; only rules on phases and exercises ask."""
        assert self.phase is not None  # noqa: S101 (a rule with a wrong scope)
        return self.phase

    @property
    def item_in_hand(self) -> ItemFacts:
        """The exercise; only rules on exercises ask."""
        assert self.item is not None  # noqa: S101 (a rule with a wrong scope)
        return self.item

    @property
    def leaflet_in_hand(self) -> LeafletFacts:
        """The leaflet; only rules on leaflets ask."""
        assert self.leaflet is not None  # noqa: S101 (a rule with a wrong scope)
        return self.leaflet

    @property
    def flags(self) -> frozenset[str]:
        """The patient's flags, and those that stage and pain add."""
        patient, phase = self.program.patient, self.phase
        added = {"acute_spasm"} if phase and phase.stage == ACUTE else set[str]()
        if patient.pain is not None and patient.pain >= self.limits["pain_limit"]:
            added.add("acute_pain")
        return patient.flags | added


Function = Callable[[Context], Iterator[Hit]]


def _crunch_comes_first(at: Context) -> Iterator[Hit]:
    earlier: set[str] = set()
    for phase in at.program.phases:
        for item in phase.items:
            if item.category == "strength":
                if "crunch" in item.slugs and not earlier & CORE:
                    yield Hit(pointer=item.pointer, subject=item.slug)
                return
        earlier |= {slug for item in phase.items for slug in item.slugs}


def _inversion_not_cleared(at: Context) -> Iterator[Hit]:
    against = SURGERY | set(at.item_in_hand.contraindications)
    flags = tuple(sorted(at.flags & against))
    if flags or not at.program.patient.inversion_clearance:
        yield Hit(flags=flags, values={} if flags else {"flag": UNCLEARED})


def _stretch_dose_is_unusual(at: Context) -> Iterator[Hit]:
    item = at.item_in_hand
    hold = item.hold_seconds
    if hold is None:
        return
    total = _repetitions(item.dosage) * hold
    is_short = hold < at.limits["stretch_min_hold_s"]
    if is_short or total > at.limits["stretch_max_total_s"]:
        yield Hit()


def _raised_too_fast(at: Context) -> Iterator[Hit]:
    seen: dict[str, int] = {}
    for item in at.program.items:
        place = seen.get(item.slug, 0)
        seen[item.slug] = place + 1
        former = at.program.before.get(item.slug, ())
        if place < len(former) and _is_raised(former[place], item.dosage, at.limits):
            yield Hit(pointer=item.pointer, subject=item.slug)


def _is_raised(before: Dosage, after: Dosage, limits: Mapping[str, int]) -> bool:
    raised = [
        name
        for name in RAISED
        if (getattr(after, name) or 0) > (getattr(before, name) or 0) > 0
    ]
    old, new = before.load_value or 0, after.load_value or 0
    heavier = before.load_unit == after.load_unit and new > old > 0
    step = (new - old) * 100 / old if heavier else 0
    return len(raised) + heavier >= 2 or step > limits["load_step_percent"]


def _review_missing_or_late(at: Context) -> Iterator[Hit]:
    program = at.program
    first = program.phases[0].stage if program.phases else ""
    if program.review_on is None:
        yield Hit()
    elif program.start and first in {ACUTE, "subacute"}:
        days = (program.review_on - program.start).days
        if days > at.limits["review_after_days"]:
            yield Hit()


def _phase_is_too_long(at: Context) -> Iterator[Hit]:
    phase = at.phase_in_hand
    if phase.days is None:
        too_long = phase.stage != "prevention"
    else:
        too_long = phase.stage == ACUTE and phase.days > at.limits["acute_max_days"]
    if too_long:
        yield Hit()


def _versions_of_one_move(at: Context) -> Iterator[Hit]:
    for one, other in combinations(at.phase_in_hand.items, 2):
        linked = {one.easier, one.harder} & set(other.slugs)
        linked |= {other.easier, other.harder} & set(one.slugs)
        if linked and one.category == other.category:
            yield Hit(pointer=other.pointer, subject=f"{one.slug}/{other.slug}")


def _no_warm_up_first(at: Context) -> Iterator[Hit]:
    if at.phase_in_hand.stage == ACUTE:
        return
    for item in at.phase_in_hand.items:
        if item.category in WARMS_UP:
            return
        if item.category in NEEDS_WARMTH:
            yield Hit(pointer=item.pointer)
            return


def _cannot_take_the_position(at: Context) -> Iterator[Hit]:
    position = at.item_in_hand.position
    found = []
    if "floor_transfer_difficulty" in at.flags and position in ON_THE_FLOOR:
        found.append("floor_transfer_difficulty")
    if "balance_poor" in at.flags and position == "standing":
        found.append("balance_poor")
    if found:
        yield Hit(flags=tuple(found))


def _leaflet_asks_first(at: Context) -> Iterator[Hit]:
    leaflet = at.leaflet_in_hand
    flags = tuple(sorted(at.flags & set(leaflet.ask_first_flags)))
    if flags:
        is_own = leaflet.slug in HEAT_OR_COLD
        values = {"leaflet": leaflet.title, "flag": in_words(flags)}
        yield Hit(flags=flags, values=values, message="" if is_own else ASK_FIRST)


def _bad_days_in_a_row(at: Context) -> Iterator[Hit]:
    def hurts(log: LogFacts) -> bool:
        return log.pain is not None and log.pain >= at.limits["pain_limit"]

    def flares(log: LogFacts) -> bool:
        return (log.flare_hours or 0) > at.limits["flare_hours"]

    logs = sorted(at.program.logs, key=lambda log: log.day)
    for one, other in pairwise(logs):
        in_a_row = (other.day - one.day).days == 1
        if in_a_row and any(bad(one) and bad(other) for bad in (hurts, flares)):
            yield Hit(subject=other.day.isoformat())
            return


def _head_circles(at: Context) -> Iterator[Hit]:
    item = at.item_in_hand
    is_own_neck = item.is_custom and "neck" in item.regions
    if is_own_neck and "head" in item.text.lower() and CIRCLES.search(item.text):
        yield Hit()


def _dosage_is_unsound(at: Context) -> Iterator[Hit]:
    dosage = at.item_in_hand.dosage
    sides = 2 if dosage.side == Side.EACH else 1
    too_many = _repetitions(dosage) * sides > at.limits["repetitions_per_session"]
    if too_many or (_is_incomplete(dosage) and not dosage.fill_in):
        yield Hit()


def _is_incomplete(dosage: Dosage) -> bool:
    if dosage.kind == Kind.DURATION:
        return not dosage.duration_minutes
    counted = dosage.repetitions_per_set or (dosage.sets and dosage.repetitions)
    held = dosage.hold_seconds or dosage.hold_breaths
    return not counted or (dosage.kind == Kind.HOLD and not held)


def _repetitions(dosage: Dosage) -> int:
    """Return the repetitions of one session on one side."""
    if dosage.kind == Kind.DURATION:
        return 0
    return sum(dosage.repetitions_per_set) or (dosage.sets or 1) * (
        dosage.repetitions or 1
    )


def _willow_is_not_safe(at: Context) -> Iterator[Hit]:
    age = at.program.patient.age
    flags = tuple(sorted(at.flags & NOT_WITH_WILLOW))
    is_young = age is not None and age < at.limits["minimum_age"]
    if "willow" in at.leaflet_in_hand.text.lower() and (flags or is_young):
        yield Hit(flags=flags)


def in_words(flags: tuple[str, ...]) -> str:
    """Return flags as people read them within a sentence, in quotation marks."""
    labels = [tags.label(flag) for flag in flags]
    lowered = [
        label if label.startswith(NAMES) else label[:1].lower() + label[1:]
        for label in labels
    ]
    return ", ".join(f"“{label}”" for label in lowered)


FUNCTIONS: Mapping[str, Function] = {
    "crunch_comes_first": _crunch_comes_first,
    "inversion_not_cleared": _inversion_not_cleared,
    "stretch_dose_is_unusual": _stretch_dose_is_unusual,
    "raised_too_fast": _raised_too_fast,
    "review_missing_or_late": _review_missing_or_late,
    "phase_is_too_long": _phase_is_too_long,
    "versions_of_one_move": _versions_of_one_move,
    "no_warm_up_first": _no_warm_up_first,
    "cannot_take_the_position": _cannot_take_the_position,
    "leaflet_asks_first": _leaflet_asks_first,
    "bad_days_in_a_row": _bad_days_in_a_row,
    "head_circles": _head_circles,
    "dosage_is_unsound": _dosage_is_unsound,
    "willow_is_not_safe": _willow_is_not_safe,
}
