"""Steps up and down, proposed from a diary by the limits of the clinic.

Nothing changes by itself: a practitioner takes a proposal over, looks at the findings
and issues the next revision. Figures and their sources are the limits ``step_…`` and
``pain_limit`` of the safety rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from clinic.audit import record
from clinic.models import Actor
from exercises.dosage.values import plain
from exercises.models import Exercise
from prescriptions.adherence import Course, DayFigures
from prescriptions.findings import limits_of
from prescriptions.models import Phase, PrescribedExercise, Program
from prescriptions.programs import require_editable

# Limits that must be loaded: an upgraded installation may not have them yet
NAMES = frozenset(
    {
        "pain_limit",
        "step_up_days",
        "step_up_share_percent",
        "step_up_pain",
        "step_repetitions",
        "step_most_repetitions",
        "step_minutes",
        "step_most_minutes",
    }
)
# Days looked at before a step down is proposed, and bad ones among them
LATELY, BAD_DAYS = 3, 2


@dataclass(frozen=True)
class Proposal:
    """A change of one line: another exercise, or another value of its dosage."""

    line: PrescribedExercise
    is_up: bool
    exercise: Exercise | None = None
    column: str = ""
    value: int = 0

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.line.pk}-{'up' if self.is_up else 'down'}"

    @property
    def text(self) -> str:
        """The change in words."""
        if self.exercise:
            return f"{self.exercise.name} in place of {self.line.exercise.name}"
        word = "minutes" if self.column == "duration_minutes" else "times"
        before = getattr(self.line, self.column)
        return f"{self.line.exercise.name}: {self.value} {word}, was {plain(before)}"


@dataclass(frozen=True)
class Proposals:
    """What the diary speaks for, and why."""

    why: str
    steps: tuple[Proposal, ...] = ()


def proposals_of(program: Program, course: Course | None, *, by: Actor) -> Proposals:
    """Return the steps that a diary speaks for; ``program`` comes with contents.

    Down goes before up: the last days count more than the weeks before.
    """
    limits = limits_of(program.clinic)
    if course is None:
        return Proposals("There is nothing to go by before the program is issued.")
    if not limits.keys() >= NAMES:
        return Proposals("The limits of steps are not loaded: run load_library.")
    lines = _lines_now(program, course)
    if _is_worse(course, limits):
        told = f"In the last {LATELY} days pain was {limits['pain_limit']} or more."
        return Proposals(told, tuple(_down(lines, versions_of(lines, by=by), limits)))
    if _is_steady(course, limits):
        told = (
            f"Done as planned for {limits['step_up_days']} days, "
            f"with pain at {limits['step_up_pain']} or less."
        )
        return Proposals(told, tuple(_up(lines, versions_of(lines, by=by), limits)))
    return Proposals(
        f"A step up is proposed after {limits['step_up_days']} days done as planned "
        f"with pain at {limits['step_up_pain']} or less, a step down when pain is "
        f"{limits['pain_limit']} or more."
    )


def _lines_now(program: Program, course: Course) -> Sequence[PrescribedExercise]:
    """Return the lines of the phase of the last day; of the last phase after it."""
    today = course.days[-1].day if course.days else program.start_date
    return list(phase_on(program, today).exercises.all())


def phase_on(program: Program, day: date) -> Phase:
    """Return the phase of a day: the first before the start, the last after the end."""
    phases = list(program.phases.all())
    begins = program.start_date
    for phase in phases:
        length = phase.length_in_days
        if length is None or day < begins + timedelta(days=length):
            return phase
        begins += timedelta(days=length)
    return phases[-1]


def _is_worse(course: Course, limits: Mapping[str, int]) -> bool:
    lately = [day for day in course.days if day.entry][-LATELY:]
    return sum(_is_bad(day, limits) for day in lately) >= BAD_DAYS


def _is_bad(day: DayFigures, limits: Mapping[str, int]) -> bool:
    entry = day.entry
    if entry is None:
        return False
    return entry.is_flare or (entry.pain or 0) >= limits["pain_limit"]


def _is_steady(course: Course, limits: Mapping[str, int]) -> bool:
    """Tell whether the last days before today were done as planned, without pain."""
    days = course.days[:-1][-limits["step_up_days"] :]
    if len(days) < limits["step_up_days"]:
        return False
    due = [day for day in days if day.due]
    done = sum(day.share == "all" for day in due)
    told = [day.entry for day in days if day.entry]
    is_calm = all(
        not one.is_flare and (one.pain or 0) <= limits["step_up_pain"] for one in told
    )
    is_done = bool(due) and 100 * done >= limits["step_up_share_percent"] * len(due)
    return is_calm and is_done


def versions_of(
    lines: Iterable[PrescribedExercise], *, by: Actor
) -> Mapping[str, Exercise]:
    """Return easier and harder versions in use in the clinic, by slug."""
    slugs = {
        slug
        for line in lines
        for slug in (line.exercise.easier, line.exercise.harder)
        if slug
    }
    rows = Exercise.objects.visible_to(by).published().filter(slug__in=slugs)
    return {row.slug: row for row in rows}


def _up(
    lines: Sequence[PrescribedExercise],
    versions: Mapping[str, Exercise],
    limits: Mapping[str, int],
) -> Iterable[Proposal]:
    for line in lines:
        harder = versions.get(line.exercise.harder)
        most = limits["step_most_repetitions"]
        if line.duration_minutes:
            minutes = int(line.duration_minutes) + limits["step_minutes"]
            if minutes <= limits["step_most_minutes"]:
                yield Proposal(line, True, column="duration_minutes", value=minutes)
        elif _is_plain(line) and (line.repetitions or 0) < most:
            raised = min(most, (line.repetitions or 0) + limits["step_repetitions"])
            yield Proposal(line, True, column="repetitions", value=raised)
        elif harder:
            yield Proposal(line, True, exercise=harder)


def _down(
    lines: Sequence[PrescribedExercise],
    versions: Mapping[str, Exercise],
    limits: Mapping[str, int],
) -> Iterable[Proposal]:
    for line in lines:
        easier = versions.get(line.exercise.easier)
        fewer = (line.repetitions or 0) - limits["step_repetitions"]
        if easier:
            yield Proposal(line, False, exercise=easier)
        elif _is_plain(line) and fewer >= 1:
            yield Proposal(line, False, column="repetitions", value=fewer)


def _is_plain(line: PrescribedExercise) -> bool:
    """Tell whether the repetitions are one number: no scheme, range or gap."""
    is_scheme = line.repetitions_per_set or line.repetitions_max or line.fill_in
    return bool(line.repetitions) and not is_scheme


@transaction.atomic
def take_over(
    program: Program, chosen: Iterable[str], found: Proposals, *, by: Actor
) -> int:
    """Change the lines of the chosen proposals; return how many there were.

    Raises Conflict when the program is closed. The program is not issued by this.
    """
    require_editable(program)
    wanted = set(chosen)
    taken = [one for one in found.steps if one.key in wanted]
    for one in taken:
        _apply(one)
    if taken:
        program.touch()
        record(by, "program.updated", program, proposals=len(taken))
    return len(taken)


def _apply(proposal: Proposal) -> None:
    line = proposal.line
    if proposal.exercise:
        line.exercise = proposal.exercise
        line.exercise_version = proposal.exercise.version
    else:
        value: Any = proposal.value
        is_minutes = proposal.column == "duration_minutes"
        setattr(line, proposal.column, Decimal(value) if is_minutes else value)
    line.full_clean(exclude=["phase", "exercise"])
    line.save()
