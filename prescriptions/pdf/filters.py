"""Filters of the handout's templates; each returns plain values, never markup."""

from django import template

from prescriptions.documents import ExerciseCard
from prescriptions.pdf import wording

register = template.Library()
for name in (
    "bands",
    "in_words",
    "isolated",
    "numbers",
    "one_line",
    "signature",
    "telephones",
):
    register.filter(name, getattr(wording, name))
register.filter("halves", wording.halved)


@register.filter
def language_of(card: ExerciseCard, field: str) -> str:
    """Return the language of a card's text; empty when it is the document's."""
    return dict(card.languages).get(field, "")


@register.filter
def plus(number: float, other: float) -> float:
    """Add, fractions included."""
    return round(number + other, 2)
