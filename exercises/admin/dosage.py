"""A dosage in a form: its columns as fields that a person can fill in."""

from dataclasses import fields
from typing import Any

from clinic.admin import ActorForm, NumbersField, TermsField
from exercises.dosage import Dosage, TimeOfDay, Weekday
from exercises.dosage.validation import NUMBERS, Whole

COLUMNS = tuple(field.name for field in fields(Dosage))
# What most exercises need, in the order in which a dosage is spoken
COMMON = (
    "kind",
    "sets",
    "repetitions",
    "repetitions_max",
    "hold_seconds",
    "duration_minutes",
    "side",
    "times_per_day",
    "days_per_week",
)
RARE = tuple(name for name in COLUMNS if name not in COMMON)
FAR_BELOW, FAR_ABOVE = -1_000_000, 1_000_000
LABELS = {
    "kind": "Counted in",
    "repetitions": "Times",
    "repetitions_max": "Up to",
    "hold_seconds": "Hold (s)",
    "duration_minutes": "Minutes",
    "times_per_day": "A day",
    "days_per_week": "Days a week",
    "hold_breaths": "Hold (breaths)",
    "rest_between_repetitions_seconds": "Rest between times (s)",
    "rest_between_sets_seconds": "Rest between sets (s)",
    "every_hours": "Every … hours",
    "tempo_seconds": "Moving time (s)",
}


class DosageForm(ActorForm):
    """A form with the columns of a dosage; limits are those of the dosage itself."""

    repetitions_per_set = NumbersField(
        label="Falling scheme", help_text="Instead of sets and times: 6, 4, 2"
    )
    breath_pattern_seconds = NumbersField(
        label="Breathe in, pause, out (s)", help_text="4, 2, 6"
    )
    weekdays = TermsField(Weekday.choices, label="Only on")
    time_of_day = TermsField(TimeOfDay.choices, label="Time of day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
        for name, bounds in NUMBERS.items():
            if name in self.fields:
                _say_limits(self.fields[name], bounds)


def _say_limits(field: Any, bounds: Any) -> None:
    """Have the field and the browser know the limits, in the words of the dosage."""
    field.error_messages["min_value"] = bounds.fault(FAR_BELOW)
    field.error_messages["max_value"] = bounds.fault(FAR_ABOVE)
    field.error_messages["invalid"] = bounds.fault("")
    least = bounds.least if isinstance(bounds, Whole) else 0
    field.widget.attrs |= {"min": least, "max": bounds.most, "class": "short"}
