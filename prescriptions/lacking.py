"""What a program's contents lack, signatures and pictures: findings to answer for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.text import Truncator

from exercises.leaflets import leaflets_for
from exercises.words import words_of
from prescriptions.models import Program
from prescriptions.screening import Finding

# At most 12 signs, as the codes of rules
TEXTS, DRAFTS, LEAFLETS = "U-texts", "U-drafts", "U-leaflets"
PICTURES = "U-pictures"
CODES = frozenset({TEXTS, DRAFTS, LEAFLETS})
MOST_NAMED = 5
LONGEST_NAME = 60


@dataclass(frozen=True)
class _Lacking:
    """A content that lacks something: where it is used, its name, its version."""

    pointer: str
    name: str
    content: tuple[UUID, int]


def findings_of(program: Program, language: str) -> list[Finding]:
    """Return a finding for each kind of unsigned text, in a few queries.

    Whoever issues reads unsigned texts and answers for them with a tick; of an exercise
    without a picture a reason is asked. A clinic with signed and illustrated exercises
    sees none of it.
    """
    lines = [
        (f"/phases/{p}/exercises/{e}", line)
        for p, phase in enumerate(program.phases.all())
        for e, line in enumerate(phase.exercises.all())
    ]
    wanted = [(line.exercise, line.exercise_version) for _, line in lines]
    words = words_of(wanted, language, program.clinic)
    plain: list[_Lacking] = []
    drafts: list[_Lacking] = []
    bare: list[_Lacking] = []
    for pointer, line in lines:
        told = words[line.exercise_id, line.exercise_version]
        if not told.figures:
            bare.append(
                _Lacking(pointer, told.name, (line.exercise_id, told.content[1]))
            )
        if not told.is_signed:
            is_own = told.language == line.exercise.language
            unread = _Lacking(pointer, told.name, told.content)
            (plain if is_own else drafts).append(unread)
    leaflets = [
        _Lacking("/leaflets", one.title, (one.id, one.version))
        for one in leaflets_for(program.leaflets, language, program.clinic)
        if not one.is_signed
    ]
    return [
        *_finding(PICTURES, bare, severity="block"),
        *_finding(TEXTS, plain),
        *_finding(DRAFTS, drafts),
        *_finding(LEAFLETS, leaflets),
    ]


MESSAGES = {
    PICTURES: "Without a picture: {names}. Patients follow pictures more than words; "
    "add one, or say why it goes out without.",
    TEXTS: "Your clinic has not signed the texts of: {names}. Read them; with the "
    "tick you answer for them.",
    DRAFTS: "These translations are drafts that nobody in your clinic has signed: "
    "{names}. Have somebody who speaks the language read them.",
    LEAFLETS: "Your clinic has not signed these leaflets: {names}. Read them; with "
    "the tick you answer for them.",
}


def _finding(
    code: str, found: Sequence[_Lacking], *, severity: str = "warn"
) -> list[Finding]:
    if not found:
        return []
    # A changed text is another one: the tick for the former does not cover it.
    contents = dict.fromkeys(one.content for one in found)
    return [
        Finding(
            code=code,
            severity=severity,
            scope="handout",
            pointer=found[0].pointer,
            message=MESSAGES[code].format(names=_names(found)),
            source="",
            rule_version=1,
            subject=",".join(f"{pk}:{version}" for pk, version in contents),
        )
    ]


def _names(found: Sequence[_Lacking]) -> str:
    """Return the names, the last ones as a number."""
    names = list(
        dict.fromkeys(Truncator(one.name).chars(LONGEST_NAME) for one in found)
    )
    shown, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
