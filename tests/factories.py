"""Rows for tests: plain keyword-only functions with sensible defaults."""

from datetime import date
from functools import cache
from itertools import count
from typing import Any

from clinic.models import Clinic, ClinicText, Membership, Patient, Practitioner
from clinic.signing import sign, sign_all
from exercises.catalog import Entry, read_library
from exercises.models import Exercise, ExerciseTranslation, Leaflet
from prescriptions.models import Phase, Program
from prescriptions.programs import add_exercise

_numbers = count(1)
PASSWORD = "calm-otter-42-river"


# Counts as a picture, and costs no drawing
UNDRAWN = {"asset": "", "description": {"en": "A pose"}}


def make_clinic(**values: Any) -> Clinic:
    """Return a clinic without signed texts."""
    defaults = {
        "name": f"Clinic {next(_numbers)}",
        "phone": "+49 30 555 0142",
        "emergency_number": "112",
        "time_zone": "Europe/Berlin",
    }
    return Clinic.objects.create(**defaults | values)


def make_membership(
    *,
    clinic: Clinic | None = None,
    role: str = Membership.Role.PRACTITIONER,
    licensed: bool = True,
    **person: Any,
) -> Membership:
    """Return a person's membership; the password is ``PASSWORD``."""
    number = next(_numbers)
    defaults = {"email": f"p{number}@example.org", "name": "Mara Lind"}
    defaults |= {"credential": "DC", "password": PASSWORD}
    return Membership.objects.create(
        practitioner=Practitioner.objects.create_user(**defaults | person),
        clinic=clinic or make_clinic(),
        role=role,
        licensed=licensed,
    )


def make_patient(*, clinic: Clinic, **values: Any) -> Patient:
    """Return a patient born on 1980-05-17."""
    defaults = {"name": "Anna Berger", "date_of_birth": date(1980, 5, 17)}
    return Patient.objects.create(clinic=clinic, **defaults | values)


def make_exercise(*, clinic: Clinic | None = None, **values: Any) -> Exercise:
    """Return an exercise of 8 repetitions twice a day; shared without a clinic."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"exercise-{number}",
        "name": f"Exercise {number}",
        "category": "mobility",
        "position": "quadruped",
        "start": "On hands and knees.",
        "steps": ["Round your back.", "Let your belly sink."],
        "figures": [UNDRAWN],
        "sets": 1,
        "repetitions": 8,
        "times_per_day": 2,
        "days_per_week": 7,
    }
    return Exercise.objects.create(clinic=clinic, **defaults | values)


def make_translation(
    exercise: Exercise, language: str, **values: Any
) -> ExerciseTranslation:
    """Return a translation, in Spanish words whatever the language."""
    texts = {"name": "Gato", "start": "A gatas.", "steps": ["Redondee la espalda."]}
    return ExerciseTranslation.objects.create(
        exercise=exercise, language=language, **texts | values
    )


@cache
def library_entries() -> tuple[Entry, ...]:
    """Return the files of the library, read once."""
    return read_library()


def make_library() -> dict[str, Exercise]:
    """Return the shared exercises by slug, without pictures."""
    rows = [entry.apply_to(Exercise()) for entry in library_entries()]
    for row in rows:
        row.figures = [UNDRAWN]
    return {row.slug: row for row in Exercise.objects.bulk_create(rows)}


def make_leaflet(*, clinic: Clinic | None = None, **values: Any) -> Leaflet:
    """Return a leaflet of two lines in English; shared without a clinic."""
    number = next(_numbers)
    defaults = {
        "slug": f"leaflet-{number}",
        "title": f"Leaflet {number}",
        "body": "# What to do\n- Rest.",
    }
    return Leaflet.objects.create(clinic=clinic, **defaults | values)


def make_program(
    *,
    by: Membership,
    patient: Patient | None = None,
    exercises: int | list[Exercise] = 2,
    **values: Any,
) -> Program:
    """Return a draft program of one phase with the exercises."""
    program = Program.objects.create(
        clinic=by.clinic,
        patient=patient or make_patient(clinic=by.clinic),
        practitioner=by.practitioner,
        **{"title": "Back care"} | values,
    )
    phase = Phase.objects.create(program=program)
    if isinstance(exercises, int):
        exercises = [make_exercise() for _ in range(exercises)]
    for exercise in exercises:
        add_exercise(phase, exercise)
    if by.licensed:
        sign_all(exercises, by=by)
    return program


def sign_texts(membership: Membership, language: str = "en") -> None:
    """Give the clinic signed texts, so that programs can be issued."""
    for kind in ClinicText.Kind:
        text, _ = ClinicText.objects.of_clinic(membership.clinic).get_or_create(
            clinic=membership.clinic,
            kind=kind,
            language=language,
            defaults={"body": "# Get help\n! Call {emergency_number}.\n- Chest pain."},
        )
        sign(text, by=membership)
