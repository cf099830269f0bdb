"""The builder's page and what it is told; the rest is driven in Chromium."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import Membership
from exercises.models import Exercise
from prescriptions import catalog
from prescriptions.admin import presence
from prescriptions.models import PrescribedExercise, Program
from prescriptions.programs import add_exercise, change_program
from tests import factories

ADMIN = "/admin/prescriptions/program/"


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


def test_a_new_program_opens_in_the_builder(staff: Client, clinic: Any) -> None:
    patient = factories.make_patient(clinic=clinic)
    answer = staff.post(f"{ADMIN}start/{patient.pk}/")
    made = patient.programs.get()
    assert answer["Location"] == f"{ADMIN}{made.pk}/build/"
    assert (made.status, made.title, made.phases.count()) == (
        "draft",
        "Home exercises",
        1,
    )


def test_nothing_is_started_by_following_a_link(staff: Client, clinic: Any) -> None:
    patient = factories.make_patient(clinic=clinic)
    assert staff.get(f"{ADMIN}start/{patient.pk}/").status_code == 403
    assert not patient.programs.exists()


def test_no_program_is_started_for_a_patient_of_another_clinic(
    staff: Client, outsider: Membership
) -> None:
    foreign = factories.make_patient(clinic=outsider.clinic)
    assert staff.post(f"{ADMIN}start/{foreign.pk}/").status_code == 404


def test_the_page_tells_addresses_and_flags(staff: Client, program: Program) -> None:
    program.patient.flags = ["osteoporosis"]
    program.patient.save()
    text = staff.get(f"{ADMIN}{program.pk}/build/").content.decode()
    assert f"/api/v1/programs/{program.pk}" in text
    assert "Weak bones" in text


@pytest.mark.requirement("D18")
def test_the_history_of_the_browser_names_no_program(
    staff: Client, program: Program
) -> None:
    text = staff.get(f"{ADMIN}{program.pk}/build/").content.decode()
    assert "<title>Build a program | Catcamel</title>" in text


def test_who_may_only_read_does_not_build(
    client: Client, program: Program, clinic: Any
) -> None:
    reader = factories.make_membership(clinic=clinic, role="read_only")
    client.force_login(reader.practitioner)
    assert client.get(f"{ADMIN}{program.pk}/build/").status_code == 403


def test_each_row_is_told_its_sentence_minutes_and_findings(
    staff: Client, program: Program
) -> None:
    told = staff.get(f"{ADMIN}{program.pk}/told/").json()
    (line,) = program.prescribed_exercises.all()[:1]
    row = told["lines"][str(line.pk)]
    assert row["sentence"].startswith("Do it 8")
    assert row["minutes"] > 0
    assert "Findings" in told["side"]


def test_a_blocked_exercise_offers_the_easier_one_that_suits(
    staff: Client, program: Program
) -> None:
    catalog.load_rules()
    catalog.load_limits()
    program.patient.flags = ["osteoporosis"]
    program.patient.save()
    easy = factories.make_exercise(name="Easy one")
    barred = factories.make_exercise(
        easier=easy.slug, contraindications=["osteoporosis"], figures=[]
    )
    line = add_exercise(program.phases.first(), barred)
    lines = staff.get(f"{ADMIN}{program.pk}/told/").json()["lines"]
    assert lines[str(line.pk)]["safer"]["name"] == "Easy one"
    easy.contraindications = ["osteoporosis"]
    easy.save()
    lines = staff.get(f"{ADMIN}{program.pk}/told/").json()["lines"]
    assert lines[str(line.pk)]["safer"] is None


def test_easier_versions_are_offered_where_the_clinic_has_them(
    staff: Client, program: Program
) -> None:
    easy = factories.make_exercise(name="Easy one")
    hard = factories.make_exercise(easier=easy.slug, harder="nowhere")
    line = add_exercise(program.phases.first(), hard)
    row = staff.get(f"{ADMIN}{program.pk}/told/").json()["lines"][str(line.pk)]
    assert row["easier"]["name"] == "Easy one"
    assert row["harder"] is None


def fill(program: Program, count: int) -> None:
    """Bring the program to so many exercises, in a few statements."""
    phase = program.phases.get()
    first = program.prescribed_exercises.count()
    words = {"search_text": program.prescribed_exercises.first().exercise.search_text}
    rows = [
        Exercise(clinic=program.clinic, slug=f"many-{n}", name=f"Many {n}", **words)
        for n in range(first, count)
    ]
    made = Exercise.objects.bulk_create(rows)
    PrescribedExercise.objects.bulk_create(
        PrescribedExercise(
            program=program, phase=phase, exercise=exercise, position=n + 10
        )
        for n, exercise in enumerate(made)
    )


def statements(client: Client, paths: Iterable[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        found[path] = len(asked)
    return found


def test_200_exercises_in_view_cost_as_many_queries_as_20(
    staff: Client, program: Program
) -> None:
    catalog.load_limits()
    catalog.load_rules()
    first = program.prescribed_exercises.first().exercise
    suits = f"suitable_for={program.patient_id}"
    paths = [
        *(f"{ADMIN}{program.pk}/{page}/" for page in ("build", "told")),
        f"/api/v1/programs/{program.pk}",
        *(
            f"/api/v1/exercises?limit=20&{more}"
            for more in ("", f"q={first.name}", suits)
        ),
    ]
    counts = []
    for count in (20, 200):
        fill(program, count)
        counts.append(statements(staff, paths))
    assert counts[0] == counts[1]
    assert len(staff.get(paths[1]).json()["lines"]) == 200
    assert len(staff.get(paths[4]).json()["results"]) == 20


@pytest.mark.full
def test_lists_ask_as_often_for_10000_programs_as_for_150(
    staff: Client, program: Program
) -> None:
    paths = [
        *(ADMIN + more for more in ("", "?q=back", "?status=draft", "?p=2")),
        "/admin/",
        "/api/v1/programs?limit=20",
    ]
    same = {
        "clinic": program.clinic,
        "patient": program.patient,
        "practitioner": program.practitioner,
    }
    counts = []
    for number in (150, 9_850):
        Program.objects.bulk_create(
            Program(title=f"Back {n}", **same) for n in range(number)
        )
        counts.append(statements(staff, paths))
    assert counts[0] == counts[1]


def test_a_patient_chosen_today_gets_a_program_at_once(
    staff: Client, clinic: Any
) -> None:
    patient = factories.make_patient(clinic=clinic)
    answer = staff.post(f"{ADMIN}start/", {"patient": str(patient.pk)})
    assert answer["Location"].endswith("/build/")


def test_without_a_patient_today_says_what_to_do(staff: Client) -> None:
    answer = staff.post(f"{ADMIN}start/", {"patient": ""}, follow=True)
    assert "Choose a patient first." in answer.content.decode()


def test_an_empty_draft_has_a_preview(staff: Client, clinic: Any) -> None:
    patient = factories.make_patient(clinic=clinic)
    staff.post(f"{ADMIN}start/{patient.pk}/")
    answer = staff.get(f"{ADMIN}{patient.programs.get().pk}/preview/")
    assert answer.status_code == 200
    assert "Home exercises" in answer.content.decode()


def here(client: Client, program: Program) -> Any:
    answer = client.get(f"{ADMIN}{program.pk}/here/")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def jan(colleague: Membership, program: Program) -> Iterator[Client]:
    """A colleague who has the program open; the cache is not rolled back."""
    client = Client()
    client.force_login(colleague.practitioner)
    here(client, program)
    yield client
    cache.clear()


def test_colleagues_with_the_program_open_are_named_until_they_leave(
    staff: Client, jan: Client, program: Program
) -> None:
    assert here(staff, program)["others"] == ["Jan Vogel"]
    assert jan.delete(f"{ADMIN}{program.pk}/here/").status_code == 204
    assert here(staff, program)["others"] == []


def test_who_changed_the_program_last_is_named(
    staff: Client, jan: Client, program: Program, colleague: Membership
) -> None:
    assert here(staff, program)["by"] == ""
    change_program(program, {"goal": "Sleep."}, None, by=colleague)
    told = here(staff, program)
    assert (told["by"], told["version"]) == ("Jan Vogel", program.version + 1)
    assert here(jan, program)["by"] == "You"


def test_only_who_may_build_is_told_who_builds(
    client: Client, jan: Client, program: Program, clinic: Any, outsider: Membership
) -> None:
    reader = factories.make_membership(clinic=clinic, role="read_only")
    for person, status in ((reader, 403), (outsider, 404)):
        client.force_login(person.practitioner)
        assert client.get(f"{ADMIN}{program.pk}/here/").status_code == status


def test_twenty_people_here_cost_as_many_queries_as_one(
    staff: Client, jan: Client, program: Program, clinic: Any, colleague: Membership
) -> None:
    change_program(program, {"goal": "Sleep."}, None, by=colleague)
    path = f"{ADMIN}{program.pk}/here/"
    few = statements(staff, [path])
    for _ in range(19):
        presence.arrive(program.pk, factories.make_membership(clinic=clinic))
    assert statements(staff, [path]) == few
    assert len(here(staff, program)["others"]) == 20


def test_the_numbers_of_the_bar_are_told(staff: Client, program: Program) -> None:
    catalog.load_rules()
    catalog.load_limits()
    program.patient.flags = ["osteoporosis"]
    program.patient.save()
    barred = factories.make_exercise(contraindications=["osteoporosis"])
    add_exercise(program.phases.first(), barred)
    told = staff.get(f"{ADMIN}{program.pk}/told/").json()
    assert (told["count"], told["blocking"]) == (3, 1)
    assert told["open"] >= 1
    assert f'data-row="{program.prescribed_exercises.last().pk}"' in told["side"]


def test_without_a_cache_the_builder_works_and_names_nobody(
    staff: Client, program: Program, settings: Any
) -> None:
    cached = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": cached | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert here(staff, program)["others"] == []
    assert staff.delete(f"{ADMIN}{program.pk}/here/").status_code == 204
