"""Numbers on the pipeline: on the page, for Prometheus, as alarms."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic import health
from clinic.audit import record
from clinic.models import Membership
from prescriptions import operations
from prescriptions.models import FailureCode, Handout, Program, Revision, Status

pytestmark = pytest.mark.each_database

PAGE = "/admin/prescriptions/handout/operations/"


@pytest.fixture
def revision(program: Program) -> Revision:
    return Revision.objects.create(
        clinic=program.clinic, program=program, number=1, document={}
    )


def make(revision: Revision, status: str, *, seconds: float = 0, **values: Any) -> None:
    """A handout that was asked for some seconds ago, and finished now if it is."""
    now = timezone.now()
    is_final = status in {Status.READY, Status.FAILED}
    Handout.objects.create(
        clinic=revision.clinic,
        revision=revision,
        options_key=uuid4().hex,
        status=status,
        requested_at=now - timedelta(seconds=seconds),
        finished_at=now if is_final else None,
        **values,
    )


def test_what_waits_is_counted_by_queue(revision: Revision) -> None:
    make(revision, Status.PENDING, seconds=30)
    make(revision, Status.PENDING, seconds=90, queue="bulk")
    make(revision, Status.PENDING, queue="bulk")
    lines = {line.name: line for line in operations.of_clinic(revision.clinic_id).lines}
    assert lines["interactive"].waiting == 1
    assert lines["bulk"].waiting == 2
    assert round(lines["bulk"].oldest_seconds) == 90


def test_times_are_those_of_what_somebody_waited_for(revision: Revision) -> None:
    for seconds in range(1, 101):
        make(revision, Status.READY, seconds=seconds)
    make(revision, Status.READY, seconds=9000, queue="bulk")
    numbers = operations.of_clinic(revision.clinic_id)
    assert numbers.median_seconds == pytest.approx(51, abs=1)
    assert numbers.p95_seconds == pytest.approx(96, abs=1)


def test_failures_are_counted_by_reason(revision: Revision) -> None:
    for _ in range(2):
        make(revision, Status.FAILED, failure_code=FailureCode.STORAGE)
    numbers = operations.of_clinic(revision.clinic_id)
    assert numbers.failures == {"storage": 2}
    words = operations.failure_words(numbers.failures)
    assert words == [("The file could not be stored. Try again.", 2)]


def test_another_clinics_handouts_are_not_counted(
    revision: Revision, outsider: Membership
) -> None:
    make(revision, Status.PENDING)
    numbers = operations.of_clinic(outsider.clinic_id)
    assert not any(line.waiting for line in numbers.lines)


def test_the_numbers_take_four_queries(
    revision: Revision, django_assert_num_queries: Any
) -> None:
    make(revision, Status.READY)
    with django_assert_num_queries(4):
        operations.of_clinic(revision.clinic_id)


def test_the_page_shows_them(
    client: Client, revision: Revision, practitioner: Membership
) -> None:
    make(revision, Status.FAILED, failure_code=FailureCode.TOO_LARGE)
    client.force_login(practitioner.practitioner)
    text = client.get(PAGE).content.decode()
    assert "It is too long to print." in text
    assert "No worker" in text


@pytest.mark.requirement("W8")
def test_no_metrics_without_a_token(client: Client, db: None) -> None:
    assert client.get("/metrics").status_code == 404
    empty = {"authorization": "Bearer "}
    assert client.get("/metrics", headers=empty).status_code == 404


@pytest.mark.requirement("D4")
def test_a_scrape_with_the_token_gets_numbers_and_no_names(
    client: Client, revision: Revision, settings: Any
) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    make(revision, Status.PENDING, seconds=45)
    answer = client.get("/metrics", headers={"authorization": "Bearer scrape-me"})
    text = answer.content.decode()
    assert 'catcamel_handouts_waiting{queue="interactive"} 1.0' in text
    assert 'catcamel_oldest_queued_seconds{queue="interactive"} 4' in text
    assert revision.clinic.name not in text


def test_a_queue_that_stands_still_raises_an_alarm_once(
    revision: Revision, caplog: pytest.LogCaptureFixture
) -> None:
    cache.clear()
    health.beat("worker")
    make(revision, Status.PENDING, seconds=600)
    assert operations.raise_alarms() == ["queue_stalled"]
    assert "ALARM queue_stalled oldest waits 600 s" in caplog.text
    assert operations.raise_alarms() == []


def test_no_alarm_while_all_is_well(revision: Revision) -> None:
    cache.clear()
    health.beat("worker")
    make(revision, Status.READY, seconds=3)
    assert operations.raise_alarms() == []


def test_a_backup_that_is_more_than_a_day_old_raises_an_alarm(db: None) -> None:
    cache.clear()
    health.beat("worker")
    with time_machine.travel(timezone.now() - timedelta(hours=27)):
        record(None, "system.backed_up")
    assert operations.raise_alarms() == ["backup_old"]
    cache.clear()
    health.beat("worker")
    record(None, "system.backed_up")
    assert operations.raise_alarms() == []


def test_a_missing_worker_raises_an_alarm(db: None) -> None:
    cache.clear()
    assert operations.raise_alarms() == ["no_worker"]


def test_what_waits_for_the_storage_is_told_with_its_reason(
    revision: Revision, client: Client, practitioner: Membership
) -> None:
    cache.clear()
    health.beat("worker")
    make(revision, Status.PENDING, failure_code=FailureCode.STORAGE)
    assert operations.raise_alarms() == ["storage_away"]
    client.force_login(practitioner.practitioner)
    assert "The file storage did not answer." in client.get(PAGE).content.decode()


@pytest.fixture
def no_redis(settings: Any) -> None:
    """A cache and a broker that nobody answers for."""
    nowhere = "redis://127.0.0.1:1/0"
    cached = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": {**cached, "LOCATION": nowhere}}


def test_without_redis_the_alarm_is_raised_each_time(
    no_redis: None, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert operations.raise_alarms() == ["redis_away"]
    assert caplog.text.count("ALARM redis_away") == 2


def test_without_redis_a_scrape_still_tells_what_waits(
    client: Client, no_redis: None, revision: Revision, settings: Any
) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    make(revision, Status.PENDING)
    answer = client.get("/metrics", headers={"authorization": "Bearer scrape-me"})
    text = answer.content.decode()
    assert "catcamel_redis_up 0.0" in text
    assert 'catcamel_handouts_waiting{queue="interactive"} 1.0' in text
