"""What is done each hour: orphans go, what was given stays, damage is noticed."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic.audit import record
from clinic.models import AuditEvent, Membership
from prescriptions import storage, tasks
from prescriptions.models import Handout, Program, Revision, Status

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
    tasks.remove_orphans()
    assert default_storage.exists(name)
    with in_days(2):
        tasks.remove_orphans()
    assert not default_storage.exists(name)
    assert default_storage.exists(handout.pdf_name)


def test_what_was_withdrawn_is_kept_as_long_as_records_are(handout: Handout) -> None:
    Handout.objects.job(handout.pk).revoke()
    with in_days(365 * 9):
        tasks.remove_orphans()
    assert default_storage.exists(handout.pdf_name)
    with in_days(366 * 10 + 2):
        tasks.remove_orphans()
    assert not default_storage.exists(handout.pdf_name)


def test_a_whole_file_is_noted_as_checked(handout: Handout) -> None:
    assert tasks.check_files() == 0
    handout.refresh_from_db()
    assert handout.checked_at
    assert handout.status == Status.READY


def test_a_lost_file_that_nobody_had_is_made_again(
    handout: Handout, caplog: pytest.LogCaptureFixture
) -> None:
    default_storage.delete(handout.pdf_name)
    assert tasks.check_files() == 1
    handout.refresh_from_db()
    assert handout.status == Status.PENDING
    assert "ALARM file_damaged" in caplog.text


def test_a_lost_file_that_somebody_had_is_left_to_the_backup(
    handout: Handout, practitioner: Membership
) -> None:
    record(practitioner, "handout.downloaded", handout)
    default_storage.delete(handout.pdf_name)
    assert tasks.check_files() == 1
    handout.refresh_from_db()
    assert handout.status == Status.READY
    events = AuditEvent.objects.of_clinic(handout.clinic_id)
    assert events.filter(action="handout.file_damaged").exists()
