"""The admin on handouts and revisions, and the first page."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Membership
from prescriptions import handouts, storage
from prescriptions.documents import HandoutOptions
from prescriptions.models import Handout, Program, Revision, Status
from tests import factories

LIST = reverse("admin:prescriptions_handout_changelist")


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(handout: Handout, view: str) -> str:
    return reverse(f"admin:prescriptions_handout_{view}", args=[handout.pk])


def set_state(handout: Handout, **values: Any) -> None:
    Handout.objects.job(handout.pk).update(**values)


@pytest.fixture
def client(practitioner: Membership) -> Client:
    return signed_in(practitioner)


@pytest.fixture
def handout(program: Program, practitioner: Membership) -> Handout:
    revision, _ = handouts.issue_program(program, by=practitioner)
    options = HandoutOptions()
    return handouts.request_handout(revision, options=options, by=practitioner)


def test_a_waiting_page_is_told_when_to_ask_again(
    client: Client, handout: Handout
) -> None:
    answer = client.get(url(handout, "state"))
    assert answer.json()["label"] == "Waiting"
    assert answer["Retry-After"] == "2"


def test_asking_stops_when_the_state_is_final(client: Client, handout: Handout) -> None:
    set_state(handout, status=Status.FAILED, failure_code="time_limit")
    answer = client.get(url(handout, "state"))
    assert answer.json()["is_final"]
    assert answer.json()["reason"].startswith("It took too long.")
    assert "Retry-After" not in answer


def test_a_ready_handout_is_given_out(client: Client, handout: Handout) -> None:
    name, sha256 = storage.put(handout.pk, b"%PDF-1.7 ...")
    set_state(handout, status=Status.READY, pdf_name=name, pdf_sha256=sha256)
    shown = client.get(url(handout, "file"))
    saved = client.get(url(handout, "file"), {"save": ""})
    assert b"".join(shown) == b"%PDF-1.7 ..."
    assert shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Disposition"].startswith("attachment")
    saved.close()


def test_a_handout_that_is_not_ready_says_so(client: Client, handout: Handout) -> None:
    answer = client.get(url(handout, "file"), follow=True)
    assert "This handout is not ready yet." in answer.text


def test_a_failed_handout_shows_why_and_is_tried_again(
    client: Client, handout: Handout
) -> None:
    set_state(handout, status=Status.FAILED, failure_code="picture_missing")
    page = reverse(
        "admin:prescriptions_program_change", args=[handout.revision.program_id]
    )
    assert "A picture is missing." in client.get(page).text
    client.post(url(handout, "retry"))
    handout.refresh_from_db()
    assert handout.status == Status.PENDING


def test_a_handout_is_withdrawn(client: Client, handout: Handout) -> None:
    client.post(url(handout, "revoke"))
    handout.refresh_from_db()
    assert handout.status == Status.REVOKED


def test_an_outsider_finds_no_handout(handout: Handout, outsider: Membership) -> None:
    client = signed_in(outsider)
    for view in ("change", "history", "state", "file"):
        assert client.get(url(handout, view)).status_code == 404
    for view in ("retry", "revoke"):
        assert client.post(url(handout, view)).status_code == 404
    revision = reverse(
        "admin:prescriptions_revision_change", args=[handout.revision_id]
    )
    assert client.get(revision).status_code == 404
    assert "Anna Berger" not in client.get(LIST).text


def test_read_only_members_read_and_do_not_withdraw(handout: Handout) -> None:
    reader = factories.make_membership(clinic=handout.clinic, role="read_only")
    client = signed_in(reader)
    assert client.get(url(handout, "state")).status_code == 200
    assert client.post(url(handout, "revoke")).status_code == 403


@pytest.mark.parametrize("model", ["handout", "revision"])
def test_what_was_given_is_not_added_changed_or_deleted(
    client: Client, handout: Handout, model: str
) -> None:
    row: Handout | Revision = handout if model == "handout" else handout.revision
    name = f"admin:prescriptions_{model}"
    assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    for view in ("change", "delete"):
        address = reverse(f"{name}_{view}", args=[row.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403


def test_failed_and_unfinished_handouts_come_first(
    client: Client, practitioner: Membership, program: Program
) -> None:
    made = [_handout(practitioner) for _ in range(3)]
    for one, status in zip(made, ["ready", "pending", "failed"], strict=True):
        set_state(one, status=status)
    found = client.get(LIST).context["cl"].result_list
    assert [one.status for one in found] == ["failed", "pending", "ready"]


def _handout(by: Membership) -> Handout:
    program = factories.make_program(by=by, exercises=1)
    revision, _ = handouts.issue_program(program, by=by)
    return handouts.request_handout(revision, options=HandoutOptions(), by=by)


@pytest.mark.parametrize("model", ["handout", "revision"])
def test_lists_ask_as_often_for_60_rows_as_for_20(
    client: Client, handout: Handout, model: str
) -> None:
    address = reverse(f"admin:prescriptions_{model}_changelist")
    counts = []
    for first, number in ((100, 20), (200, 40)):
        _copies(handout, range(first, first + number))
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def _copies(handout: Handout, numbers: range) -> None:
    program = handout.revision.program
    for number in numbers:
        revision = Revision(
            clinic=program.clinic, program=program, number=number, document={}
        )
        revision.save()
        Handout.objects.create(clinic=program.clinic, revision=revision)


def test_today_shows_drafts_handouts_and_unsigned_texts(
    client: Client, practitioner: Membership, handout: Handout
) -> None:
    other = factories.make_membership()
    assert "is not signed" in signed_in(other).get(reverse("admin:index")).text
    factories.make_program(by=practitioner, title="A draft of mine")
    page = client.get(reverse("admin:index"))
    assert "A draft of mine" in page.text
    assert "Waiting" in page.text
    assert "is not signed" not in page.text


def test_today_asks_a_constant_number_of_times(
    client: Client, practitioner: Membership
) -> None:
    counts = []
    for _ in range(2):
        factories.make_program(by=practitioner, exercises=1)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:index"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("query", ["requested_at__year=99999", "requested_at__day=x"])
def test_a_filter_that_no_query_can_hold_is_refused(client: Client, query: str) -> None:
    address = reverse("admin:prescriptions_handout_changelist")
    answer = client.get(f"{address}?{query}")
    assert (answer.status_code, answer["Location"]) == (302, f"{address}?e=1")
