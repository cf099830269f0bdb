"""Patients who may be on record already."""

import unicodedata
from datetime import date

from django.db.models import Q

from clinic.models import Actor, Patient

MOST_TOLD = 5


def namesakes(actor: Actor, *, name: str, born: date, number: str) -> list[Patient]:
    """Return patients of the clinic who may be this person, archived ones too.

    The same birth date with the same name, whatever case, accents, commas and order of
    its words; or the same clinic number. An empty number is nobody's.
    """
    same = Q(date_of_birth=born)
    if number:
        same |= Q(number=number)
    rows = Patient.objects.visible_to(actor).filter(same)
    words = words_of(name)
    found = [
        row
        for row in rows
        if (number and row.number == number)
        or (row.date_of_birth == born and words_of(row.name) == words)
    ]
    return found[:MOST_TOLD]


def words_of(name: str) -> list[str]:
    """Return the words of a name as they are compared: plain letters, in order."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return sorted("".join(c if c.isalnum() else " " for c in letters).split())
