"""A made-up handout that shows a clinic how its own will look."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import Clinic
from exercises.models import Exercise
from prescriptions.documents import (
    LANGUAGE,
    ExerciseCard,
    HandoutDocument,
    PatientPart,
    PhasePart,
    PractitionerPart,
    TextBlock,
    clinic_part,
    picture_of,
)

SLUG = "bird-dog"
# Fields of the clinic that are shown while they are typed
TYPED = ("name", "phone", "address", "header_text", "footer_text", "accent_color")


def sample_document(clinic: Clinic, typed: Mapping[str, Any]) -> HandoutDocument:
    """Return a document of one exercise with the clinic as it is being typed.

    What cannot be right, such as an unfinished color, is left as it was.
    """
    today = timezone.localdate()
    return HandoutDocument(
        language=LANGUAGE,
        clinic=_as_typed(clinic, typed),
        patient=PatientPart(name="Sam Sample", date_of_birth="1980-05-17", number="1"),
        practitioner=PractitionerPart(name="Your name", credential="DC"),
        title="Move your back again",
        goal="Walk to the market and back.",
        start_date=today.isoformat(),
        review_date=(today + timedelta(days=14)).isoformat(),
        end_date="",
        phases=(_phase(clinic),),
        pain_rule=(
            TextBlock(kind="heading", text="Pain rule"),
            TextBlock(kind="paragraph", text="Your signed text stands here."),
        ),
        safety_net=(),
    )


def _as_typed(clinic: Clinic, typed: Mapping[str, Any]) -> Any:
    part = clinic_part(clinic)
    for name in TYPED:
        if name in typed:
            field: Any = Clinic._meta.get_field(name)
            value = str(typed[name]).strip()
            with suppress(ValidationError):  # of unfinished typing
                part = replace(part, **{name: field.clean(value, None)})
    return part


def _phase(clinic: Clinic) -> PhasePart:
    card = _card(Exercise.objects.of_clinic(clinic).filter(slug=SLUG).first())
    return PhasePart(
        number=1, title="", weeks=2, criterion="", minutes=5, cards=(card,)
    )


def _card(exercise: Exercise | None) -> ExerciseCard:
    """Return the card of an exercise; of a library without it, an invented one."""
    empty = ExerciseCard(
        number=1,
        slug=SLUG,
        version=1,
        name="Bird dog",
        equipment=(),
        dosage=("Do it 8\u00a0times on each side.", "Once a day, every day."),
        start="On hands and knees.",
        steps=("Reach one arm forward.", "Reach the other leg back.", "Come back."),
        breathing="",
        feel="",
        mistakes=(),
        stop_if=(),
        precautions=(),
        note="Notes to your patient stand here.",
    )
    if exercise is None:
        return empty
    drawn = [figure for figure in exercise.figures if figure.get("asset")]
    return replace(
        empty,
        name=exercise.name,
        start=exercise.start,
        steps=tuple(exercise.steps),
        breathing=exercise.breathing,
        feel=exercise.feel,
        pictures=tuple(picture_of(figure, LANGUAGE) for figure in drawn),
    )
