"""Admin pages of the exercise library; ``dosage`` is shared with programs."""

from exercises.admin.dosage import DosageForm
from exercises.admin.imports import ImportRunAdmin
from exercises.admin.leaflets import LeafletAdmin
from exercises.admin.library import ExerciseAdmin
from exercises.admin.signing import SignOffAdmin
from exercises.admin.translations import TranslationAdmin

__all__ = [
    "DosageForm",
    "ExerciseAdmin",
    "ImportRunAdmin",
    "LeafletAdmin",
    "SignOffAdmin",
    "TranslationAdmin",
]
