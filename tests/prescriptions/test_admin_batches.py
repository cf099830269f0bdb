"""Bulk jobs in the admin: choose, start, watch, cancel, try again."""

from typing import Any

import pytest
from django.test import Client

from clinic.models import Membership
from prescriptions import batches
from prescriptions.handouts import issue_program
from prescriptions.models import Batch, Program
from tests import factories

LIST = "/admin/prescriptions/program/"
START = "/admin/prescriptions/batch/start/"


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


@pytest.fixture
def issued(program: Program, practitioner: Membership) -> Program:
    issue_program(program, by=practitioner)
    return program


def begin(staff: Client, program: Program, **values: Any) -> Any:
    data = {"programs": str(program.pk), "kind": "handouts", "paper": "a4"}
    return staff.post(START, data | values)


def test_programs_chosen_in_their_list_are_asked_about(
    staff: Client, issued: Program
) -> None:
    data = {"action": "make_many", "_selected_action": [str(issued.pk)]}
    page = staff.post(LIST, data)
    assert "Make 1 handout<" in page.content.decode()
    assert str(issued.pk) in page.content.decode()


def test_the_list_of_programs_offers_to_make_many(
    staff: Client, issued: Program
) -> None:
    text = staff.get(LIST).content.decode()
    assert "Make handouts for the selected programs" in text
    assert 'name="index"' in text


def test_all_programs_of_the_list_can_be_chosen_at_once(
    staff: Client, issued: Program, practitioner: Membership
) -> None:
    factories.make_program(by=practitioner)
    assert 'name="select_across"' in staff.get(LIST).text
    data = {"action": "make_many", "_selected_action": [str(issued.pk)]}
    page = staff.post(LIST, data | {"select_across": "1"})
    assert "Make 2 handouts<" in page.text


def test_an_action_on_nothing_says_what_to_do(staff: Client, issued: Program) -> None:
    page = staff.post(LIST, {"action": "make_many", "index": "0"}, follow=True)
    assert "Nothing was done: tick the programs first." in page.text


def test_starting_leads_to_the_page_of_the_batch(
    staff: Client, issued: Program
) -> None:
    answer = begin(staff, issued)
    batch = Batch.objects.unscoped().get()
    assert answer["Location"] == f"/admin/prescriptions/batch/{batch.pk}/change/"
    assert "data-poll-batch" in staff.get(answer["Location"]).content.decode()


def test_issuing_again_is_signed_by_oneself(
    staff: Client, issued: Program, practitioner: Membership
) -> None:
    begin(staff, issued, kind="reissue", signer=str(practitioner.pk))
    batch = Batch.objects.unscoped().get()
    assert batch.signer == practitioner.practitioner


def test_issuing_again_without_a_signer_is_refused_with_the_form(
    staff: Client, issued: Program
) -> None:
    page = begin(staff, issued, kind="reissue")
    assert "Say who signs" in page.content.decode()
    assert str(issued.pk) in page.content.decode()


def test_the_page_lists_what_was_left_out(staff: Client, program: Program) -> None:
    answer = begin(staff, program)
    batches.advance(Batch.objects.unscoped().get().pk)
    text = staff.get(answer["Location"]).content.decode()
    assert "This program has not been issued." in text
    assert str(program.patient) in text


def test_the_state_is_told_until_it_is_final(staff: Client, issued: Program) -> None:
    begin(staff, issued)
    batch = Batch.objects.unscoped().get()
    address = f"/admin/prescriptions/batch/{batch.pk}/state/"
    assert staff.get(address).json()["waiting"] == 1
    staff.post(f"/admin/prescriptions/batch/{batch.pk}/cancel/")
    assert staff.get(address).json()["is_final"]


def test_who_may_not_make_handouts_is_not_offered_it(
    client: Client, issued: Program
) -> None:
    reader = factories.make_membership(clinic=issued.clinic, role="read_only")
    client.force_login(reader.practitioner)
    assert "make_many" not in client.get(LIST).content.decode()
    assert begin(client, issued).status_code == 403


def test_the_list_of_batches_has_constant_queries(
    staff: Client, issued: Program, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        begin(staff, issued)
    with django_assert_max_num_queries(12):
        page = staff.get("/admin/prescriptions/batch/")
    assert page.content.decode().count("0 of 1 ready") == 4


def test_another_clinics_batch_does_not_exist(
    client: Client, issued: Program, practitioner: Membership, outsider: Membership
) -> None:
    batch = batches.start_batch(
        [issued.pk],
        kind="handouts",
        options={"paper": "a4"},
        by=practitioner,
    )
    client.force_login(outsider.practitioner)
    for step in ("change", "state", "file"):
        url = f"/admin/prescriptions/batch/{batch.pk}/{step}/"
        assert client.get(url).status_code == 404
