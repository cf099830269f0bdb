"""Figures that a person edits: judged, and stored at the clinic's own copy."""

import copy
import json

import pytest
from django.test import Client
from django.urls import reverse

from clinic.assets import read_asset
from clinic.errors import Conflict, Forbidden, Invalid
from clinic.models import AuditEvent, Membership
from exercises import pictures
from exercises.catalog import judge, store_figures
from exercises.catalog.drafts import MOST_FIGURES, field_of
from exercises.figures import written_out
from exercises.models import Exercise
from tests.factories import PASSWORD, library_entries, make_exercise, make_membership

ENTRIES = {entry.slug: entry.columns["figures"] for entry in library_entries()}


@pytest.fixture
def figures() -> list[dict]:
    """The pelvic tilt with all numbers written out."""
    return [written_out(one, "x") for one in copy.deepcopy(ENTRIES["pelvic-tilt"])]


@pytest.fixture
def shared(db, figures) -> Exercise:
    """A shared exercise with these pictures."""
    drawn = pictures.draw_and_store(figures, "x")
    return make_exercise(figures=drawn, name="Tilt")


def blocking(figures: list) -> list[tuple[int, str]]:
    return [
        (fault.figure, fault.field) for fault in judge(figures).faults if fault.blocks
    ]


def test_every_library_figure_can_be_edited_and_stored_as_it_is():
    for slug, entries in ENTRIES.items():
        assert blocking([written_out(one, slug) for one in entries]) == [], slug


def test_a_sound_figure_is_drawn_with_the_bends_of_its_joints(figures):
    draft = judge(figures)
    assert all(svg.startswith("<svg") for svg in draft.drawings)
    knee = next(bend for bend in draft.bends[0] if bend.joint == "near_knee")
    assert knee.low <= knee.angle <= knee.high == 155
    assert len(draft.places[0]["near_wrist"]) == 3


def test_a_bent_neck_is_told_at_the_neck_with_its_range(figures):
    figures[1]["pose"]["neck"] = 90
    (fault, *_) = [f for f in judge(figures).faults if f.blocks]
    assert (fault.figure, fault.field) == (1, "pose.neck")
    assert "allowed 0 to 60" in fault.text


def test_a_number_out_of_range_is_told_and_the_other_pictures_are_drawn(figures):
    figures[0]["pose"]["root"] = [0, 999, 0]
    draft = judge(figures)
    assert draft.drawings[0] == ""
    assert draft.drawings[1].startswith("<svg")
    assert draft.faults[0].field == "pose.root"
    assert "-200 to 200" in draft.faults[0].text


def test_a_missing_translation_is_told_at_its_field(figures):
    figures[0]["description"]["es"] = "Dos. Frases."
    del figures[1]["caption"]["en"]
    assert blocking(figures) == [(0, "description.es"), (1, "caption.en")]


def test_long_words_and_too_many_pictures_are_refused(figures):
    figures[0]["caption"]["en"] = "x" * 61
    assert blocking(figures) == [(0, "caption.en")]
    assert blocking([ENTRIES["bridge"][0]] * (MOST_FIGURES + 1)) == [(0, "")]


@pytest.mark.parametrize(
    ("joint", "field"),
    [
        ("near_knee", "pose.near_leg.to"),
        ("far_knee", "pose.far_leg.shank"),
        ("near_ankle", "pose.near_leg.foot"),
        ("far_elbow", "pose.far_arm.fore"),
        ("near_arm", "pose.near_arm.to"),
        ("waist", "pose.trunk[2]"),
        ("arrow 1", ""),
    ],
)
def test_a_joint_leads_to_the_field_that_moves_it(joint, field):
    pose = {"near_leg": {"to": [1, 2, 3]}, "far_leg": {"thigh": 1}, "far_arm": "hang"}
    assert field_of(joint, {"pose": pose}) == field


def test_saving_makes_the_own_copy_and_raises_its_version(
    practitioner, shared, figures
):
    figures[0]["pose"]["head"] = 186
    own = store_figures(shared, figures, version=1, by=practitioner)
    assert (own.clinic, own.version) == (practitioner.clinic, 2)
    assert own.figures[0]["asset"] != shared.figures[0]["asset"]
    assert read_asset(own.figures[0]["asset"]).startswith(b"<svg")
    shared.refresh_from_db()
    assert shared.version == 1
    events = AuditEvent.objects.visible_to(practitioner)
    assert events.get(action="exercise.changed").target_id == own.pk


