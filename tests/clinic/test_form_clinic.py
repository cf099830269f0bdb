"""Staff of two clinics: a form goes to the clinic it was opened in, or nowhere."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, Patient

ADD = reverse("admin:clinic_patient_add")
SWITCH = reverse("switch-clinic")
ROWS = {
    f"{prefix}-{name}_FORMS": "0"
    for prefix in ("external_ids", "screenings", "clearances")
    for name in ("TOTAL", "INITIAL")
}
ANNA = ROWS | {"name": "Anna Berg", "date_of_birth": "1980-04-01", "language": "en"}


@pytest.fixture
def second(practitioner: Membership, outsider: Membership) -> Membership:
    """The same person in another clinic."""
    person = practitioner.practitioner
    made: Membership = person.memberships.create(clinic=outsider.clinic, role="owner")
    return made


@pytest.fixture
def client(practitioner: Membership) -> Client:
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def hidden(page: str) -> dict[str, str]:
    """What the page's last form sends unseen."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


def switch(client: Client, membership: Membership) -> None:
    client.post(SWITCH, {"clinic": membership.clinic_id})


def send_late(client: Client, second: Membership) -> Any:
    """Open the form, switch in another window, send."""
    form = hidden(client.get(ADD).text)
    switch(client, second)
    return client.post(ADD, ANNA | {"form_clinic": form["form_clinic"]})


def test_a_form_of_the_clinic_is_saved(client: Client, second: Membership) -> None:
    switch(client, second)
    form = hidden(client.get(ADD).text)
    client.post(ADD, ANNA | {"form_clinic": form["form_clinic"]})
    assert Patient.objects.of_clinic(second.clinic).count() == 1


def test_nothing_is_written_into_the_clinic_chosen_last(
    client: Client, second: Membership
) -> None:
    answer = send_late(client, second)
    assert answer.status_code == 409
    assert not Patient.objects.unscoped().exists()


def test_what_was_typed_can_be_sent_where_it_belongs(
    client: Client, practitioner: Membership, second: Membership
) -> None:
    kept = hidden(send_late(client, second).text)
    answer = client.post(SWITCH, kept, follow=True)
    assert answer.status_code == 200
    assert Patient.objects.of_clinic(practitioner.clinic).get().name == "Anna Berg"


def test_a_form_of_a_clinic_one_has_left_is_refused(
    client: Client, practitioner: Membership, second: Membership
) -> None:
    practitioner.is_active = False
    practitioner.save()
    form = ANNA | {"form_clinic": str(practitioner.clinic_id)}
    answer = client.post(ADD, form)
    assert "no longer work" in answer.text
    assert not Patient.objects.unscoped().exists()


def test_ones_own_sign_in_belongs_to_no_clinic(
    client: Client, practitioner: Membership, second: Membership
) -> None:
    switch(client, second)
    form = {"letters": "off", "form_clinic": str(practitioner.clinic_id)}
    assert client.post(reverse("account-letter-keys"), form).status_code == 302


def test_an_open_page_can_ask_in_which_clinic_one_works(
    client: Client, second: Membership
) -> None:
    switch(client, second)
    told = client.get(reverse("session-left")).json()
    assert told["clinic"] == str(second.clinic_id)


def test_pages_for_patients_name_no_clinic(
    client: Client, outsider: Membership
) -> None:
    stranger = Client()
    assert "form_clinic" not in stranger.get(reverse("admin:login")).text


def test_who_was_signed_out_comes_back_to_the_page_with_the_form(db: None) -> None:
    page = "http://testserver/admin/clinic/patient/?q=x"
    answer = Client().post(ADD, ANNA, headers={"referer": page})
    assert answer["Location"] == "/admin/login/?next=/admin/clinic/patient/%3Fq%3Dx"
    assert "nothing was saved" in Client().post(ADD, ANNA, follow=True).text


def test_a_page_elsewhere_is_no_way_back(db: None) -> None:
    answer = Client().post(ADD, ANNA, headers={"referer": "https://evil.test/x"})
    assert answer["Location"] == "/admin/login/?next=/admin/"
