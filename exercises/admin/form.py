"""The form in which an exercise is written."""

from functools import partial
from typing import Any

from django import forms

from clinic.admin import LinesField, TermsField
from clinic.errors import DomainError
from exercises import own, tags
from exercises.admin.dosage import COMMON, RARE, DosageForm
from exercises.models import Exercise
from exercises.sources import titles_in

PARTS: Any = [
    (
        "Exercise",
        {"fields": ["name", "also_called", ("category", "position", "difficulty")]},
    ),
    (
        "What the patient reads",
        {"fields": ["start", "steps", "breathing", "feel", "mistakes", "stop_if"]},
    ),
    (
        "Usual dosage",
        {"fields": [COMMON], "description": "Filled in when prescribed."},
    ),
    ("More of the dosage", {"fields": [RARE], "classes": ["collapse"]}),
    (
        "Suitability",
        {"fields": ["contraindications", "cautions", "stages", "direction"]},
    ),
    ("To find it", {"fields": ["regions", "equipment", "muscles"]}),
    ("Video and visibility", {"fields": ["video_url", "visibility"]}),
    (
        "Sources and relatives",
        {
            "fields": [("easier", "harder"), "source", "dosage_source"],
            "classes": ["collapse"],
        },
    ),
]


class ExerciseForm(DosageForm):
    """An exercise as a person writes it: lists as lines, terms as ticks."""

    video_url = forms.URLField(
        label="Video",
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text="Printed as a code to scan and as a short address.",
    )
    visibility = forms.ChoiceField(
        label="Visible to",
        choices=Exercise.Visibility.choices,
        initial=Exercise.Visibility.CLINIC,
        required=False,
        widget=forms.RadioSelect,
    )

    category = forms.ChoiceField(choices=partial(tags.term_choices, "category"))
    position = forms.ChoiceField(choices=partial(tags.term_choices, "position"))
    direction = forms.ChoiceField(
        label="Spine direction",
        choices=partial(tags.term_choices, "direction"),
        initial="neutral",
    )
    also_called = LinesField(label="Other names", required=False, rows=2)
    steps = LinesField(help_text="One step a line, in short sentences.", rows=6)
    mistakes = LinesField(label="Common mistakes", required=False)
    stop_if = LinesField(label="Stop if", required=False)
    muscles = LinesField(required=False)
    regions = TermsField(partial(tags.term_choices, "regions"), label="Body regions")
    equipment = TermsField(partial(tags.term_choices, "equipment"))
    stages = TermsField(partial(tags.term_choices, "stages"))
    cautions = TermsField(
        tags.flag_groups, help_text="Needs care with a patient who has one of these."
    )
    contraindications = TermsField(
        tags.flag_groups, help_text="Not for a patient who has one of these."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Private under the slug of a shared one it would hide that from colleagues:
        # whoever wants to keep a shared one to themselves makes a new one from it.
        if not self.instance._state.adding and self.instance.is_shared:
            self.fields.pop("visibility", None)
        for name in self.fields.keys() & {"source", "dosage_source"}:
            titles = titles_in(getattr(self.instance, name))
            self.fields[name].help_text = "; ".join(titles)

    def clean_video_url(self) -> str:
        """Refuse what is not on a host for videos."""
        url: str = self.cleaned_data["video_url"]
        try:
            return own.check_video(url) if url else ""
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def clean_visibility(self) -> str:
        """Leave it to the maker to keep an exercise to themselves."""
        wanted: str = self.cleaned_data["visibility"] or Exercise.Visibility.CLINIC
        owner = self.instance.owner_id
        is_mine = self.actor and owner in (None, self.actor.practitioner_id)
        if wanted == Exercise.Visibility.OWNER and not is_mine:
            name = self.instance.owner.name
            raise forms.ValidationError(f"Only {name} can keep this exercise private.")
        return wanted
