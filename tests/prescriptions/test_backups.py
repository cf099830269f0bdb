"""Backups: sealed, complete, and read back into an empty system (requirement D14)."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from clinic import chain
from clinic.audit import record
from clinic.models import Patient
from prescriptions.backups import reading, rows
from prescriptions.backups.making import Manifest
from prescriptions.backups.sealing import (
    PIECE_BYTES,
    SealedReader,
    SealedWriter,
    SealError,
)
from prescriptions.models import Handout
from tests import factories
from tests.prescriptions.whole_patient import make_whole_patient

pytestmark = pytest.mark.each_database

KEY = "a key of a backup, long enough for that"


def sealed(plain: bytes) -> bytes:
    """The bytes of a sealed file."""
    file = io.BytesIO()
    with SealedWriter(file, KEY) as out:
        out.write(plain)
    return file.getvalue()


def unsealed(content: bytes, key: str = KEY) -> bytes:
    return SealedReader(io.BytesIO(content), key).read()


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_what_is_sealed_comes_back(size):
    plain = b"p" * size
    assert unsealed(sealed(plain)) == plain


def test_a_sealed_file_shows_nothing_of_its_content():
    assert b"Berger" not in sealed(b"Anna Berger" * 99)


def test_another_key_opens_nothing():
    with pytest.raises(SealError, match="BACKUP_KEY is another one"):
        unsealed(sealed(b"plain"), key=KEY + "!")


def test_a_short_key_is_refused():
    with pytest.raises(SealError, match="at least 32"):
        SealedWriter(io.BytesIO(), "short")


def test_something_else_than_a_backup_is_refused():
    with pytest.raises(SealError, match="no backup of Catcamel"):
        unsealed(b"PK" * 99)


@pytest.mark.requirement("D14")
@pytest.mark.parametrize("kind", ["changed", "cut off", "swapped", "piece left out"])
def test_a_file_that_was_tampered_with_is_refused(kind):
    content = bytearray(sealed(b"p" * (PIECE_BYTES * 2 + 9)))
    head = len(content) - (PIECE_BYTES * 2 + 9 + 3 * 16)
    piece = PIECE_BYTES + 16
    first, second = content[head : head + piece], content[head + piece :][:piece]
    rest = content[head + 2 * piece :]
    if kind == "changed":
        content[-1] ^= 1
    elif kind == "cut off":
        content = content[: head + 2 * piece]
    elif kind == "swapped":
        content = content[:head] + second + first + rest
    else:
        content = content[:head] + first + rest
    with pytest.raises(SealError):
        unsealed(bytes(content))


@pytest.mark.requirement("D14")
@pytest.mark.django_db
def test_rows_come_back_to_the_last_microsecond(clinic, practitioner):
    factories.sign_texts(practitioner)
    patient = make_whole_patient(practitioner)
    chain.seal()
    before = {label: list(model._base_manager.values()) for label, model in tables()}
    parts = [(model, part) for _, model in tables() for _, part in rows.dump(model)]
    for _, model in tables():
        model._base_manager.all()._raw_delete("default")
    for model, part in parts:
        rows.load(model, part)
    after = {label: list(model._base_manager.values()) for label, model in tables()}
    connection.check_constraints()
    assert after == before
    assert chain.verify().faults == []
    assert Patient.objects.of_clinic(clinic).get() == patient


def tables() -> Any:
    return rows.tables().items()


def test_sign_ins_are_not_backed_up():
    assert "clinic.staffsession" not in rows.tables()
    assert {"clinic.auditseal", "prescriptions.handout"} <= set(rows.tables())


@pytest.mark.django_db
def test_events_without_a_seal_are_no_fault_days_after_the_backup(clinic):
    long_ago = timezone.now() - timedelta(days=3)
    with time_machine.travel(long_ago):
        record(None, "clinic.exported", clinic)
    assert chain.verify().faults
    assert reading.verify(Manifest()).faults == []


@pytest.mark.django_db
def test_what_is_missing_after_a_restore_is_told(clinic, practitioner):
    factories.sign_texts(practitioner)
    make_whole_patient(practitioner)
    handout = Handout.objects.of_clinic(clinic).get()
    default_storage.delete(handout.pdf_name)
    said = Manifest(tables={"clinic.patient": 2}, head="9:" + "0" * 64)
    assert reading.verify(said).faults == [
        "clinic.patient: 1 rows of 2",
        f"{handout.pdf_name} is damaged",
        "the audit trail ends before the backup's",
    ]
