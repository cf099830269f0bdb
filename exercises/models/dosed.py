"""The columns of whatever is dosed."""

from dataclasses import fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from exercises.dosage import Dosage, Kind, LoadUnit, Side, errors_of


class DosageColumns(models.Model):
    """Columns of a ``Dosage``, under the same names; mixed into what is dosed."""

    kind = models.CharField(
        "counted in", max_length=12, choices=Kind.choices(), default=Kind.REPETITIONS
    )
    sets = models.PositiveSmallIntegerField(null=True, blank=True)
    repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    repetitions_max = models.PositiveSmallIntegerField("up to", null=True, blank=True)
    repetitions_per_set = models.JSONField("falling scheme", default=list, blank=True)
    hold_seconds = models.PositiveSmallIntegerField("hold (s)", null=True, blank=True)
    hold_breaths = models.PositiveSmallIntegerField(
        "hold (breaths)", null=True, blank=True
    )
    rest_between_repetitions_seconds = models.PositiveSmallIntegerField(
        "rest between repetitions (s)", null=True, blank=True
    )
    rest_between_sets_seconds = models.PositiveSmallIntegerField(
        "rest between sets (s)", null=True, blank=True
    )
    load_value = models.DecimalField(
        "load", max_digits=5, decimal_places=2, null=True, blank=True
    )
    load_unit = models.CharField(
        "load unit", max_length=12, choices=LoadUnit.choices(), blank=True
    )
    duration_minutes = models.DecimalField(
        "minutes", max_digits=5, decimal_places=1, null=True, blank=True
    )
    side = models.CharField(max_length=12, choices=Side.choices(), blank=True)
    tempo_seconds = models.PositiveSmallIntegerField("tempo (s)", null=True, blank=True)
    breath_pattern_seconds = models.JSONField(
        "breath pattern (s)", default=list, blank=True
    )
    times_per_day = models.PositiveSmallIntegerField(
        "times a day", null=True, blank=True
    )
    every_hours = models.PositiveSmallIntegerField(
        "every … hours", null=True, blank=True
    )
    days_per_week = models.PositiveSmallIntegerField(
        "days a week", null=True, blank=True
    )
    weekdays = models.JSONField(default=list, blank=True)
    time_of_day = models.JSONField(default=list, blank=True)
    as_needed = models.BooleanField(default=False)
    fill_in = models.BooleanField(
        "fill in by hand",
        default=False,
        help_text="Prints ruled gaps for the numbers that are not given.",
    )

    class Meta:
        abstract = True

    @property
    def dosage(self) -> Dosage:
        """The dosage as a value."""
        values: dict[str, Any] = {}
        for field in fields(Dosage):
            value = getattr(self, field.name)
            values[field.name] = tuple(value) if isinstance(value, list) else value
        return Dosage(**values)

    @dosage.setter
    def dosage(self, dosage: Dosage) -> None:
        for field in fields(Dosage):
            value = getattr(dosage, field.name)
            setattr(
                self, field.name, list(value) if isinstance(value, tuple) else value
            )

    def clean(self) -> None:
        """Refuse a dosage that cannot be done or worded, naming the field."""
        super().clean()
        if errors := errors_of(self.dosage):
            raise ValidationError(errors)
