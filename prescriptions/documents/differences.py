"""What changed from one document of a program to the next, line by line."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from clinic import languages
from exercises.dosage import DosageError, from_mapping, sentences
from prescriptions.documents.parts import (
    ExerciseCard,
    HandoutDocument,
    NewsLine,
    NewsPart,
    PhasePart,
)

# Slug -> name of an exercise and the language it is in
Names = Mapping[str, tuple[str, str]]
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
    Dosages are told in the language of the later document, dates in that in force.
    """
    before = _said_as(before, after)
    found = [
        *_exercises(_placed(before), _placed(after)),
        *_leaflets(before, after),
        *_changes("Program", _facts(before), _facts(after)),
        *_phases(before, after),
    ]
    return sorted(found, key=lambda line: MARKS.index(line.mark))


def news_of(
    before: HandoutDocument, after: HandoutDocument, names: Names | None = None
) -> NewsPart | None:
    """Return what the patient has to know of the exercises; None if nothing is new.

    It is told in the language of the later document; ``names`` are those in it of
    exercises that only the earlier one holds.
    """
    before = _said_as(before, after)
    old, new = _placed(before), _placed(after)
    former, present = {slug for slug, _ in old}, {slug for slug, _ in new}
    found = [
        *(_new(one) for (slug, _), one in new.items() if slug not in former),
        *(_now(old[key], one) for key, one in new.items() if key in old),
        *(
            _gone(one, before.language, after.language, names or {})
            for (slug, _), one in old.items()
            if slug not in present
        ),
    ]
    lines = tuple(dict.fromkeys(line for line in found if line))
    if not (lines and before.issued_on):
        return None
    return NewsPart(since=before.issued_on, lines=lines)


def _new(placed: _Placed) -> NewsLine:
    card = placed.card
    return NewsLine(
        mark=ADDED, name=card.name, number=card.number, language=_language(card)
    )


def _gone(placed: _Placed, spoken: str, language: str, names: Names) -> NewsLine:
    card = placed.card
    own = card.name, _language(card) or spoken
    name, of_name = names.get(card.slug, own)
    return NewsLine(
        mark=REMOVED, name=name, language="" if of_name == language else of_name
    )


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


def _said_as(before: HandoutDocument, after: HandoutDocument) -> HandoutDocument:
    """Return the earlier document with its dosages in the language of the later."""
    if before.language == after.language:
        return before
    new = _placed(after)
    cards = {
        key: _retold(placed.card, before, after, new[key].card if key in new else None)
        for key, placed in _placed(before).items()
    }
    in_order = iter(cards.values())
    phases = tuple(
        replace(phase, cards=tuple(next(in_order) for _ in phase.cards))
        for phase in before.phases
    )
    return replace(before, phases=phases)


def _retold(
    card: ExerciseCard,
    before: HandoutDocument,
    after: HandoutDocument,
    now: ExerciseCard | None,
) -> ExerciseCard:
    """Say a card's dosage in the language of the later document.

    Without the dosage itself (before the fifth schema), the present one is said in
    the former language: alike, and nothing has changed; else there is no telling.
    """
    dosage = _sentences(card, after)
    if dosage is None and now:
        said = _sentences(now, before) or card.dosage
        dosage = now.dosage if said == card.dosage else ()
    return replace(card, dosage=dosage or ())


def _sentences(card: ExerciseCard, document: HandoutDocument) -> tuple[str, ...] | None:
    """Return a card's dosage as the document would say it; None if that is unknown."""
    if card.prescribed is None:
        return None
    try:
        dosage = from_mapping(card.prescribed)
    except DosageError:  # stored under former rules
        return None
    units, language = document.clinic.units, document.language
    return sentences(dosage, units=units, language=language)


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
