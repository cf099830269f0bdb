"""A colleague leaves, or has lost the phone that signs in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import second_factor
from clinic.errors import Conflict, Forbidden, Invalid
from clinic.leaving import in_hand, keys_of, leave
from clinic.models import ApiKey, AuditEvent, Clinic, Membership, SecondFactor
from prescriptions.models import Program, ProgramTemplate
from prescriptions.programs import end_program
from tests import factories

TEAM = reverse("admin:clinic_membership_changelist")
KEY = {"name": "EHR", "scopes": "patients:read"}
ROLES = Membership.Role
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role=ROLES.OWNER, name="Mira Rossi")


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def page_of(member: Membership, view: str) -> str:
    return reverse(f"admin:clinic_membership_{view}", args=[member.pk])


def made_by(member: Membership) -> ApiKey:
    """Return a key that the member has made on the page."""
    ends = timezone.localdate() + timedelta(days=9)
    client_of(member).post(
        reverse("admin:clinic_apikey_add"), KEY | {"last_day": str(ends)}
    )
    return ApiKey.objects.visible_to(member).get()


def test_open_programs_go_to_the_colleague_and_ended_ones_stay(
    owner: Membership, practitioner: Membership, colleague: Membership
) -> None:
    draft, ended = (factories.make_program(by=practitioner) for _ in range(2))
    end_program(ended, by=practitioner)
    mine = ProgramTemplate.objects.create(
        clinic=owner.clinic, owner=practitioner.practitioner, slug="x", name="X"
    )
    client = client_of(practitioner)
    assert leave(practitioner, heir=colleague, by=owner) == 1
    for row, person in ((draft, colleague), (ended, practitioner), (mine, colleague)):
        row.refresh_from_db()
        held = row.owner if isinstance(row, ProgramTemplate) else row.practitioner
        assert held == person.practitioner
    assert draft.version == 2
    assert client.get("/admin/").status_code == 302
    actions = AuditEvent.objects.visible_to(owner).values_list("action", flat=True)
    assert {"membership.left", "program.handed_over"} <= set(actions)


def test_programs_need_somebody_who_treats_here(
    owner: Membership, practitioner: Membership, outsider: Membership
) -> None:
    factories.make_program(by=practitioner)
    assistant = factories.make_membership(clinic=owner.clinic, role=ROLES.ASSISTANT)
    for heir in (None, assistant, outsider, practitioner):
        with pytest.raises(Invalid):
            leave(practitioner, heir=heir, by=owner)
    assert in_hand(practitioner) == 1


def test_who_has_left_cannot_leave_and_nobody_does_it_for_themselves(
    owner: Membership, practitioner: Membership, outsider: Membership
) -> None:
    leave(practitioner, heir=None, by=owner)
    with pytest.raises(Conflict):
        leave(practitioner, heir=None, by=owner)
    for actor in (owner, outsider, practitioner):
        with pytest.raises(Forbidden):
            leave(owner, heir=None, by=actor)


def test_keys_that_they_made_are_offered_and_end_when_ticked(
    owner: Membership,
) -> None:
    other = factories.make_membership(clinic=owner.clinic, role=ROLES.OWNER)
    key = made_by(other)
    assert list(keys_of(other)) == [key]
    assert not keys_of(owner)
    page = client_of(owner).get(page_of(other, "leave"))
    assert str(key) in page.text
    client_of(owner).post(page_of(other, "leave"), {"keys": [str(key.pk)]})
    assert not ApiKey.objects.visible_to(owner).live()
    other.refresh_from_db()
    assert not other.is_active


def test_the_page_asks_who_takes_over(
    owner: Membership, practitioner: Membership, colleague: Membership
) -> None:
    program = factories.make_program(by=practitioner)
    client = client_of(owner)
    assert "Choose who takes over" in client.post(page_of(practitioner, "leave")).text
    sent = {"heir": str(colleague.pk)}
    told = client.post(page_of(practitioner, "leave"), sent, follow=True)
    assert "1 program went to Jan Vogel, PT." in told.text
    assert Program.objects.visible_to(owner).get(pk=program.pk).version == 2


@pytest.mark.parametrize("view", ["leave", "second_factor"])
def test_others_cannot_open_the_pages(
    practitioner: Membership, colleague: Membership, outsider: Membership, view: str
) -> None:
    for actor, code in ((practitioner, 403), (outsider, 404)):
        answer: Any = client_of(actor).post(page_of(colleague, view))
        assert answer.status_code == code


def test_an_owner_resets_a_second_factor(
    owner: Membership, practitioner: Membership
) -> None:
    second_factor.begin(practitioner.practitioner)
    page = page_of(practitioner, "second_factor")
    assert "Make sure that it is" in client_of(owner).get(page).text
    client_of(owner).post(page)
    assert not SecondFactor.objects.filter(practitioner=practitioner.practitioner)
    events = AuditEvent.objects.visible_to(owner).filter(action="second_factor.reset")
    assert events.get().actor_id == owner.pk


def test_of_somebody_who_works_elsewhere_too_an_owner_does_not(
    owner: Membership, practitioner: Membership, outsider: Membership
) -> None:
    person = practitioner.practitioner
    Membership.objects.create(practitioner=person, clinic=outsider.clinic)
    with pytest.raises(Forbidden):
        second_factor.reset(person, by=owner)
