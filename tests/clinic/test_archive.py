"""The archive of the audit trail: nothing is lost, nothing changes unseen."""

import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clinic import archive, chain
from clinic.audit import record
from clinic.models import AuditEvent, AuditSeal, Membership

OLD = datetime(2024, 3, 2, 12, tzinfo=UTC)
BEFORE = date(2025, 1, 1)


@pytest.fixture
def trail(practitioner: Membership) -> Iterator[None]:
    """Three events of long ago, two of today."""
    with time_machine.travel(OLD):
        for number in range(3):
            record(practitioner, "patient.viewed", practitioner.clinic, count=number)
        chain.seal()
    for number in range(2):
        record(practitioner, "patient.listed", practitioner.clinic, count=number)
    chain.seal()


@pytest.fixture
def file(trail: None, tmp_path: Path) -> Path:
    call_command("archive_audit", before=BEFORE, to=tmp_path)
    return tmp_path / "audit-1-3.jsonl.gz"


def actions() -> list[str]:
    rows = AuditEvent.objects.unscoped().order_by("at")
    return list(rows.values_list("action", flat=True))


def test_the_file_holds_the_old_part_and_is_its_owners_alone(file: Path) -> None:
    part = archive.read(file)
    assert (part.events, part.upto.number) == (3, 3)
    assert part.upto.digest == AuditSeal.objects.get(number=3).digest
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.requirement("D2")
def test_after_removal_the_chain_goes_on(file: Path) -> None:
    call_command("archive_audit", remove=True)
    kept = ["patient.viewed", "patient.listed", "patient.listed", "audit.archived"]
    assert actions() == kept
    assert chain.verify().faults == []
    record(None, "later")
    chain.seal()
    assert chain.verify().seals == 7


def test_the_next_archive_begins_where_the_last_one_ended(
    file: Path, tmp_path: Path
) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).date()
    call_command("archive_audit", before=later, to=tmp_path)
    part = archive.read(tmp_path / "audit-4-6.jsonl.gz")
    assert part.after == archive.read(file).upto


def test_what_is_younger_than_a_year_stays_in_the_tables(
    file: Path, tmp_path: Path
) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).date()
    call_command("archive_audit", before=later, to=tmp_path)
    assert archive.remove() == 3  # the fourth is of today
    assert actions().count("patient.listed") == 2


def test_removal_goes_part_by_part_and_may_be_begun_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "AT_ONCE", 1)
    # The seal that the chain goes on from stays, with its event.
    assert [archive.remove(), archive.remove()] == [2, 0]


@pytest.mark.requirement("D2")
def test_without_an_archive_nothing_is_removed(trail: None) -> None:
    assert archive.remove() == 0
    assert actions().count("patient.viewed") == 3


@pytest.mark.requirement("D2")
def test_a_changed_file_is_told(file: Path) -> None:
    text = gzip.decompress(file.read_bytes()).replace(b'"count": 1', b'"count": 9')
    file.write_bytes(gzip.compress(text))
    with pytest.raises(CommandError, match="was changed or moved"):
        call_command("verify_audit", file=file)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", gzip.compress(b"{}\n")],
    # A zipped file holds the time it was made, which no name of a test may.
    ids=["empty", "not zipped", "another format"],
)
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(archive.ArchiveError):
        archive.read(file)


def test_a_broken_chain_is_not_archived(trail: None, tmp_path: Path) -> None:
    AuditSeal.objects.filter(number=2).update(digest="0" * 64)
    with pytest.raises(CommandError, match="Nothing is archived"):
        call_command("archive_audit", before=BEFORE, to=tmp_path)
    assert chain.archived() == chain.Head()
    assert not list(tmp_path.iterdir())


def test_nothing_old_is_said(practitioner: Membership, tmp_path: Path) -> None:
    call_command("archive_audit", before=date(2020, 1, 1), to=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_command_checks_a_file(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_audit", file=file)
    assert "3 events, in order, after 0:-" in capsys.readouterr().out
