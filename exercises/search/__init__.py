"""Finding exercises by any name, in any language, with slips of the finger.

``query`` folds what is asked and adds synonyms, ``narrowing`` has PostgreSQL choose
candidates with the help of ``index``, ``scoring`` ranks them in Python, ``facets``
narrows by choice. On SQLite all rows that the facets leave are candidates.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Case, IntegerField, Value, When

from exercises.models import ExerciseQuerySet
from exercises.search import narrowing
from exercises.search.index import is_ready, why_slow
from exercises.search.narrowing import Phrases, Rows
from exercises.search.query import phrases
from exercises.search.scoring import ABOUT, Found, score

__all__ = ["MOST_HITS", "find", "ranked", "why_slow"]

MOST_HITS = narrowing.MOST_CANDIDATES


def find(rows: ExerciseQuerySet, text: str) -> list[UUID]:
    """Return the ids of the rows that answer, best first, at most ``MOST_HITS``.

    Rows that hold all the words as they are spelled leave out those that hold
    something like them, and these the ones that hold only some of the words. Rows that
    answer alike stand in the order of their names. An empty text finds nothing. At
    most four queries of bounded size where there is a trigram index, otherwise one.
    """
    asked = phrases(text)
    if not asked:
        return []
    for candidates, least in _steps(rows, asked):
        scored = []
        for pk, search_text in candidates:
            points = score(asked, found := Found.of(search_text))
            if points > 0 and points >= least:
                scored.append((-points, found.names[0], str(pk), pk))
        if scored:
            return [pk for *_, pk in sorted(scored)][:MOST_HITS]
    return []


def ranked(rows: ExerciseQuerySet, text: str) -> ExerciseQuerySet:
    """Return the rows that answer, ordered by ``search_rank`` from 0, best first."""
    ids = find(rows, text)
    places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(ids)]
    rank = Case(*places, default=Value(len(ids)), output_field=IntegerField())
    found = rows.filter(pk__in=ids).annotate(search_rank=rank)
    return found.order_by("search_rank")


def _steps(rows: ExerciseQuerySet, asked: Phrases) -> Iterator[tuple[Rows, float]]:
    """Yield candidates and the least points they need, the strictest step first."""
    if is_ready(rows.db):
        yield narrowing.literal(rows, asked), ABOUT
        yield narrowing.alike(rows, asked), ABOUT
        yield narrowing.partly(rows, asked), 0.0
    else:
        every = list(rows.order_by().values_list("pk", "search_text"))
        yield [row for row in every if _is_literal(row[1], asked)], ABOUT
        yield every, ABOUT
        yield every, 0.0


def _is_literal(search_text: str, asked: Phrases) -> bool:
    return any(all(word in search_text for word in each.words) for each in asked)