def test_a_faulty_figure_is_not_stored(practitioner, shared, figures):
    figures[1]["pose"]["neck"] = 90
    with pytest.raises(Invalid) as error:
        store_figures(shared, figures, version=1, by=practitioner)
    assert error.value.errors[0].pointer == "/figures/1/pose.neck"


def test_two_people_do_not_overwrite_each_other(
    practitioner, colleague, shared, figures
):
    own = store_figures(shared, figures, version=1, by=practitioner)
    store_figures(own, figures, version=2, by=colleague)
    with pytest.raises(Conflict, match="changed meanwhile"):
        store_figures(own, figures, version=2, by=practitioner)


def test_two_people_on_the_shared_page_do_not_overwrite_each_other(
    practitioner, colleague, shared, figures
):
    store_figures(shared, figures, version=1, by=practitioner)
    with pytest.raises(Conflict, match="changed meanwhile"):
        store_figures(shared, figures, version=1, by=colleague)


def test_an_assistant_may_not_store(clinic, shared, figures):
    assistant = make_membership(clinic=clinic, role=Membership.Role.ASSISTANT)
    with pytest.raises(Forbidden):
        store_figures(shared, figures, version=1, by=assistant)


# The page


def signed_in(member: Membership) -> Client:
    client = Client()
    assert client.login(username=member.practitioner.email, password=PASSWORD)
    return client


def address(exercise: Exercise, view: str = "figures") -> str:
    return reverse(f"admin:exercises_exercise_{view}", args=[exercise.pk])


def post(client: Client, url: str, figures: object, version: int = 1):
    data = {"figures": figures, "version": version}
    return client.post(url, data, content_type="application/json")


def test_the_page_draws_without_storing(practitioner, shared, figures):
    figures[0]["pose"]["head"] = 186
    answer = post(signed_in(practitioner), address(shared, "draw"), figures).json()
    assert answer["drawings"][0].startswith("<svg")
    assert Exercise.objects.unscoped().count() == 1


def test_the_page_saves_and_leads_to_the_own_copy(practitioner, shared, figures):
    client = signed_in(practitioner)
    answer = post(client, address(shared), figures).json()
    own = Exercise.objects.visible_to(practitioner).get(slug=shared.slug)
    assert answer["url"] == reverse("admin:exercises_exercise_change", args=[own.pk])
    assert b"figures/" in client.get(answer["url"]).content


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ('{"figures": 3, "version": 1}', 400),
        ('{"figures": [], "version": "1"}', 400),
        ("[" * 20_000, 400),
        (json.dumps({"figures": ["x" * 70_000], "version": 1}), 400),
        (
            '{"figures": [{"base": "prone", "pose": {"root": [1e999, NaN, 9]}}],'
            '"version": 1}',
            422,
        ),
        ('{"figures": [7], "version": 1}', 422),
    ],
)
def test_what_is_no_figure_is_refused(practitioner, shared, body, status):
    client = signed_in(practitioner)
    answer = client.post(address(shared), body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_stale_page_is_told_and_stores_nothing(practitioner, shared, figures):
    answer = post(signed_in(practitioner), address(shared), figures, version=9)
    assert (answer.status_code, Exercise.objects.unscoped().count()) == (409, 1)


@pytest.mark.parametrize("view", ["figures", "draw"])
def test_only_who_may_change_exercises_gets_there(clinic, shared, figures, view):
    reader = make_membership(clinic=clinic, role=Membership.Role.READ_ONLY)
    assert post(signed_in(reader), address(shared, view), figures).status_code == 403


@pytest.mark.parametrize("view", ["figures", "draw"])
def test_another_clinics_exercise_does_not_exist(outsider, clinic, figures, view):
    own = make_exercise(clinic=clinic)
    assert post(signed_in(outsider), address(own, view), figures).status_code == 404


def test_drawing_needs_the_token_of_the_page(practitioner, shared, figures):
    client = Client(enforce_csrf_checks=True)
    client.force_login(practitioner.practitioner)
    assert post(client, address(shared, "draw"), figures).status_code == 403
