"""What changed from one document of a program to the next, line by line."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clinic import languages
from prescriptions.documents.parts import (
    ExerciseCard,
    HandoutDocument,
    NewsLine,
    NewsPart,
    PhasePart,
)

MARKS = ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One line: ``mark`` is added, changed or removed; a change names its field."""

    mark: str
    what: str
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class _Placed:
    """A card with the phase it stands in."""

    card: ExerciseCard
    phase: str

    def fields(self) -> dict[str, str]:
        """What a practitioner decides about it, in words."""
        return {
            "dosage": " ".join(self.card.dosage),
            "days": ", ".join(self.card.weekdays),
            "phase": self.phase,
            "purpose": self.card.why,
            "note": self.card.note,
        }


def differences(before: HandoutDocument, after: HandoutDocument) -> list[Difference]:
    """Return what the later document adds, changes and leaves out, in that order.

    Exercises are matched by slug and, where one stands twice, by their order. Texts of
    clinic, library and rules are no differences: they are nobody's decision here.
    Dates are written out in the language in force.
    """
    found = [
        *_exercises(_placed(before), _placed(after)),
        *_leaflets(before, after),
        *_changes("Program", _facts(before), _facts(after)),
        *_phases(before, after),
    ]
    return sorted(found, key=lambda line: MARKS.index(line.mark))


def news_of(before: HandoutDocument, after: HandoutDocument) -> NewsPart | None:
    """Return what the patient has to know of the exercises; None if nothing is new.

    Of an earlier document in another language there is no dosage to compare with.
    """
    old, new = _placed(before), _placed(after)
    former, present = {slug for slug, _ in old}, {slug for slug, _ in new}
    found = [
        *(_new(one) for (slug, _), one in new.items() if slug not in former),
        *(_now(old[key], one) for key, one in new.items() if key in old),
        *(_gone(one) for (slug, _), one in old.items() if slug not in present),
    ]
    lines = tuple(dict.fromkeys(line for line in found if line))
    is_readable = before.language == after.language and before.issued_on
    if not (lines and is_readable):
        return None
    return NewsPart(since=before.issued_on, lines=lines)


def _new(placed: _Placed) -> NewsLine:
    card = placed.card
    return NewsLine(
        mark=ADDED, name=card.name, number=card.number, language=_language(card)
    )


def _gone(placed: _Placed) -> NewsLine:
    card = placed.card
    return NewsLine(mark=REMOVED, name=card.name, language=_language(card))


def _now(old: _Placed, new: _Placed) -> NewsLine | None:
    """Tell of a changed dosage by the sentences that differ."""
    before, after, card = old.card.dosage, new.card.dosage, new.card
    if before == after:
        return None
    if len(before) == len(after):
        pairs = [two for two in zip(before, after, strict=True) if two[0] != two[1]]
        before, after = zip(*pairs, strict=True)
    return NewsLine(
        mark=CHANGED,
        name=card.name,
        number=card.number,
        before=" ".join(before),
        after=" ".join(after),
        language=_language(card),
    )


def _language(card: ExerciseCard) -> str:
    return dict(card.languages).get("name", "")


def _placed(document: HandoutDocument) -> dict[tuple[str, int], _Placed]:
    seen: Counter[str] = Counter()
    found = {}
    for phase in document.phases:
        for card in phase.cards:
            found[card.slug, seen[card.slug]] = _Placed(card, _title_of(phase))
            seen[card.slug] += 1
    return found


def _title_of(phase: PhasePart) -> str:
    return phase.title or f"Phase {phase.number}"


def _exercises(
    before: dict[tuple[str, int], _Placed], after: dict[tuple[str, int], _Placed]
) -> Iterator[Difference]:
    for key, placed in after.items():
        if key in before:
            fields = before[key].fields(), placed.fields()
            yield from _changes(placed.card.name, *fields)
        else:
            dosage = " ".join(placed.card.dosage)
            yield Difference(mark=ADDED, what=placed.card.name, after=dosage)
    for key, placed in before.items():
        if key not in after:
            yield Difference(mark=REMOVED, what=placed.card.name)


def _leaflets(before: HandoutDocument, after: HandoutDocument) -> Iterator[Difference]:
    old = {leaflet.slug: leaflet.title for leaflet in before.leaflets}
    new = {leaflet.slug: leaflet.title for leaflet in after.leaflets}
    for mark, here, there in ((ADDED, new, old), (REMOVED, old, new)):
        for slug, title in here.items():
            if slug not in there:
                yield Difference(mark=mark, what=f"Leaflet: {title}")


def _facts(document: HandoutDocument) -> dict[str, str]:
    return {
        "title": document.title,
        "goal": document.goal,
        "person to ask": document.practitioner.name,
        "start": _in_words(document.start_date),
        "review": _in_words(document.review_date),
        "end": _in_words(document.end_date),
        "language": languages.name(document.language),
    }


def _in_words(iso: str) -> str:
    return languages.long_date(date.fromisoformat(iso)) if iso else ""


def _phases(before: HandoutDocument, after: HandoutDocument) -> Iterator[Difference]:
    old = {phase.number: phase for phase in before.phases}
    for phase in after.phases:
        if former := old.get(phase.number):
            yield from _changes(_title_of(phase), _rule(former), _rule(phase))


def _rule(phase: PhasePart) -> dict[str, str]:
    weeks = "" if phase.weeks is None else str(phase.weeks)
    return {"weeks": weeks, "move on when": phase.criterion}


def _changes(
    what: str, before: dict[str, str], after: dict[str, str]
) -> Iterator[Difference]:
    for field, value in after.items():
        if value != before[field]:
            yield Difference(
                mark=CHANGED,
                what=what,
                field=field,
                before=before[field],
                after=value,
            )
