"""Makes the demo clinic of a local installation, through the same doors as people."""

import json
import secrets
from argparse import ArgumentParser
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from clinic import people, second_factor
from clinic.audit import record
from clinic.models import ApiKey, Clinic, ClinicText, Membership, Patient
from clinic.roles import USUAL_KEY_SCOPES
from clinic.signing import sign_all
from exercises.dosage import Dosage, from_mapping, to_mapping
from exercises.models import Exercise, ExerciseTranslation, Leaflet
from prescriptions import catalog, findings, handouts, programs
from prescriptions.answers import Given
from prescriptions.documents import HandoutOptions
from prescriptions.findings import today_of
from prescriptions.models import Phase, Program

DEMO = Path(__file__).parents[2] / "demo.yaml"
KEY_LASTS = timedelta(days=90)
DAY_FIELDS = {
    "start_day": "start_date",
    "review_day": "review_date",
    "end_day": "end_date",
    "shown_day": "shown_on",
}


class Command(BaseCommand):
    """Make a clinic to look around in; only this prints its password."""

    help = "Make a demo clinic, unless there is a clinic already. Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the key."""
        parser.add_argument(
            "--api-key", action="store_true", help="make a key to try the API with"
        )

    def handle(self, *args: Any, api_key: bool = False, **options: Any) -> None:
        """Make all of it or nothing."""
        with transaction.atomic():
            if Clinic.objects.exists():
                login: dict[str, Any] = {"created": False}
            else:
                login = create_demo()
                login |= {"api_key": _make_key()} if api_key else {}
        self.stdout.write(json.dumps(login))


def _make_key() -> str:
    """Return the secret of a key of the demo clinic."""
    key, secret = ApiKey.objects.mint(
        clinic=Clinic.objects.get(),
        name="Sandbox",
        scopes=sorted(USUAL_KEY_SCOPES),
        expires_at=timezone.now() + KEY_LASTS,
    )
    record(None, "api_key.created", key)
    return secret


def create_demo() -> dict[str, Any]:
    """Make clinic, staff, patients and programs; return the owner's login."""
    data = yaml.safe_load(DEMO.read_text("utf-8"))
    clinic = people.create_clinic(**data["clinic"], is_demo=True)
    password = secrets.token_urlsafe(12)
    owner, *others = data["staff"]
    # Nobody learns the passwords of the others.
    staff = [_join(clinic, owner, password)]
    staff += [_join(clinic, other, secrets.token_urlsafe(32)) for other in others]
    _sign_content(staff[0])
    patients = {
        key: _make_patient(values, by=staff[0])
        for key, values in data["patients"].items()
    }
    for values in data["programs"]:
        by = staff[values.pop("by")]
        _make_program(patients[values.pop("patient")], values, by=by)
    factor = second_factor.begin(staff[0].practitioner)
    return {
        "created": True,
        "email": owner["email"],
        "password": password,
        "key": second_factor.key_of(factor),
        "recovery_codes": second_factor.confirm(
            staff[0].practitioner, second_factor.code_of(factor)
        ),
    }


def _join(clinic: Clinic, person: dict[str, str], password: str) -> Membership:
    _, token = people.invite(clinic, person["role"], licensed=True)
    return people.accept_invitation(
        token,
        email=person["email"],
        name=person["name"],
        credential=person["credential"],
        password=password,
    )


def _sign_content(owner: Membership) -> None:
    """Sign all that the library holds: a demo is no clinic with patients."""
    for text in ClinicText.objects.visible_to(owner):
        text.source = f"Demo, not for patients. {text.source}"[:200]
        text.save()
    contents = [
        model.objects.visible_to(owner)
        for model in (ClinicText, Exercise, ExerciseTranslation, Leaflet)
    ]
    sign_all(chain(*contents), by=owner, reason="Demo, not for patients.")


def _make_patient(values: dict[str, Any], *, by: Membership) -> Patient:
    patient = Patient(clinic=by.clinic, **values)
    patient.full_clean()
    patient.save()
    record(by, "patient.created", patient)
    patient.screenings.create(
        answered_on=today_of(by.clinic),
        answers=dict.fromkeys(catalog.questions(), False),
        recorded_by=by.practitioner.signature,
    )
    return patient


def _make_program(patient: Patient, values: dict[str, Any], *, by: Membership) -> None:
    state, phases = values.pop("state"), values.pop("phases")
    program = Program(
        clinic=by.clinic,
        patient=patient,
        practitioner=by.practitioner,
        **_with_dates(values, by.clinic),
    )
    program.full_clean()
    program.save()
    record(by, "program.created", program)
    for position, phase in enumerate(phases, start=1):
        _make_phase(program, position, phase, by=by)
    _bring_to(state, program, by=by)


def _with_dates(values: dict[str, Any], clinic: Clinic) -> dict[str, Any]:
    """Turn days into dates, counted from today as the clinic's calendar has it."""
    today = timezone.localdate(timezone=ZoneInfo(clinic.time_zone))
    values = {"start_day": 0, "review_day": 14} | values
    dates = {
        field: today + timedelta(days=values.pop(day))
        for day, field in DAY_FIELDS.items()
        if day in values
    }
    return values | dates


def _make_phase(
    program: Program, position: int, values: dict[str, Any], *, by: Membership
) -> None:
    lines = values.pop("exercises")
    phase = Phase(program=program, position=position, **values)
    phase.full_clean()
    phase.save()
    for line in lines:
        exercise = _exercise(line["exercise"], by=by)
        dosage = _dosage(exercise, line.get("dosage", {}))
        texts = {name: line.get(name, "") for name in ("why", "note")}
        programs.add_exercise(phase, exercise, dosage=dosage, **texts)


def _exercise(slug: str, *, by: Membership) -> Exercise:
    found = Exercise.objects.visible_to(by).published().filter(slug=slug).first()
    if found is None:
        raise CommandError(
            f"The library has no exercise “{slug}”. Run load_library first."
        )
    return found


def _dosage(exercise: Exercise, changes: dict[str, Any]) -> Dosage:
    return from_mapping(to_mapping(exercise.dosage) | changes)


def _bring_to(state: str, program: Program, *, by: Membership) -> None:
    if state == "draft":
        return
    loaded = Program.objects.visible_to(by).with_contents().get(pk=program.pk)
    warned = {finding.code for finding in findings.judge(loaded).findings}
    given = Given(ticked=warned)
    revision, _ = handouts.issue_program(program, by=by, given=given)
    if state == "printed":
        options = HandoutOptions(paper=program.clinic.paper)
        handouts.request_handout(revision, options=options, by=by)
    if state == "ended":
        programs.end_program(program, by=by)
