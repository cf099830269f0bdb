"""Bulk jobs, with a worker that is played by the test."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
import time_machine
from django.utils import timezone

from clinic.errors import Conflict, DomainError, Forbidden, Invalid
from clinic.models import ApiKey, AuditEvent, Membership
from prescriptions import batches, print_files, storage
from prescriptions.documents import HandoutOptions
from prescriptions.handouts import issue_program, request_handout
from prescriptions.models import (
    Batch,
    BatchItem,
    FailureCode,
    Handout,
    Program,
    Queue,
    Revision,
    Status,
)
from tests import factories

pytestmark = pytest.mark.each_database

PAPER = {"paper": "a4"}
A4 = HandoutOptions(**PAPER)
Outcome = BatchItem.Outcome


@pytest.fixture
def programs(practitioner: Membership) -> list[Program]:
    """Three issued programs of patients named C, A and B."""
    factories.sign_texts(practitioner)
    exercise = factories.make_exercise()
    made = []
    for name in ("Cora", "Anna", "Berta"):
        patient = factories.make_patient(clinic=practitioner.clinic, name=name)
        program = factories.make_program(
            by=practitioner, patient=patient, exercises=[exercise]
        )
        issue_program(program, by=practitioner)
        made.append(program)
    return made


def start(programs: list[Program], by: Membership, **values: Any) -> Batch:
    ids = [program.pk for program in programs]
    defaults = {"kind": Batch.Kind.HANDOUTS, "options": PAPER}
    return batches.start_batch(ids, by=by, **defaults | values)


def render(pdf: bytes | None = None) -> None:
    """Make what waits, as workers do."""
    for handout in Handout.objects.unscoped().filter(status=Status.PENDING):
        token = Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
        assert token
        name, sha256 = storage.put(handout.pk, pdf or one_page(handout))
        values: dict[str, Any] = {"name": name, "sha256": sha256}
        Handout.objects.complete(handout.pk, token, **values, size=9, pages=1)


def one_page(handout: Handout) -> bytes:
    document, buffer = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.docinfo["/Title"] = str(handout.pk)
    document.save(buffer)
    return buffer.getvalue()


def outcomes(batch: Batch) -> list[str]:
    return list(batch.items.values_list("outcome", flat=True))


def test_a_batch_holds_its_programs_in_the_order_of_names(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    names = batch.items.values_list("program__patient__name", flat=True)
    assert list(names) == ["Anna", "Berta", "Cora"]


def test_starting_writes_rows_and_nothing_else(
    programs: list[Program], practitioner: Membership, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6):
        start(programs, practitioner)
    assert not Handout.objects.unscoped().exists()


def test_a_step_requests_the_handouts_among_many(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    assert not batches.advance(batch.pk)
    assert outcomes(batch) == [Outcome.REQUESTED] * 3
    queues = Handout.objects.unscoped().values_list("queue", flat=True)
    assert set(queues) == {Queue.BULK}


def test_a_step_done_twice_changes_nothing(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    batches.advance(batch.pk)
    batch.items.update(outcome=Outcome.WAITING)
    batches.advance(batch.pk)
    assert Handout.objects.unscoped().count() == 3


def test_a_long_batch_goes_on_step_by_step(
    programs: list[Program], practitioner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "STEP_ITEMS", 2)
    batch = start(programs, practitioner)
    assert batches.advance(batch.pk)
    assert batches.progress(batch).waiting == 1
    assert not batches.advance(batch.pk)


def test_a_batch_is_done_when_all_its_handouts_are(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    batches.advance(batch.pk)
    assert not batches.settle(batch)
    render()
    assert batches.settle(batch)
    batch.refresh_from_db()
    assert batch.status == Batch.Status.DONE
    assert batches.progress(batch) == batches.Progress(ready=3)


def test_what_was_not_issued_is_left_out_with_its_reason(
    programs: list[Program], practitioner: Membership
) -> None:
    draft = factories.make_program(by=practitioner)
    batch = start([*programs, draft], practitioner)
    batches.advance(batch.pk)
    item = batch.items.get(program=draft)
    assert item.outcome == Outcome.LEFT_OUT
    assert item.reason == "This program has not been issued."


def test_issuing_again_names_the_signer(
    programs: list[Program], practitioner: Membership, colleague: Membership
) -> None:
    practitioner.clinic.phone = "+49 30 555 9999"
    practitioner.clinic.save()
    batch = start(programs, practitioner, kind=Batch.Kind.REISSUE, signer=colleague)
    batches.advance(batch.pk)
    current = Revision.objects.of_clinic(practitioner.clinic).current()
    assert set(current.values_list("number", "issued_by")) == {
        (2, colleague.practitioner_id)
    }


def test_issuing_again_leaves_out_what_cannot_be_issued(
    programs: list[Program], practitioner: Membership
) -> None:
    exercise = programs[0].prescribed_exercises.get().exercise
    exercise.status = exercise.Status.ARCHIVED
    exercise.save()
    batch = start(programs, practitioner, kind=Batch.Kind.REISSUE, signer=practitioner)
    batches.advance(batch.pk)
    assert outcomes(batch) == [Outcome.LEFT_OUT] * 3
    assert "archived" in batch.items.first().reason


def test_issuing_again_needs_a_signer_of_the_clinic(
    programs: list[Program], practitioner: Membership, outsider: Membership
) -> None:
    with pytest.raises(Invalid) as refused:
        start(programs, practitioner, kind=Batch.Kind.REISSUE, signer=outsider)
    assert refused.value.errors[0].pointer == "/signer"


@pytest.mark.requirement("I11")
@pytest.mark.parametrize("count", [0, batches.MAX_PROGRAMS + 1])
def test_none_or_too_many_programs_are_refused(
    practitioner: Membership, count: int
) -> None:
    wished = [uuid4() for _ in range(count)]
    with pytest.raises(Invalid):
        batches.start_batch(wished, kind="handouts", options=PAPER, by=practitioner)


@pytest.mark.requirement("T8")
def test_another_clinics_program_is_unknown(
    programs: list[Program], outsider: Membership
) -> None:
    with pytest.raises(Invalid, match="no such program"):
        start(programs, outsider)


def test_who_may_not_make_handouts_starts_no_batch(
    programs: list[Program], clinic: Any
) -> None:
    reader = factories.make_membership(clinic=clinic, role="read_only")
    with pytest.raises(Forbidden):
        start(programs, reader)


@pytest.mark.requirement("T7")
def test_work_stops_when_its_starter_has_left(
    programs: list[Program], practitioner: Membership, colleague: Membership
) -> None:
    batch = start(programs, colleague)
    colleague.is_active = False
    colleague.save()
    batches.advance(batch.pk)
    assert outcomes(batch) == [Outcome.LEFT_OUT] * 3


def test_an_integration_starts_a_batch_in_its_own_name(
    programs: list[Program], practitioner: Membership
) -> None:
    key, _ = ApiKey.objects.mint(
        clinic=practitioner.clinic,
        name="EHR",
        scopes=["handouts:write"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    batch = batches.start_batch(
        [program.pk for program in programs],
        kind="handouts",
        options=PAPER,
        by=key,
    )
    batches.advance(batch.pk)
    assert outcomes(batch) == [Outcome.REQUESTED] * 3


def test_cancelling_keeps_what_is_ready(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs[:1], practitioner)
    batches.advance(batch.pk)
    render()
    batches.cancel_batch(batch, by=practitioner)
    assert batches.progress(batch).ready == 1


def test_cancelling_takes_back_what_waits(
    programs: list[Program], practitioner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "STEP_ITEMS", 1)
    batch = start(programs, practitioner)
    batches.advance(batch.pk)
    batches.cancel_batch(batch, by=practitioner)
    assert batches.progress(batch) == batches.Progress(cancelled=3)
    assert not batches.advance(batch.pk)


def test_what_somebody_waits_for_outlives_the_batch(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs[:1], practitioner)
    batches.advance(batch.pk)
    revision = Revision.objects.of_clinic(practitioner.clinic).get(program=programs[0])
    handout = request_handout(revision, options=A4, by=practitioner)
    assert handout.queue == Queue.INTERACTIVE
    batches.cancel_batch(batch, by=practitioner)
    handout.refresh_from_db()
    assert handout.status == Status.PENDING


def test_a_batch_is_cancelled_once(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    batches.cancel_batch(batch, by=practitioner)
    with pytest.raises(Conflict):
        batches.cancel_batch(batch, by=practitioner)


def test_what_failed_is_tried_again(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    batches.advance(batch.pk)
    for handout in Handout.objects.unscoped():
        token = Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
        Handout.objects.fail(handout.pk, token, code=FailureCode.STORAGE)
    assert batches.settle(batch)
    assert batches.progress(batch).failed == 3
    assert batches.retry_batch(batch, by=practitioner) == 3
    batches.advance(batch.pk)
    render()
    assert batches.progress(batch) == batches.Progress(ready=3)


def test_trying_again_needs_something_that_failed(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = done(programs, practitioner)
    with pytest.raises(Conflict):
        batches.retry_batch(batch, by=practitioner)


def done(programs: list[Program], by: Membership) -> Batch:
    batch = start(programs, by)
    batches.advance(batch.pk)
    render()
    batches.settle(batch)
    batch.refresh_from_db()
    return batch


def test_a_batch_that_stands_still_is_rung_for(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    assert not batches.stand_still()
    Batch.objects.unscoped().update(created_at="2026-01-01T00:00Z")
    assert batches.stand_still() == [(batches.ADVANCE, batch.pk)]


@pytest.mark.slow
def test_the_print_file_keeps_handouts_on_leaves_of_their_own(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = done(programs, practitioner)
    batches.request_file(batch, kind=Batch.FileKind.PRINT, by=practitioner)
    claimed = batches.claim_file(batch.pk)
    assert claimed
    content = print_files.file_of(claimed)
    with pikepdf.open(io.BytesIO(content)) as merged:
        assert len(merged.pages) == 3 * (2 + 2)
        assert str(merged.open_metadata()["dc:title"]) == "For printing only"


def test_the_zip_holds_the_originals_and_tells_whose_they_are(
    programs: list[Program], practitioner: Membership
) -> None:
    patient = programs[1].patient
    patient.name = "=Anna"
    patient.save()
    batch = done(programs, practitioner)
    batches.request_file(batch, kind=Batch.FileKind.ZIP, by=practitioner)
    claimed = batches.claim_file(batch.pk)
    assert claimed
    archive = zipfile.ZipFile(io.BytesIO(print_files.file_of(claimed)))
    rows = list(csv.reader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert {"'=Anna", "Berta", "Cora"} == {row[1] for row in rows[1:]}
    assert archive.namelist() == ["0001.pdf", "0002.pdf", "0003.pdf", "index.csv"]


def test_the_file_is_stored_and_opened_once_made(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = done(programs, practitioner)
    batches.request_file(batch, kind=Batch.FileKind.ZIP, by=practitioner)
    claimed = batches.claim_file(batch.pk)
    assert claimed
    batches.finish_file(claimed, b"a file")
    batch.refresh_from_db()
    assert batches.open_file(batch, by=practitioner).read() == b"a file"
    actions = AuditEvent.objects.of_clinic(practitioner.clinic)
    assert actions.filter(action="batch.file_downloaded").exists()


def test_a_file_that_cannot_be_made_fails_after_three_tries(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = done(programs, practitioner)
    batches.request_file(batch, kind=Batch.FileKind.ZIP, by=practitioner)
    tries = [batches.claim_file(batch.pk) for _ in range(4)]
    assert [bool(one) for one in tries] == [True, True, True, False]
    batch.refresh_from_db()
    assert batch.file_status == Batch.FileStatus.FAILED


def test_no_file_while_the_batch_is_running(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = start(programs, practitioner)
    with pytest.raises(DomainError):
        batches.request_file(batch, kind=Batch.FileKind.ZIP, by=practitioner)


def test_a_file_of_last_week_is_dropped(
    programs: list[Program], practitioner: Membership
) -> None:
    batch = done(programs, practitioner)
    batches.request_file(batch, kind=Batch.FileKind.ZIP, by=practitioner)
    claimed = batches.claim_file(batch.pk)
    assert claimed
    batches.finish_file(claimed, b"a file")
    assert batches.drop_old_files() == 0
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert batches.drop_old_files() >= 1
    batch.refresh_from_db()
    assert batch.file_status == Batch.FileStatus.NONE


def test_what_is_left_out_suits_each_patient(
    programs: list[Program], practitioner: Membership
) -> None:
    older = programs[0].patient
    older.date_of_birth = older.date_of_birth.replace(year=1930)
    older.save()
    batch = start(programs[:2], practitioner, options={"layout": "list"})
    batches.advance(batch.pk)
    made = Handout.objects.unscoped().order_by("revision__program__patient__name")
    looks = [(one.options["layout"], one.options["size"]) for one in made]
    assert looks == [("list", "normal"), ("list", "medium")]
