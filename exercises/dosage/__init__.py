"""Dosage of an exercise: one structured record, its validation and its wording.

Pure Python. ``values`` is what the other modules work on; they do not know each
other, except that ``mapping`` validates what it reads, and that ``wording`` says the
``messages`` in the ``speech`` of a language.
"""

from exercises.dosage.mapping import DosageError, from_mapping, to_mapping
from exercises.dosage.minutes import (
    minutes_per_day,
    minutes_per_session,
    minutes_per_week,
)
from exercises.dosage.shorthand import summary
from exercises.dosage.speech import languages
from exercises.dosage.validation import errors_of
from exercises.dosage.values import (
    Choice,
    Dosage,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
)
from exercises.dosage.wording import sentences

__all__ = [
    "Choice",
    "Dosage",
    "DosageError",
    "Kind",
    "LoadUnit",
    "Side",
    "TimeOfDay",
    "Weekday",
    "errors_of",
    "from_mapping",
    "languages",
    "minutes_per_day",
    "minutes_per_session",
    "minutes_per_week",
    "sentences",
    "summary",
    "to_mapping",
]
