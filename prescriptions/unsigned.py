"""Texts of a program that nobody in the clinic has signed: findings to answer for."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from uuid import UUID

from exercises.leaflets import leaflets_for
from exercises.words import words_of
from prescriptions.models import Program
from prescriptions.screening import Finding

# At most 12 signs, as the codes of rules
TEXTS, DRAFTS, LEAFLETS = "U-texts", "U-drafts", "U-leaflets"
CODES = frozenset({TEXTS, DRAFTS, LEAFLETS})
MOST_NAMED = 5
LONGEST_NAME = 60


@dataclass(frozen=True)
class _Unread:
    """A text that is not signed: where it is used, its name, the version of it."""

    pointer: str
    name: str
    content: tuple[UUID, int]


def findings_of(program: Program, language: str) -> list[Finding]:
    """Return a finding for each kind of unsigned text, in a few queries.

    Whoever issues reads the texts and answers for them with a tick; a clinic that has
    signed everything sees none of it.
    """
    lines = [
        (f"/phases/{p}/exercises/{e}", line)
        for p, phase in enumerate(program.phases.all())
        for e, line in enumerate(phase.exercises.all())
    ]
    wanted = [(line.exercise, line.exercise_version) for _, line in lines]
    words = words_of(wanted, language, program.clinic)
    plain: list[_Unread] = []
    drafts: list[_Unread] = []
    for pointer, line in lines:
        told = words[line.exercise_id, line.exercise_version]
        if not told.is_signed:
            is_own = told.language == line.exercise.language
            unread = _Unread(pointer, told.name, told.content)
            (plain if is_own else drafts).append(unread)
    leaflets = [
        _Unread("/leaflets", one.title, (one.id, one.version))
        for one in leaflets_for(program.leaflets, language, program.clinic)
        if not one.is_signed
    ]
    return [
        *_finding(TEXTS, plain),
        *_finding(DRAFTS, drafts),
        *_finding(LEAFLETS, leaflets),
    ]


MESSAGES = {
    TEXTS: "Your clinic has not signed the texts of: {names}. Read them; with the "
    "tick you answer for them.",
    DRAFTS: "These translations are drafts that nobody in your clinic has signed: "
    "{names}. Have somebody who speaks the language read them.",
    LEAFLETS: "Your clinic has not signed these leaflets: {names}. Read them; with "
    "the tick you answer for them.",
}


def _finding(code: str, found: Sequence[_Unread]) -> list[Finding]:
    if not found:
        return []
    # A changed text is another one: the tick for the former does not cover it.
    contents = dict.fromkeys(one.content for one in found)
    return [
        Finding(
            code=code,
            severity="warn",
            scope="handout",
            pointer=found[0].pointer,
            message=MESSAGES[code].format(names=_names(found)),
            source="",
            rule_version=1,
            subject=",".join(f"{pk}:{version}" for pk, version in contents),
        )
    ]


def _names(found: Sequence[_Unread]) -> str:
    """Return the names, the last ones as a number."""
    names = list(dict.fromkeys(shorten(one.name, LONGEST_NAME) for one in found))
    shown, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
