"""What is dropped by age goes in parts, so that nobody waits for a long lock."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic import tasks
from clinic.models import IdempotencyRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def five_old_answers(clinic, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    old = timezone.now() - timedelta(days=3)
    IdempotencyRecord.objects.bulk_create(
        IdempotencyRecord(
            clinic=clinic,
            actor_id=uuid4(),
            route="/",
            key=str(number),
            body_digest="0" * 64,
            token=uuid4(),
            created_at=old,
        )
        for number in range(5)
    )


def test_all_that_is_old_goes_part_by_part(five_old_answers):
    assert tasks.drop_answers() == 5


def test_a_turn_ends_and_the_rest_goes_at_the_next(five_old_answers, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_PARTS", 1)
    assert [tasks.drop_answers() for _ in range(3)] == [2, 2, 1]
