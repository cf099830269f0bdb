"""Texts of a program that nobody in the clinic has signed: findings to answer for."""

from collections.abc import Iterable
from dataclasses import dataclass

from exercises.leaflets import leaflets_for
from exercises.words import words_of
from prescriptions.models import Program
from prescriptions.screening import Finding

# At most 12 signs, as the codes of rules
TEXTS, DRAFTS, LEAFLETS = "U-texts", "U-drafts", "U-leaflets"
MOST_NAMED = 5
# Pointer of a line or leaflet, and its name
Named = tuple[str, str]


@dataclass(frozen=True)
class _Unread:
    """Names of what is unsigned, and the place of the first."""

    pointer: str
    names: tuple[str, ...]

    def told(self) -> str:
        """Return the names, the last ones as a number."""
        shown = ", ".join(self.names[:MOST_NAMED])
        more = len(self.names) - MOST_NAMED
        return f"{shown} and {more} more" if more > 0 else shown


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
    plain: list[Named] = []
    drafts: list[Named] = []
    for pointer, line in lines:
        told = words[line.exercise_id, line.exercise_version]
        if not told.is_signed:
            is_own = told.language == line.exercise.language
            (plain if is_own else drafts).append((pointer, told.name))
    leaflets = leaflets_for(program.leaflets, language, program.clinic)
    titles = [("/leaflets", one.title) for one in leaflets if not one.is_signed]
    return [
        *_finding(TEXTS, plain),
        *_finding(DRAFTS, drafts),
        *_finding(LEAFLETS, titles),
    ]


MESSAGES = {
    TEXTS: "Your clinic has not signed the texts of: {names}. Read them; with the "
    "tick you answer for them.",
    DRAFTS: "These translations are drafts that nobody in your clinic has signed: "
    "{names}. Have somebody who speaks the language read them.",
    LEAFLETS: "Your clinic has not signed these leaflets: {names}. Read them; with "
    "the tick you answer for them.",
}


def _finding(code: str, found: Iterable[Named]) -> list[Finding]:
    rows = list(dict.fromkeys(found))
    if not rows:
        return []
    names = tuple(dict.fromkeys(name for _, name in rows))
    unread = _Unread(rows[0][0], names)
    return [
        Finding(
            code=code,
            severity="warn",
            scope="handout",
            pointer=unread.pointer,
            message=MESSAGES[code].format(names=unread.told()),
            source="",
            rule_version=1,
            subject=",".join(names),
        )
    ]
