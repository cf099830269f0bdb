"""A handout from the command line, with a worker that is played by the test."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from clinic import health
from clinic.models import AuditEvent, Clinic, Membership
from prescriptions import storage
from prescriptions.handouts import issue_program
from prescriptions.management.commands import make_handout
from prescriptions.models import FailureCode, Handout, Program, Revision

PDF = b"%PDF-1.7 a handout"


@pytest.fixture
def issued(program: Program, practitioner: Membership) -> Program:
    issue_program(program, by=practitioner)
    return program


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "handout.pdf"


def work(pdf: bytes = PDF) -> None:
    """Do what a worker does with what waits."""
    for handout in Handout.objects.unscoped():
        token = Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
        if token:
            name, sha256 = storage.put(handout.pk, pdf)
            values: dict[str, Any] = {"name": name, "sha256": sha256}
            values |= {"size": len(pdf), "pages": 1}
            Handout.objects.complete(handout.pk, token, **values)


def fail() -> None:
    for handout in Handout.objects.unscoped():
        token = Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
        assert token
        Handout.objects.fail(handout.pk, token, code=FailureCode.TOO_LARGE)


@pytest.fixture
def during_sleep(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What happens while the command sleeps; a worker at first."""
    happens = [work]
    monkeypatch.setattr(make_handout, "sleep", lambda _: happens[0]())
    return happens


def run(out: Path, **options: Any) -> str:
    output = io.StringIO()
    call_command("make_handout", out=out, stdout=output, **options)
    return output.getvalue()


def refusal(out: Path, **options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(out, **options)
    return caught.value


def test_it_writes_what_the_worker_made(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    run(out, program=issued.pk)
    assert out.read_bytes() == PDF


def test_only_the_owner_may_read_the_file(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    run(out, program=issued.pk)
    assert out.stat().st_mode & 0o777 == 0o600
    assert list(out.parent.iterdir()) == [out]


def test_it_tells_the_states_with_seconds(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    lines = run(out, program=issued.pk).splitlines()
    assert [line.split()[-1] for line in lines[:2]] == ["Waiting", "Ready"]
    assert lines[2].endswith("1 page, 18 bytes")


def test_a_handout_that_is_ready_is_not_made_again(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    run(out, program=issued.pk)
    during_sleep[0] = None
    run(out, program=issued.pk)
    assert Handout.objects.unscoped().count() == 1


def test_the_paper_can_be_chosen(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    run(out, program=issued.pk, paper="letter")
    assert Handout.objects.unscoped().get().options["paper"] == "letter"


def test_the_local_operator_is_audited(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    run(out, program=issued.pk)
    events = AuditEvent.objects.of_clinic(issued.clinic).filter(actor_kind="operator")
    found = events.order_by("at").values_list("action", flat=True)
    assert list(found) == ["handout.requested", "handout.downloaded"]


def test_a_program_that_was_not_issued_is_refused(program: Program, out: Path) -> None:
    error = refusal(out, program=program.pk)
    assert "Issue to patient" in str(error)
    assert error.returncode == 2
    assert not Revision.objects.unscoped().exists()


def test_a_demo_program_is_issued_on_the_way(
    program: Program, out: Path, during_sleep: list[Any]
) -> None:
    Clinic.objects.update(is_demo=True)
    run(out, program=program.pk)
    assert out.read_bytes() == PDF


def test_without_a_program_the_demo_is_taken(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    Clinic.objects.update(is_demo=True)
    run(out)
    assert out.read_bytes() == PDF


def test_without_a_demo_it_asks_for_a_program(issued: Program, out: Path) -> None:
    assert "--program ID" in str(refusal(out))


@pytest.mark.django_db
def test_an_unknown_program_is_refused(out: Path) -> None:
    error = refusal(out, program="00000000-0000-0000-0000-000000000000")
    assert (str(error), error.returncode) == ("There is no program with this id.", 2)


@pytest.mark.django_db
def test_a_missing_folder_is_told_before_anything_is_made(out: Path) -> None:
    error = refusal(out.parent / "nowhere" / "handout.pdf")
    assert "There is no folder" in str(error)


def test_without_a_worker_it_says_what_to_start(
    issued: Program, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(make_handout, "monotonic", lambda: next(clock))
    monkeypatch.setattr(make_handout, "sleep", lambda _: None)
    error = refusal(out, program=issued.pk)
    assert "No worker is running: start ./dev run." in str(error)
    assert error.returncode == 4


def test_a_busy_worker_is_waited_for_until_the_time_is_up(
    issued: Program, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health.beat("worker")
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(make_handout, "monotonic", lambda: next(clock))
    monkeypatch.setattr(make_handout, "sleep", lambda _: None)
    error = refusal(out, program=issued.pk, timeout=60)
    assert "Not ready after 60 seconds" in str(error)
    assert error.returncode == 5


def test_a_failure_is_told_in_plain_words(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    during_sleep[0] = fail
    error = refusal(out, program=issued.pk)
    assert str(error) == FailureCode.TOO_LARGE.label
    assert error.returncode == 3


def test_what_is_no_pdf_is_not_written(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    during_sleep[0] = lambda: work(b"<html>")
    assert refusal(out, program=issued.pk).returncode == 3
    assert not out.exists()


def test_a_file_that_cannot_be_written_is_told(
    issued: Program, out: Path, during_sleep: list[Any]
) -> None:
    out.mkdir()
    assert refusal(out, program=issued.pk).returncode == 6
