"""The demo clinic: all or nothing, and by the same doors as people."""

import io
import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase

from clinic import second_factor
from clinic.models import (
    AuditEvent,
    Clinic,
    ClinicText,
    Membership,
    Patient,
    Practitioner,
)
from exercises.catalog import load_library
from exercises.tags import implied
from prescriptions.models import Handout, Program, Revision, Status
from tests.factories import make_clinic


def create_demo() -> dict[str, Any]:
    output = io.StringIO()
    call_command("create_demo", "--api-key", stdout=output)
    login: dict[str, Any] = json.loads(output.getvalue())
    return login


class TestDemo(TestCase):
    """Made once: loading the library takes a second."""

    login: dict[str, Any]
    demo: Clinic

    @classmethod
    def setUpTestData(cls) -> None:
        load_library()
        cls.login = create_demo()
        cls.demo = Clinic.objects.get()

    def test_its_owner_can_sign_in(self) -> None:
        assert self.login["created"] is True
        given = {name: self.login[name] for name in ("email", "password")}
        assert self.client.login(**given)
        person = Practitioner.objects.get(email=self.login["email"])
        assert second_factor.passes(person, self.login["recovery_codes"][0])

    def test_its_second_factor_is_printed_while_it_is_a_demo(self) -> None:
        output = io.StringIO()
        call_command("second_factor", self.login["email"], code=True, stdout=output)
        assert len(output.getvalue().strip()) == second_factor.DIGITS
        self.demo.is_demo = False
        self.demo.save()
        with pytest.raises(CommandError, match="demo clinic alone"):
            call_command("second_factor", self.login["email"], code=True)

    def test_its_key_opens_the_api(self) -> None:
        headers = {"Authorization": f"Bearer {self.login['api_key']}"}
        answer = self.client.get("/api/v1/clinics", headers=headers)
        assert answer.json()["results"][0]["id"] == str(self.demo.pk)

    def test_it_is_marked_as_demo(self) -> None:
        assert self.demo.is_demo
        for text in ClinicText.objects.of_clinic(self.demo):
            assert text.source.startswith("Demo")

    def test_its_texts_are_signed(self) -> None:
        assert ClinicText.objects.of_clinic(self.demo).signed().count() == 8

    def test_there_are_two_licensed_people(self) -> None:
        staff = Membership.objects.of_clinic(self.demo).filter(licensed=True)
        found = staff.values_list("role", "practitioner__credential")
        assert sorted(found) == [("owner", "DC"), ("practitioner", "PT")]

    def test_there_are_six_patients_of_several_languages(self) -> None:
        patients = Patient.objects.of_clinic(self.demo)
        assert patients.count() == 6
        assert {patient.language for patient in patients} == {"en", "de", "fr", "es"}
        assert patients.filter(name="Zoë Søn").exists()

    def test_programs_are_in_every_state(self) -> None:
        programs = Program.objects.of_clinic(self.demo)
        found = Counter(str(program.status) for program in programs)
        assert found == {"draft": 2, "active": 3, "ended": 1}

    def test_one_handout_waits_for_the_worker(self) -> None:
        handout = Handout.objects.of_clinic(self.demo).get()
        assert handout.status == Status.PENDING
        assert handout.options["paper"] == "letter"

    def test_no_patient_gets_what_the_own_flags_rule_out(self) -> None:
        for program in Program.objects.of_clinic(self.demo).with_contents():
            flags = implied(program.patient.flags)
            for line in program.prescribed_exercises.all():
                assert flags.isdisjoint(line.exercise.contraindications)

    def test_the_audit_trail_tells_all_of_it(self) -> None:
        events = AuditEvent.objects.of_clinic(self.demo)
        assert Counter(event.action for event in events) == {
            "api_key.created": 1,
            "clinic.created": 1,
            "invitation.created": 2,
            "invitation.accepted": 2,
            "content.signed": 1,
            "patient.created": 6,
            "program.created": 6,
            "program.issued": 4,
            "program.ended": 1,
            "handout.requested": 1,
            "second_factor.set_up": 1,
        }

    def test_a_second_time_nothing_is_made(self) -> None:
        assert create_demo() == {"created": False}
        assert Clinic.objects.count() == 1


@pytest.mark.django_db
def test_beside_a_real_clinic_nothing_is_made() -> None:
    make_clinic()
    assert create_demo() == {"created": False}


@pytest.mark.django_db
def test_without_the_library_nothing_is_made() -> None:
    with pytest.raises(CommandError, match="Run load_library first"):
        create_demo()
    assert not Clinic.objects.exists()
    assert not Revision.objects.unscoped().exists()
