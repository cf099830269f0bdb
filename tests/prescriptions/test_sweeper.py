"""The bell and the sweeper: what is lost is rung for again, within bounds."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.db.models.functions import Now

from clinic import broker, health
from prescriptions import tasks
from prescriptions.management.commands import sweep
from prescriptions.models import Handout, Program, Revision, Status

pytestmark = pytest.mark.each_database


@pytest.fixture
def revision(program: Program) -> Revision:
    return Revision.objects.create(
        clinic=program.clinic, program=program, number=1, document={}
    )


def waiting(revision: Revision, queue: str = "interactive") -> Handout:
    return Handout.objects.create(
        clinic=revision.clinic, revision=revision, options_key=uuid4().hex, queue=queue
    )


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No earlier test has left the bell silent."""
    monkeypatch.setattr(broker, "_quiet_until", 0.0)


def test_a_lost_bell_is_rung_again_once(revision: Revision) -> None:
    waiting(revision)
    assert tasks.sweep_handouts() == 1
    assert tasks.sweep_handouts() == 0


def test_a_full_queue_gets_no_more_bells(
    revision: Revision, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = {"handouts.bulk": tasks.MOST_BELLS}
    monkeypatch.setattr(broker, "waiting_messages", lambda: full)
    waiting(revision, "bulk")
    assert tasks.sweep_handouts() == 0
    waiting(revision)
    assert tasks.sweep_handouts() == 1


def test_what_was_lost_for_an_hour_is_taken_back(revision: Revision) -> None:
    handout = waiting(revision)
    Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
    past = Now() - timedelta(hours=1)
    Handout.objects.job(handout.pk).update(lease_until=past)
    assert tasks.sweep_handouts() == 1
    handout.refresh_from_db()
    assert handout.status == Status.PENDING


def test_a_sweep_is_the_sweepers_sign_of_life(db: None) -> None:
    cache.clear()
    tasks.sweep_handouts()
    assert health.is_alive("sweeper")


def test_a_message_of_another_release_is_taken(revision: Revision) -> None:
    handout = waiting(revision)
    tasks.render_handout(str(handout.pk), 2, urgent=True)
    handout.refresh_from_db()
    assert handout.attempts == 1


def test_a_step_that_fails_keeps_no_other_from_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise OperationalError

    with caplog.at_level(logging.ERROR):
        sweep.attempt(broken)
    assert "ALARM database_away" in caplog.text
