"""Two people, or two windows, on the page of one row: no save is lost unseen."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, ClinicText, ExternalId, Membership, Patient
from exercises.models import Exercise
from tests import factories


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def address(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def sent_by(page: Any, **changes: Any) -> dict[str, Any]:
    """What the browser sends for a page, with changes."""
    context = page.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {
        field.html_name: field.value()
        for form in forms
        for field in form
        if field.value() not in (None, []) and field.value() is not False
    }
    return sent | {"_continue": "1"} | changes


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(
        clinic=clinic, role=Membership.Role.OWNER, name="Mira Rossi"
    )


@pytest.fixture
def other(clinic: Clinic) -> Membership:
    return factories.make_membership(
        clinic=clinic, role=Membership.Role.OWNER, name="Jan Vogel", credential="PT"
    )


@pytest.fixture(params=["patient", "text", "exercise", "clinic", "member"])
def row(request: Any, owner: Membership) -> tuple[Any, str]:
    """A row, and the name of a text column of its form."""
    clinic = owner.clinic
    if request.param == "patient":
        return factories.make_patient(clinic=clinic), "name"
    if request.param == "text":
        made = {"kind": "pain_rule", "language": "en", "body": "Old."}
        return ClinicText.objects.create(clinic=clinic, **made), "source"
    if request.param == "exercise":
        return factories.make_exercise(clinic=clinic), "breathing"
    if request.param == "clinic":
        return clinic, "address"
    return factories.make_membership(clinic=clinic), "role"


def typed(name: str) -> tuple[str, str]:
    return ("assistant", "read_only") if name == "role" else ("Theirs", "Mine")


def test_the_later_save_is_told_and_wins_only_knowingly(
    row: tuple[Any, str], owner: Membership, other: Membership
) -> None:
    thing, name = row
    theirs, mine = typed(name)
    client, page = signed_in(owner), signed_in(owner).get(address(thing))
    there = signed_in(other)
    there.post(address(thing), sent_by(there.get(address(thing)), **{name: theirs}))
    refused = client.post(address(thing), sent_by(page, **{name: mine}))
    assert "Jan Vogel, PT changed this" in refused.text
    thing.refresh_from_db()
    assert getattr(thing, name) == theirs
    assert refused.context["adminform"].form[name].value() == mine
    assert client.post(address(thing), sent_by(refused)).status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, name) == mine


def test_every_page_says_what_was_seen(row: tuple[Any, str], owner: Membership) -> None:
    page = signed_in(owner).get(address(row[0]))
    seen = page.context["adminform"].form["seen"].value()
    assert f'name="seen" value="{seen}"' in page.text


def test_saving_twice_in_a_row_is_no_conflict(
    row: tuple[Any, str], owner: Membership
) -> None:
    thing, name = row
    client = signed_in(owner)
    for text in typed(name):
        page = client.get(address(thing))
        answer = client.post(address(thing), sent_by(page, **{name: text}))
        assert answer.status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, name) == typed(name)[1]


def test_ones_own_other_window_is_named_as_such(owner: Membership) -> None:
    patient = factories.make_patient(clinic=owner.clinic)
    client = signed_in(owner)
    first, second = client.get(address(patient)), client.get(address(patient))
    client.post(address(patient), sent_by(first, name="First"))
    answer = client.post(address(patient), sent_by(second, name="Second"))
    assert "You changed this patient too." in answer.text


def test_saving_nothing_new_disturbs_nobody(
    owner: Membership, other: Membership
) -> None:
    patient = factories.make_patient(clinic=owner.clinic)
    page = signed_in(owner).get(address(patient))
    there = signed_in(other)
    there.post(address(patient), sent_by(there.get(address(patient))))
    sent = sent_by(page, name="Mine")
    assert signed_in(owner).post(address(patient), sent).status_code == 302


def test_rows_of_the_page_count_too(owner: Membership) -> None:
    patient = factories.make_patient(clinic=owner.clinic)
    page = signed_in(owner).get(address(patient))
    ExternalId.objects.create(patient=patient, system="pms", value="7")
    answer = signed_in(owner).post(address(patient), sent_by(page, name="Mine"))
    assert "Somebody else changed this patient too." in answer.text


def test_rows_that_were_there_are_saved_with_the_page(owner: Membership) -> None:
    patient = factories.make_patient(clinic=owner.clinic)
    number = ExternalId.objects.create(patient=patient, system="pms", value="7")
    page = signed_in(owner).get(address(patient))
    sent = sent_by(page, **{"external_ids-0-value": "8"})
    assert signed_in(owner).post(address(patient), sent).status_code == 302
    number.refresh_from_db()
    assert number.value == "8"


def test_a_row_removed_meanwhile_is_told(owner: Membership) -> None:
    patient = factories.make_patient(clinic=owner.clinic)
    number = ExternalId.objects.create(patient=patient, system="pms", value="7")
    page = signed_in(owner).get(address(patient))
    number.delete()
    answer = signed_in(owner).post(address(patient), sent_by(page, name="Mine"))
    assert "Somebody removed this row meanwhile." in answer.text
    assert Patient.objects.visible_to(owner).get().name == "Anna Berger"


def test_the_second_save_on_a_shared_exercise_meets_the_own_copy(
    owner: Membership, other: Membership
) -> None:
    shared = factories.make_exercise(name="Bridge")
    client, there = signed_in(owner), signed_in(other)
    page = client.get(address(shared))
    there.post(address(shared), sent_by(there.get(address(shared)), name="Theirs"))
    refused = client.post(address(shared), sent_by(page, name="Mine"))
    assert "Jan Vogel, PT changed this exercise too." in refused.text
    assert 'value="Mine"' in refused.text
    assert Exercise.objects.visible_to(owner).get().name == "Theirs"
    client.post(address(shared), sent_by(refused))
    own = Exercise.objects.visible_to(owner).get()
    assert (own.name, own.clinic) == ("Mine", owner.clinic)
    shared.refresh_from_db()
    assert shared.name == "Bridge"


def test_the_address_of_a_replaced_exercise_leads_to_the_own_copy(
    owner: Membership, outsider: Membership
) -> None:
    shared = factories.make_exercise(name="Bridge")
    own = factories.make_exercise(clinic=owner.clinic, slug=shared.slug)
    assert signed_in(owner).get(address(shared))["Location"] == address(own)
    assert signed_in(outsider).get(address(shared)).status_code == 200
    assert signed_in(outsider).get(address(own)).status_code == 404
