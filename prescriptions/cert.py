"""How completely a program is reported, by CERT: 16 items in 19 parts.

Some parts answer themselves from the program; the others are short texts of the
program, or the clinic's usual ones. Nothing here ever blocks.

Source: Slade and others, Br J Sports Med 2016;50:1428.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from clinic.audit import record
from clinic.models import Actor, Clinic
from exercises import tags
from exercises.dosage import minutes_per_day
from prescriptions.models import CertAnswers, PrescribedExercise, Program

FILE = Path(__file__).parent / "cert.yaml"
LONGEST = 200


@dataclass(frozen=True)
class Part:
    """One part with its answer; ``is_usual`` when the clinic's is taken."""

    number: str
    asked: str
    answer: str
    is_text: bool
    is_usual: bool = False


@dataclass(frozen=True)
class Meter:
    """All parts of a program."""

    parts: tuple[Part, ...]

    @property
    def answered(self) -> int:
        """How many parts have an answer."""
        return sum(bool(part.answer) for part in self.parts)


@cache
def questions() -> Sequence[Mapping[str, str]]:
    """Return the parts as the file lists them, read once."""
    found: list[dict[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def meter_of(program: Program) -> Meter:
    """Return the parts of a program that comes from ``with_contents``; one query."""
    own, usual = _texts(program)
    parts = []
    for one in questions():
        number = one["part"]
        told = SELF_TOLD[one["from"]](program) if "from" in one else ""
        texts = own.get(number, ""), told, usual.get(number, "")
        answer = next((text for text in texts if text), "")
        parts.append(
            Part(
                number=number,
                asked=one["asked"],
                answer=answer,
                is_text=not told,
                is_usual=bool(texts[2]) and not (texts[0] or told),
            )
        )
    return Meter(tuple(parts))


def _texts(program: Program) -> tuple[dict[str, str], dict[str, str]]:
    """Return the program's own answers and the clinic's usual ones."""
    rows = CertAnswers.objects.of_clinic(program.clinic_id)
    found = {
        row.program_id: row.answers
        for row in rows.filter(program=None) | rows.filter(program=program)
    }
    return found.get(program.pk, {}), found.get(None, {})


@transaction.atomic
def answer(program: Program, texts: Mapping[str, str], *, by: Actor) -> None:
    """Store the program's own answers; parts left empty take the clinic's usual."""
    _store(program.clinic, program, texts)
    record(by, "program.reported", program)


@transaction.atomic
def answer_usually(clinic: Clinic, texts: Mapping[str, str], *, by: Actor) -> None:
    """Store the answers that hold where a program has none of its own."""
    _store(clinic, None, texts)
    record(by, "clinic.report_changed", clinic)


def _store(clinic: Clinic, program: Program | None, texts: Mapping[str, str]) -> None:
    CertAnswers.objects.of_clinic(clinic).update_or_create(
        clinic=clinic,
        program=program,
        defaults={"answers": {part: text for part, text in texts.items() if text}},
    )


# What answers itself


def _lines(program: Program) -> list[PrescribedExercise]:
    return [line for phase in program.phases.all() for line in phase.exercises.all()]


def _equipment(program: Program) -> str:
    lines = _lines(program)
    used = {item for line in lines for item in line.exercise.equipment}
    named = ", ".join(sorted(tags.label(item) for item in used))
    return named or ("None" if lines else "")


def _practitioner(program: Program) -> str:
    person = program.practitioner
    return person.signature if person.credential else ""


def _criteria(program: Program) -> str:
    told = [phase.criterion for phase in program.phases.all() if phase.criterion]
    return "; ".join(told)


def _described(program: Program) -> str:
    lines = _lines(program)
    is_whole = all(line.exercise.steps and line.exercise.figures for line in lines)
    return "Steps and pictures of each" if lines and is_whole else ""


def _home(program: Program) -> str:
    phases = [list(phase.exercises.all()) for phase in program.phases.all()]
    minutes = [sum(minutes_per_day(x.dosage) for x in lines) for lines in phases]
    count = len(_lines(program))
    if not count:
        return ""
    return f"{count} exercise{'' if count == 1 else 's'}, {max(minutes):.0f} min a day"


def _leaflets(program: Program) -> str:
    count = len(program.leaflets)
    return f"{count} leaflet{'' if count == 1 else 's'}" if count else ""


def _dosage(program: Program) -> str:
    lines = _lines(program)
    is_whole = lines and not any(line.fill_in for line in lines)
    return "On each card" if is_whole else ""


def _level(program: Program) -> str:
    first = next(iter(program.phases.all()), None)
    return tags.label(first.stage) if first and first.stage else ""


SELF_TOLD: Mapping[str, Callable[[Program], Any]] = {
    "equipment": _equipment,
    "practitioner": _practitioner,
    "criteria": _criteria,
    "described": _described,
    "home": _home,
    "leaflets": _leaflets,
    "dosage": _dosage,
    "level": _level,
}
