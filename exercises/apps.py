"""The exercise library."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class ExercisesConfig(AppConfig):
    """Exercises and their dosage."""

    name = "exercises"

    def ready(self) -> None:
        """Keep the search index after migrations, and tell when there is none."""
        prepare = import_string("exercises.search.index.prepare")
        post_migrate.connect(prepare, sender=self, dispatch_uid="exercises.search")
        check = import_string("exercises.checks.check_search")
        checks.register(check, checks.Tags.database)
