"""Findings as the pages of a program show them, and the page that answers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from exercises.sources import with_titles
from prescriptions import answers, findings
from prescriptions.answers import BLOCK, WARN, Given
from prescriptions.models import Override, Program, Revision
from prescriptions.screening import Finding

# Severity -> word, tone and icon
SEVERITIES = {
    "block": ("Blocks issuing", "block", "octagon-alert"),
    "warn": ("Check", "warn", "triangle-alert"),
    "info": ("Hint", "info", "info"),
}
REASON = "reason-"
COUNTED = {"block": "blocking: {}", "warn": "to check: {}", "info": "hints: {}"}
PLACES = {
    "/patient": "The patient",
    "/language": "Language",
    "/diary": "Diary",
}


@dataclass(frozen=True)
class ShownFinding:
    """A finding with what the page says around it."""

    finding: Finding
    place: str
    answer: Override | None = None
    # The line or phase that it concerns, if it is one alone
    part: UUID | None = None

    @property
    def word(self) -> str:
        """The severity in words."""
        return SEVERITIES[self.finding.severity][0]

    @property
    def tone(self) -> str:
        """The tone, which only repeats what the word says."""
        return SEVERITIES[self.finding.severity][1]

    @property
    def icon(self) -> str:
        """The icon."""
        return SEVERITIES[self.finding.severity][2]

    @property
    def is_pair(self) -> bool:
        """Whether it concerns two exercises, which the place names."""
        return bool(_pair(self.finding))

    @property
    def source(self) -> str:
        """Where the rule comes from, by title."""
        return with_titles(self.finding.source)

    @property
    def needs_answer(self) -> bool:
        """Whether somebody has to tick it or to give a reason."""
        return self.finding.severity in {BLOCK, WARN} and self.answer is None

    @property
    def needs_reason(self) -> bool:
        """Whether a tick is not enough."""
        return self.finding.severity == BLOCK and self.answer is None


@dataclass(frozen=True)
class Shown:
    """All findings on a program."""

    all: tuple[ShownFinding, ...]
    # Findings by the id of the line or phase that they concern
    by_part: Mapping[UUID, Sequence[ShownFinding]]

    @property
    def elsewhere(self) -> list[ShownFinding]:
        """Findings that concern no single line or phase."""
        placed = {id(one) for part in self.by_part.values() for one in part}
        return [one for one in self.all if id(one) not in placed]

    @property
    def open(self) -> list[ShownFinding]:
        """Findings that wait for an answer."""
        return [one for one in self.all if one.needs_answer]

    @property
    def summary(self) -> str:
        """How many there are, in words."""
        counts = {
            name: sum(one.finding.severity == name for one in self.all)
            for name in SEVERITIES
        }
        told = [COUNTED[name].format(count) for name, count in counts.items() if count]
        return ", ".join(told)


def shown(program: Program) -> Shown:
    """Return the findings on a program, with the answers that still count."""
    loaded = _loaded(program)
    judgment = findings.judge(loaded)
    current = Revision.objects.of_clinic(program.clinic_id).filter(program=program)
    kept = answers.answers_of(current.current().first())
    names, ids = _places(loaded)
    entries = tuple(
        ShownFinding(
            finding=one,
            place=_place(one, loaded, names),
            answer=answers.former_answer(one, kept),
            part=ids.get(one.pointer),
        )
        for one in judgment.findings
    )
    by_part: dict[UUID, list[ShownFinding]] = {}
    for entry in entries:
        if entry.part:
            by_part.setdefault(entry.part, []).append(entry)
    return Shown(entries, by_part)


def _loaded(program: Program) -> Program:
    rows: Any = Program.objects.of_clinic(program.clinic_id)
    found: Program = rows.with_contents().get(pk=program.pk)
    return found


def _place(finding: Finding, program: Program, names: Mapping[str, str]) -> str:
    """Return what a finding concerns in words; of a pair, both."""
    place = names.get(finding.pointer) or PLACES.get(finding.pointer, "The program")
    pair = _pair(finding)
    if not pair:
        return place
    known = {
        line.exercise.slug: line.exercise.name
        for phase in program.phases.all()
        for line in phase.exercises.all()
    }
    both = " and ".join(known.get(slug, slug) for slug in pair)
    return f"{place.split(',')[0]}, {both}"


def _pair(finding: Finding) -> list[str]:
    """Return the slugs of the two exercises that a finding is about, if it is."""
    one, _, other = finding.subject.partition("/")
    return [one, other] if one and other else []


def _places(program: Program) -> tuple[dict[str, str], dict[str, UUID]]:
    """Return the name and the id of what each pointer points at."""
    names: dict[str, str] = {}
    ids: dict[str, UUID] = {}
    for p, phase in enumerate(program.phases.all()):
        pointer = f"/phases/{p}"
        names[pointer], ids[pointer] = f"Phase {p + 1}", phase.pk
        for e, line in enumerate(phase.exercises.all()):
            place = f"{pointer}/exercises/{e}"
            names[place] = f"Phase {p + 1}, {line.exercise.name}"
            ids[place] = line.pk
    for number, slug in enumerate(program.leaflets):
        names[f"/leaflets/{number}"] = f"Leaflet “{slug}”"
    return names, ids


# Answering


@dataclass(frozen=True)
class Group:
    """The findings of one rule: they are answered together."""

    code: str
    findings: tuple[ShownFinding, ...]
    is_ticked: bool
    reason: str

    @property
    def needs_reason(self) -> bool:
        """Whether one of them blocks."""
        return any(one.needs_reason for one in self.findings)

    @property
    def needs_tick(self) -> bool:
        """Whether one of them waits for a tick."""
        return any(one.needs_answer for one in self.findings)


def groups_of(found: Shown, given: Given) -> list[Group]:
    """Return the findings by rule, in the order of their severity."""
    by_code: dict[str, list[ShownFinding]] = {}
    for one in found.all:
        by_code.setdefault(one.finding.code, []).append(one)
    return [
        Group(code, tuple(group), code in given.ticked, given.reasons.get(code, ""))
        for code, group in by_code.items()
    ]


def given_in(data: QueryDict) -> Given:
    """Return the ticks and reasons of a sent form."""
    reasons = {
        name.removeprefix(REASON): text
        for name, text in data.items()
        if name.startswith(REASON) and isinstance(text, str) and text.strip()
    }
    return Given(ticked=data.getlist("tick"), reasons=reasons)
