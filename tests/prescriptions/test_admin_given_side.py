"""Beside a program: the latest of what was given, and links that can be withdrawn."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership
from prescriptions import handouts, links
from prescriptions.models import Handout, PatientLink, Program, Revision
from tests import factories

REVISIONS = reverse("admin:prescriptions_revision_changelist")


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def page(program: Program, view: str = "change") -> str:
    return reverse(f"admin:prescriptions_program_{view}", args=[program.pk])


def withdraw(link: PatientLink) -> str:
    return reverse("admin:prescriptions_program_withdraw_link", args=[link.pk])


@pytest.fixture
def revision(program: Program, practitioner: Membership) -> Revision:
    return handouts.issue_program(program, by=practitioner)[0]


@pytest.fixture
def link(program: Program, revision: Revision) -> PatientLink:
    ends = timezone.now() + timedelta(days=9)
    return links.create(program, kind=PatientLink.Kind.SENT, expires_at=ends)


def add_many(revision: Revision, link: PatientLink) -> None:
    """Many revisions, and many handouts of the latest."""
    stem = {"clinic_id": revision.clinic_id, "program": revision.program}
    document = revision.document
    Revision.objects.bulk_create(
        Revision(**stem, number=number, document=document, sha256="", content_digest="")
        for number in range(2, 30)
    )
    latest = Revision.objects.of_clinic(revision.clinic_id).get(number=29)
    Handout.objects.bulk_create(
        Handout(
            clinic_id=revision.clinic_id,
            revision=latest,
            options_key=str(number),
            options=revision.document["options"] if "options" in document else {},
            link=link,
        )
        for number in range(30)
    )


def test_a_link_can_be_withdrawn_after_a_question(
    program: Program, link: PatientLink, practitioner: Membership
) -> None:
    client = client_of(practitioner)
    text = client.get(page(program)).text
    assert "The link that was sent stops working." in text
    client.post(withdraw(link))
    link.refresh_from_db()
    assert link.revoked_at
    assert withdraw(link) not in client.get(page(program)).text


def test_a_new_link_says_that_it_replaces_the_one_sent(
    program: Program, revision: Revision, practitioner: Membership
) -> None:
    client = client_of(practitioner)
    told = "The one that was sent before stops working"
    assert told not in client.get(page(program)).text
    handouts.share_with_patient(program, by=practitioner)
    assert told in client.get(page(program)).text


def test_a_reader_sees_links_and_withdraws_none(
    program: Program, link: PatientLink, practitioner: Membership
) -> None:
    reader = factories.make_membership(clinic=program.clinic, role="read_only")
    client = client_of(reader)
    text = client.get(page(program)).text
    assert "Sent to the patient" in text
    assert withdraw(link) not in text
    assert client.post(withdraw(link)).status_code == 403


def test_another_clinics_link_does_not_exist(
    link: PatientLink, outsider: Membership
) -> None:
    assert client_of(outsider).post(withdraw(link)).status_code == 404


def test_only_the_latest_are_shown_beside_a_program(
    program: Program, revision: Revision, link: PatientLink, practitioner: Membership
) -> None:
    add_many(revision, link)
    side: Any = client_of(practitioner).get(page(program)).context["side"]
    assert len(side.given) == 5
    assert sum(len(one.handouts) for one in side.given) == 10
    assert side.is_more


def test_the_record_shows_the_latest_revisions_of_a_program(
    program: Program, revision: Revision, link: PatientLink, practitioner: Membership
) -> None:
    add_many(revision, link)
    record = reverse("admin:prescriptions_program_record", args=[program.patient_id])
    context = client_of(practitioner).get(record).context
    shown = context["programs"][0]
    assert (len(shown.changes), shown.is_more) == (5, True)
    assert all(change.lines == [] for change in shown.changes)
    assert len(context["moments"]) <= 40


def test_a_list_can_be_of_one_program(
    program: Program, revision: Revision, practitioner: Membership
) -> None:
    other = factories.make_program(by=practitioner)
    client = client_of(practitioner)
    for asked, count in ((program.pk, 1), (other.pk, 0), ("nonsense", 1)):
        found = client.get(REVISIONS, {"program": asked}).context["cl"]
        assert found.result_count == count


def test_a_step_opened_as_a_page_leads_to_the_program(
    program: Program, revision: Revision, practitioner: Membership
) -> None:
    client = client_of(practitioner)
    for step in ("share", "handout", "newest"):
        assert client.get(page(program, step))["Location"] == page(program)


def test_leaflets_are_offered_to_who_may_choose_them(
    program: Program, revision: Revision, practitioner: Membership
) -> None:
    reader = factories.make_membership(clinic=program.clinic, role="read_only")
    leaflets = page(program, "leaflets")
    assert leaflets in client_of(practitioner).get(page(program)).text
    assert leaflets not in client_of(reader).get(page(program)).text


def test_the_timeline_tells_what_was_done_many_times_in_one_line(
    program: Program, revision: Revision, link: PatientLink, practitioner: Membership
) -> None:
    add_many(revision, link)
    record = reverse("admin:prescriptions_program_record", args=[program.patient_id])
    answer = client_of(practitioner).get(record)
    told = {moment.what: moment.times for moment in answer.context["moments"]}
    assert told["Handout of revision 29"] == 30
    assert f"?patient={program.patient_id}" in answer.text


def test_the_list_of_handouts_can_be_of_one_patient(
    program: Program, revision: Revision, link: PatientLink, practitioner: Membership
) -> None:
    add_many(revision, link)
    client = client_of(practitioner)
    handouts_list = reverse("admin:prescriptions_handout_changelist")
    for asked, count in ((program.patient_id, 30), (program.pk, 0)):
        found = client.get(handouts_list, {"patient": asked}).context["cl"]
        assert found.result_count == count
