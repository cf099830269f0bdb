"""Steps up and down, proposed from the diary and taken over by the practitioner."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Membership
from prescriptions import catalog, diary, progression
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import Program, Revision, SafetyLimit
from tests import factories

DAYS = 8


@pytest.fixture
def revision(practitioner: Membership) -> Revision:
    """A program begun eight days ago: one to raise, one with a harder version."""
    catalog.load_limits()
    factories.sign_texts(practitioner)
    factories.make_exercise(slug="hard-one", name="Hard one")
    factories.make_exercise(slug="easy-one", name="Easy one")
    program = factories.make_program(
        by=practitioner,
        exercises=[
            factories.make_exercise(name="Bridge", easier="easy-one"),
            factories.make_exercise(name="Plank", repetitions=15, harder="hard-one"),
        ],
        start_date=timezone.localdate() - timedelta(days=DAYS),
    )
    return issue_program(program, by=practitioner)[0]


def write(revision: Revision, days_ago: int, pain: int, done: bool = True) -> None:
    numbers = [{"number": n, "slug": "x"} for n in (1, 2)] if done else []
    day = timezone.localdate() - timedelta(days=days_ago)
    written = Written(
        day=day, client_id=uuid4(), written_at=timezone.now(), done=numbers, pain=pain
    )
    diary.write(revision, written)


def page(revision: Revision) -> str:
    return f"/admin/prescriptions/program/{revision.program_id}/diary/"


def test_minutes_are_told_without_needless_zeros(program: Program) -> None:
    line = program.prescribed_exercises.first()
    assert line is not None
    line.duration_minutes = Decimal("10.0")
    step = progression.Proposal(line, is_up=True, column="duration_minutes", value=15)
    assert step.text.endswith("15 minutes, was 10")


def test_a_steady_week_without_pain_speaks_for_a_step_up(
    client: Client, revision: Revision, practitioner: Membership
) -> None:
    for day in range(1, DAYS):
        write(revision, day, pain=2)
    client.force_login(practitioner.practitioner)
    text = client.get(page(revision)).content.decode()
    assert "Step up: Bridge: 10 times, was 8" in text
    assert "Step up: Hard one in place of Plank" in text


@pytest.mark.parametrize(("pain", "missed"), [(4, 0), (2, 3)])
def test_pain_or_missed_days_speak_for_staying(
    client: Client, revision: Revision, practitioner: Membership, pain: int, missed: int
) -> None:
    for day in range(1, DAYS):
        write(revision, day, pain=pain, done=day > missed)
    client.force_login(practitioner.practitioner)
    text = client.get(page(revision)).content.decode()
    assert "A step up is proposed after 7 days" in text
    assert 'name="step"' not in text


def test_without_its_limits_the_page_says_what_to_do(
    client: Client, revision: Revision, practitioner: Membership
) -> None:
    SafetyLimit.objects.shared().filter(name="step_up_days").delete()
    client.force_login(practitioner.practitioner)
    assert "run load_library" in client.get(page(revision)).content.decode()


def test_two_bad_days_speak_for_a_step_down(
    client: Client, revision: Revision, practitioner: Membership
) -> None:
    for day in range(1, 4):
        write(revision, day, pain=7 if day < 3 else 1)
    client.force_login(practitioner.practitioner)
    text = client.get(page(revision)).content.decode()
    assert "Step down: Easy one in place of Bridge" in text
    assert "Step down: Plank: 13 times, was 15" in text


def test_what_is_taken_over_waits_to_be_issued(
    client: Client, revision: Revision, practitioner: Membership
) -> None:
    for day in range(1, DAYS):
        write(revision, day, pain=0)
    bridge, plank = revision.program.prescribed_exercises.order_by("position")
    client.force_login(practitioner.practitioner)
    sent = {"take": "", "step": [f"{plank.pk}-up", "nonsense"]}
    answer = client.post(page(revision), sent)
    assert answer["Location"].endswith("/build/")
    plank.refresh_from_db()
    bridge.refresh_from_db()
    assert (plank.exercise.name, bridge.repetitions) == ("Hard one", 8)
    assert revision.program.revisions.count() == 1


def test_who_only_reads_takes_nothing_over(client: Client, revision: Revision) -> None:
    reader = factories.make_membership(clinic=revision.program.clinic, role="read_only")
    client.force_login(reader.practitioner)
    assert client.post(page(revision), {"take": ""}).status_code == 403


def test_the_phase_of_a_day_follows_the_lengths(practitioner: Membership) -> None:
    program = factories.make_program(by=practitioner, start_date=date(2026, 1, 1))
    first = program.phases.get()
    first.weeks = 1
    first.save()
    second = program.phases.create(position=2)
    loaded = Program.objects.of_clinic(program.clinic).with_contents().get()
    for day, phase in ((1, first), (7, first), (8, second), (31, second)):
        assert progression.phase_on(loaded, date(2026, 1, day)) == phase
