"""The exercise library."""

from django.apps import AppConfig


class ExercisesConfig(AppConfig):
    """Exercises and their dosage."""

    name = "exercises"
