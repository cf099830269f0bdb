"""The library's rows: exercises, their words, leaflets, and what members keep."""

from exercises.models.dosed import DosageColumns
from exercises.models.exercise import Exercise, ExerciseQuerySet, check_tags
from exercises.models.importing import ImportLine, ImportRun
from exercises.models.leaflet import Leaflet, LeafletQuerySet
from exercises.models.personal import Favorite, OwnDosage
from exercises.models.shared import SharedQuerySet, SharedRow
from exercises.models.words import ExerciseTranslation, ExerciseVersion

__all__ = [
    "DosageColumns",
    "Exercise",
    "ExerciseQuerySet",
    "ExerciseTranslation",
    "ExerciseVersion",
    "Favorite",
    "ImportLine",
    "ImportRun",
    "Leaflet",
    "LeafletQuerySet",
    "OwnDosage",
    "SharedQuerySet",
    "SharedRow",
    "check_tags",
]
