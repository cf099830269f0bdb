"""Pages of imports: upload, dry run, for good; and the clinic's own bundle."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic.models import Membership
from exercises import imports
from exercises.models import Exercise, ImportRun
from tests import factories
from tests.exercises.importers.samples import CSV

LIST = "/admin/exercises/importrun/"


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


def upload(staff: Client, content: bytes = CSV.encode(), kind: str = "csv") -> Any:
    file = SimpleUploadedFile("mine.csv", content)
    return staff.post(f"{LIST}upload/", {"file": file, "format": kind})


def run_of() -> ImportRun:
    return ImportRun.objects.unscoped().get()


def work() -> None:
    while imports.step(run_of().pk):
        pass


def test_an_upload_leads_to_its_dry_run(staff: Client) -> None:
    answer = upload(staff)
    page = f"{LIST}{run_of().pk}/change/"
    assert answer["Location"] == page
    assert "data-poll-batch" in staff.get(page).content.decode()
    work()
    text = staff.get(page).content.decode()
    assert "Import 1 exercise<" in text
    assert "Heel raise" in text


def test_what_was_shown_is_imported(staff: Client, practitioner: Membership) -> None:
    upload(staff)
    work()
    staff.post(f"{LIST}{run_of().pk}/apply/")
    work()
    assert Exercise.objects.of_clinic(practitioner.clinic).get().name == "Heel raise"
    text = staff.get(f"{LIST}{run_of().pk}/change/?outcome=created").content.decode()
    assert "What happened" in text


def test_a_wrong_file_is_told_at_its_field(staff: Client) -> None:
    text = upload(staff, b"{", "wger").content.decode()
    assert "is no JSON" in text
    assert not ImportRun.objects.unscoped().exists()


def test_the_state_tells_how_far_it_is(staff: Client) -> None:
    upload(staff)
    work()
    state = staff.get(f"{LIST}{run_of().pk}/state/").json()
    assert (state["settled"], state["created"], state["is_final"]) == (1, 1, True)


def test_another_clinics_import_does_not_exist(
    client: Client, staff: Client, outsider: Membership
) -> None:
    upload(staff)
    client.force_login(outsider.practitioner)
    for step in ("change", "state"):
        assert client.get(f"{LIST}{run_of().pk}/{step}/").status_code == 404
    for step in ("apply", "cancel"):
        assert client.post(f"{LIST}{run_of().pk}/{step}/").status_code == 404


def test_who_may_not_write_exercises_sees_no_imports(client: Client, db: None) -> None:
    reader = factories.make_membership(role="read_only")
    client.force_login(reader.practitioner)
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}upload/").status_code == 403


def test_own_exercises_are_saved_as_one_bundle(
    staff: Client, practitioner: Membership
) -> None:
    factories.make_exercise(clinic=practitioner.clinic, name="Ours", figures=[])
    answer = staff.post(f"{LIST}export/")
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_without_own_exercises_there_is_nothing_to_save(staff: Client) -> None:
    answer = staff.post(f"{LIST}export/", follow=True)
    assert "no exercises of its own yet" in answer.content.decode()


def test_a_draft_tells_what_to_judge_and_whose_it_is(
    staff: Client, practitioner: Membership
) -> None:
    draft = factories.make_exercise(
        clinic=practitioner.clinic,
        status="draft",
        review_notes=["Caution in the text: “Avoid <b>pain</b>.”"],
        licence="CC BY-SA 4.0",
        attribution="Kim (wger)",
        figures=[{"asset": "", "description": {"en": "x"}, "licence": "CC0 1.0"}],
    )
    page = f"/admin/exercises/exercise/{draft.pk}/change/"
    text = staff.get(page).content.decode()
    for told in ("“Avoid &lt;b&gt;pain", "Kim (wger), CC BY-SA 4.0", "CC0 1.0"):
        assert told in text
    draft.status = "published"
    draft.save()
    assert "To judge before" not in staff.get(page).content.decode()


def test_what_no_patient_could_follow_is_not_put_into_use(
    staff: Client, practitioner: Membership
) -> None:
    draft = factories.make_exercise(
        clinic=practitioner.clinic, status="draft", steps=[]
    )
    page = f"/admin/exercises/exercise/{draft.pk}/"
    answer = staff.post(f"{page}archive/", follow=True)
    assert "Write its start position and its steps" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
