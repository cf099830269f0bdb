"""What is done each hour: orphans go, what was given stays, damage is noticed."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic import assets
from clinic.audit import record
from clinic.errors import Conflict, Unavailable
from clinic.models import AuditEvent, Membership
from prescriptions import janitor, storage
from prescriptions.handouts import open_handout
from prescriptions.models import (
    Batch,
    BatchItem,
    Handout,
    Program,
    Revision,
    Status,
)

pytestmark = pytest.mark.each_database

PDF = b"%PDF-1.7 a handout"


@pytest.fixture
def handout(program: Program) -> Handout:
    """A ready handout with its file."""
    revision = Revision.objects.create(
        clinic=program.clinic, program=program, number=1, document={}
    )
    pk = uuid4()
    name, sha256 = storage.put(pk, PDF)
    return Handout.objects.create(
        pk=pk,
        clinic=program.clinic,
        revision=revision,
        options_key=pk.hex,
        status=Status.READY,
        pdf_name=name,
        pdf_sha256=sha256,
    )


def in_days(days: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


def test_a_file_without_a_row_goes_after_a_day(handout: Handout) -> None:
    name, _ = storage.put(uuid4(), PDF)
    janitor.remove_orphans()
    assert default_storage.exists(name)
    with in_days(2):
        janitor.remove_orphans()
    assert not default_storage.exists(name)
    assert default_storage.exists(handout.pdf_name)


def test_a_file_that_a_handout_in_work_may_name_stays(handout: Handout) -> None:
    Handout.objects.remake(handout.pk)
    with in_days(2):
        janitor.remove_orphans()
    assert default_storage.exists(handout.pdf_name)


def test_a_half_written_file_goes_and_a_foreign_one_stays(handout: Handout) -> None:
    half = f"handouts/{handout.pk}/.new-x1"
    foreign = "handouts/lost+found/a.pdf"
    for name in (half, foreign):
        default_storage.save(name, ContentFile(b"x"))
    with in_days(2):
        janitor.remove_orphans()
    assert (default_storage.exists(half), default_storage.exists(foreign)) == (0, 1)


def test_what_was_withdrawn_is_kept_as_long_as_records_are(handout: Handout) -> None:
    Handout.objects.job(handout.pk).revoke()
    with in_days(365 * 9):
        janitor.remove_orphans()
    assert default_storage.exists(handout.pdf_name)
    with in_days(366 * 10 + 2):
        janitor.remove_orphans()
    assert not default_storage.exists(handout.pdf_name)


def test_a_whole_file_is_noted_as_checked(handout: Handout) -> None:
    assert janitor.check_files() == 0
    handout.refresh_from_db()
    assert handout.checked_at
    assert handout.status == Status.READY


def test_a_lost_file_that_nobody_had_is_made_again(
    handout: Handout, caplog: pytest.LogCaptureFixture
) -> None:
    default_storage.delete(handout.pdf_name)
    assert janitor.check_files() == 1
    handout.refresh_from_db()
    assert handout.status == Status.PENDING
    assert "ALARM file_damaged" in caplog.text


def test_a_lost_file_is_made_again_when_somebody_asks_for_it(
    handout: Handout, practitioner: Membership
) -> None:
    default_storage.delete(handout.pdf_name)
    with pytest.raises(Conflict, match="made again"):
        open_handout(handout, actor=practitioner)
    handout.refresh_from_db()
    assert handout.status == Status.PENDING


def test_a_storage_that_is_away_is_told_and_changes_nothing(
    handout: Handout, practitioner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "default_storage", Absent())
    with pytest.raises(Unavailable, match="does not answer"):
        open_handout(handout, actor=practitioner)
    handout.refresh_from_db()
    assert handout.status == Status.READY


class Absent:
    """A storage that does not answer."""

    def open(self, name: str, mode: str) -> None:
        raise TimeoutError


def test_what_was_in_a_print_file_was_given(
    handout: Handout, practitioner: Membership
) -> None:
    batch = Batch.objects.create(clinic_id=handout.clinic_id, kind="handouts")
    program = handout.revision.program
    BatchItem.objects.create(batch=batch, program=program, handout=handout, position=1)
    record(practitioner, "batch.file_downloaded", batch)
    assert not janitor.mend(handout)


def test_a_lost_file_that_somebody_had_is_left_to_the_backup(
    handout: Handout, practitioner: Membership
) -> None:
    record(practitioner, "handout.downloaded", handout)
    default_storage.delete(handout.pdf_name)
    assert janitor.check_files() == 1
    handout.refresh_from_db()
    assert handout.status == Status.READY
    events = AuditEvent.objects.of_clinic(handout.clinic_id)
    assert events.filter(action="handout.file_damaged").exists()
