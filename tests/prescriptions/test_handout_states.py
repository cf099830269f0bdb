"""Every arrow of the handout's state machine: won, lost, and by the wrong token."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from prescriptions.models import FailureCode, Handout, Program, Revision, Status
from prescriptions.models.handout import MAX_ATTEMPTS, back_off

pytestmark = pytest.mark.each_database

LEASE = timedelta(seconds=60)
TOKEN = uuid4()
PDF = {"name": "a.pdf", "sha256": "0" * 64, "size": 10, "pages": 1}

Arrow = Callable[[UUID, UUID], object]
ARROWS: dict[str, tuple[Status, Arrow]] = {
    "claim": (Status.PENDING, lambda pk, _: Handout.objects.claim(pk, lease=LEASE)),
    "complete": (
        Status.RENDERING,
        lambda pk, token: Handout.objects.complete(pk, token, **PDF),
    ),
    "release": (
        Status.RENDERING,
        lambda pk, token: Handout.objects.release(pk, token, code=FailureCode.STORAGE),
    ),
    "fail": (
        Status.RENDERING,
        lambda pk, token: Handout.objects.fail(pk, token, code=FailureCode.UNKNOWN),
    ),
    "retry": (Status.FAILED, lambda pk, _: Handout.objects.retry(pk)),
}


@pytest.fixture
def revision(program: Program) -> Revision:
    return Revision.objects.create(
        clinic=program.clinic, program=program, number=1, document={}
    )


def make_handout(revision: Revision, status: str = Status.PENDING, **values) -> Handout:
    if status == Status.RENDERING:
        values = {"claim_token": TOKEN, "lease_until": Now() + LEASE} | values
    return Handout.objects.create(
        clinic=revision.clinic,
        revision=revision,
        options_key=uuid4().hex,
        status=status,
        **values,
    )


def status_of(handout: Handout) -> str:
    handout.refresh_from_db()
    return handout.status


@pytest.mark.parametrize("name", ARROWS)
@pytest.mark.parametrize("status", Status.values)
def test_an_arrow_starts_from_its_own_state_only(revision, name, status):
    start, arrow = ARROWS[name]
    handout = make_handout(revision, status)
    won = bool(arrow(handout.pk, TOKEN))
    assert won == (status == start)
    assert won or status_of(handout) == status


@pytest.mark.parametrize("name", ["complete", "release", "fail"])
def test_a_worker_with_another_token_changes_nothing(revision, name):
    handout = make_handout(revision, Status.RENDERING)
    assert not ARROWS[name][1](handout.pk, uuid4())
    assert status_of(handout) == Status.RENDERING


def test_a_claim_counts_the_attempt_before_the_work(revision):
    handout = make_handout(revision)
    Handout.objects.claim(handout.pk, lease=LEASE)
    handout.refresh_from_db()
    assert (handout.status, handout.attempts) == (Status.RENDERING, 1)


def test_only_one_of_two_claims_wins(revision):
    handout = make_handout(revision)
    tokens = [Handout.objects.claim(handout.pk, lease=LEASE) for _ in range(2)]
    assert tokens[0] and tokens[1] is None


def test_a_handout_that_is_not_due_cannot_be_claimed(revision):
    handout = make_handout(revision, due_at=Now() + timedelta(hours=1))
    assert Handout.objects.claim(handout.pk, lease=LEASE) is None


def test_a_handout_without_attempts_left_cannot_be_claimed(revision):
    handout = make_handout(revision, attempts=MAX_ATTEMPTS)
    assert Handout.objects.claim(handout.pk, lease=LEASE) is None


def test_release_is_refused_when_no_attempt_is_left(revision):
    handout = make_handout(revision, Status.RENDERING, attempts=MAX_ATTEMPTS)
    assert not Handout.objects.release(handout.pk, TOKEN, code=FailureCode.STORAGE)


def test_completing_clears_the_claim(revision):
    handout = make_handout(revision, Status.RENDERING)
    Handout.objects.complete(handout.pk, TOKEN, **PDF)
    handout.refresh_from_db()
    assert (handout.claim_token, handout.lease_until) == (None, None)
    assert handout.pdf_pages == 1


def test_an_expired_lease_puts_the_handout_back(revision):
    past = Now() - timedelta(seconds=1)
    handout = make_handout(revision, Status.RENDERING, lease_until=past, attempts=1)
    assert Handout.objects.expire() == 1
    assert status_of(handout) == Status.PENDING


def test_a_lease_that_runs_is_left_alone(revision):
    handout = make_handout(revision, Status.RENDERING)
    assert Handout.objects.expire() == 0
    assert status_of(handout) == Status.RENDERING


def test_the_third_lost_worker_makes_it_fail_with_a_reason(revision):
    past = Now() - timedelta(seconds=1)
    handout = make_handout(
        revision, Status.RENDERING, lease_until=past, attempts=MAX_ATTEMPTS
    )
    assert Handout.objects.expire() == 0
    assert Handout.objects.give_up() == [handout]
    assert status_of(handout) == Status.FAILED
    assert "stopped three times" in handout.failure_reason


def test_retry_gives_all_attempts_back(revision):
    handout = make_handout(revision, Status.FAILED, attempts=MAX_ATTEMPTS)
    Handout.objects.retry(handout.pk)
    assert Handout.objects.claim(handout.pk, lease=LEASE)


@pytest.mark.parametrize("status", Status.values)
def test_everything_but_the_revoked_can_be_revoked(revision, status):
    handout = make_handout(revision, status)
    rows = Handout.objects.of_clinic(revision.clinic).filter(pk=handout.pk)
    assert rows.revoke() == (status != Status.REVOKED)


def test_a_worker_loses_a_handout_that_is_revoked_meanwhile(revision):
    handout = make_handout(revision, Status.RENDERING)
    Handout.objects.of_clinic(revision.clinic).revoke()
    assert not Handout.objects.complete(handout.pk, TOKEN, **PDF)


def test_two_live_handouts_of_the_same_options_cannot_exist(revision):
    first = make_handout(revision)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_handout(revision).__class__.objects.create(
            clinic=revision.clinic, revision=revision, options_key=first.options_key
        )


def test_a_token_outside_of_rendering_is_refused_by_the_database(revision):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_handout(revision, Status.READY, claim_token=TOKEN)


def test_the_sweeper_does_not_ring_again_for_what_was_rung_just_now(revision):
    handout = make_handout(revision)
    Handout.objects.rung(handout.pk)
    assert not Handout.objects.unscoped().overdue().exists()


def test_somebody_who_waits_comes_before_the_many(revision):
    bulk = make_handout(revision, queue="bulk")
    waiting = make_handout(revision)
    assert list(Handout.objects.unscoped().overdue()) == [waiting, bulk]


def test_what_waits_for_another_attempt_says_why(revision: Revision) -> None:
    handout = make_handout(revision, Status.RENDERING, attempts=1)
    Handout.objects.release(handout.pk, TOKEN, code=FailureCode.STORAGE)
    handout.refresh_from_db()
    assert handout.failure_reason.startswith("The file storage did not answer.")


def test_nothing_is_said_of_a_failure_that_was_overcome(revision: Revision) -> None:
    handout = make_handout(
        revision, Status.RENDERING, attempts=2, failure_code=FailureCode.STORAGE
    )
    Handout.objects.complete(handout.pk, TOKEN, **PDF)
    handout.refresh_from_db()
    assert handout.failure_reason == ""


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 8, 12), (2, 24, 36)])
def test_each_wait_is_longer_than_the_one_before(
    attempts: int, least: int, most: int
) -> None:
    waits = {back_off(attempts).total_seconds() for _ in range(20)}
    assert least <= min(waits) < max(waits) <= most
