"""A clinic's own exercises and what its members keep for themselves."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from clinic.assets import read_asset
from clinic.errors import Forbidden, Invalid
from clinic.models import Membership
from exercises import own, uploads
from exercises.dosage import Dosage
from exercises.models import Exercise
from exercises.uploads import store_picture
from tests import factories
from tests.exercises.test_admin_library import form as typed


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60), **save: Any) -> Any:
    """A photo with more colors than a drawing has."""
    noise = [Image.effect_noise((160, 120), 90) for _ in "RGB"]
    image = Image.merge("RGB", noise).resize(size)
    file = BytesIO()
    image.save(file, kind, **save)
    return SimpleUploadedFile("IMG_Anna_Berger.jpg", file.getvalue())


def signed_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.practitioner)
    return client


def url(exercise: Exercise, view: str) -> str:
    return reverse(f"admin:exercises_exercise_{view}", args=[exercise.pk])


def test_a_new_exercise_from_another_replaces_nothing(
    practitioner: Membership,
) -> None:
    bridge = factories.make_exercise(name="Bridge", slug="bridge")
    new = own.new_from(bridge, practitioner)
    seen = {row.name: row for row in Exercise.objects.visible_to(practitioner)}
    assert set(seen) == {"Bridge", "Bridge (our version)"}
    assert (new.status, new.slug) == ("draft", "bridge-our-version")
    assert new.steps == bridge.steps


def test_a_draft_is_put_into_use_by_its_button(practitioner: Membership) -> None:
    new = own.new_from(factories.make_exercise(), practitioner)
    signed_in(practitioner).post(url(new, "archive"))
    new.refresh_from_db()
    assert new.status == Exercise.Status.PUBLISHED


def test_those_who_only_assist_make_nothing(practitioner: Membership) -> None:
    assistant = factories.make_membership(clinic=practitioner.clinic, role="assistant")
    with pytest.raises(Forbidden):
        own.new_from(factories.make_exercise(), assistant)


def test_a_private_exercise_is_seen_by_its_maker_alone(
    practitioner: Membership, colleague: Membership
) -> None:
    add = reverse("admin:exercises_exercise_add")
    signed_in(practitioner).post(add, typed(visibility="owner"))
    assert Exercise.objects.visible_to(practitioner).count() == 1
    assert Exercise.objects.visible_to(colleague).count() == 0


def test_a_private_copy_does_not_hide_the_shared_exercise_from_colleagues(
    practitioner: Membership, colleague: Membership
) -> None:
    shared = factories.make_exercise(name="Bridge", slug="bridge")
    client = signed_in(practitioner)
    client.post(url(shared, "change"), typed(name="Bridge"))
    copy = Exercise.objects.visible_to(practitioner).get()
    client.post(url(copy, "change"), typed(name="Bridge", visibility="owner"))
    assert Exercise.objects.visible_to(colleague).get() == shared
    assert Exercise.objects.visible_to(practitioner).count() == 2


def test_only_the_maker_makes_an_exercise_private(
    practitioner: Membership, colleague: Membership
) -> None:
    exercise = factories.make_exercise(
        clinic=practitioner.clinic, owner=practitioner.practitioner
    )
    answer = signed_in(colleague).post(
        url(exercise, "change"), typed(visibility="owner")
    )
    assert answer.context["adminform"].form.errors["visibility"] == [
        "Only Mara Lind can keep this exercise private."
    ]


def test_an_own_dosage_is_the_members_alone(
    practitioner: Membership, colleague: Membership
) -> None:
    exercise = factories.make_exercise()
    page = url(exercise, "my_dosage")
    given = {"kind": "repetitions", "repetitions": "4", "times_per_day": "3"}
    signed_in(practitioner).post(page, given)
    mine = own.starting_columns(exercise, practitioner)
    assert (mine.repetitions, mine.times_per_day) == (4, 3)
    assert own.starting_columns(exercise, colleague) is exercise
    signed_in(practitioner).post(page, {"_drop": "1"})
    assert own.own_dosages(practitioner, [exercise.slug]) == {}


def test_a_dosage_that_cannot_be_done_is_told_and_typing_stays(
    practitioner: Membership,
) -> None:
    page = url(factories.make_exercise(), "my_dosage")
    answer = signed_in(practitioner).post(page, {"repetitions": "-4"})
    assert answer.context["errors"]["repetitions"] == ["At least 1."]
    assert 'value="-4"' in answer.text


@pytest.mark.requirement("I4")
@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("WEBP", "jpg")])
def test_a_photo_is_stored_anew_and_bare(kind: str, ending: str, db: None) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at Anna's"
    stored = store_picture(picture(kind, exif=exif))
    content = read_asset(stored.asset)
    assert stored.asset.endswith(f".{ending}")
    assert b"Anna" not in content
    assert (stored.width, stored.height) == (1000, 750)


def test_a_drawing_stays_sharp_and_what_is_clear_becomes_paper(db: None) -> None:
    file = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(file, "PNG")
    stored = store_picture(SimpleUploadedFile("a.png", file.getvalue()))
    with Image.open(BytesIO(read_asset(stored.asset))) as image:
        assert (image.format, image.getpixel((5, 5))) == ("PNG", (255, 255, 255))


def test_a_large_photo_is_made_smaller(db: None) -> None:
    stored = store_picture(picture(size=(2400, 1200)))
    with Image.open(BytesIO(read_asset(stored.asset))) as image:
        assert image.size == (1600, 800)


@pytest.mark.requirement("I4", "I5")
@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xffx"],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="no JPEG, PNG or WEBP"):
        store_picture(SimpleUploadedFile("a.png", content))


@pytest.mark.requirement("I4")
def test_too_many_pixels_or_bytes_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "MOST_PIXELS", 4000)
    with pytest.raises(Invalid, match="too many pixels"):
        store_picture(picture())
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    with pytest.raises(Invalid, match="larger than"):
        store_picture(picture())


def test_a_photo_is_added_to_the_own_copy_with_its_words(
    practitioner: Membership,
) -> None:
    shared = factories.make_exercise(figures=[])
    signed_in(practitioner).post(
        url(shared, "photos"), {"file": picture(), "alt": "On hands and knees."}
    )
    mine = Exercise.objects.visible_to(practitioner).get()
    (figure,) = mine.figures
    assert figure["description"] == {"en": "On hands and knees."}
    assert (mine.clinic, mine.version) == (practitioner.clinic, 2)
    signed_in(practitioner).post(url(mine, "photos"), {"remove": figure["asset"]})
    mine.refresh_from_db()
    assert mine.figures == []


def test_a_photo_without_words_is_refused_and_names_the_field(
    practitioner: Membership,
) -> None:
    page = url(factories.make_exercise(figures=[]), "photos")
    answer = signed_in(practitioner).post(page, {"file": picture(), "caption": "Up"})
    assert list(answer.context["errors"]) == ["alt"]
    assert 'value="Up"' in answer.text
    assert Exercise.objects.visible_to(practitioner).get().figures == []


@pytest.mark.requirement("I6")
@pytest.mark.parametrize(
    "address",
    [
        "http://youtu.be/a",
        "https://evil.example/youtu.be",
        "https://youtu.be@evil.example/a",
        "https://youtu.be:8443/a",
        "javascript:alert(1)",
    ],
)
def test_a_video_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        own.check_video(address)


def test_a_video_is_stored_with_the_exercise(practitioner: Membership) -> None:
    add = reverse("admin:exercises_exercise_add")
    client = signed_in(practitioner)
    answer = client.post(add, typed(video_url="https://evil.example/a"))
    assert "youtu.be" in answer.context["adminform"].form.errors["video_url"][0]
    client.post(add, typed(video_url="https://youtu.be/abc"))
    made = Exercise.objects.visible_to(practitioner).get()
    assert made.video_url == "https://youtu.be/abc"


def test_an_outsider_reaches_none_of_the_pages(
    practitioner: Membership, outsider: Membership
) -> None:
    exercise = factories.make_exercise(clinic=practitioner.clinic)
    client = signed_in(outsider)
    for view in ("favorite", "archive", "new_from", "my_dosage", "photos"):
        assert client.post(url(exercise, view)).status_code == 404


def test_the_last_own_dosage_is_kept_and_told_to_this_person_by_the_api(
    practitioner: Membership, colleague: Membership
) -> None:
    exercise = factories.make_exercise(slug="bridge")
    for times in (2, 5):
        dosage = Dosage(repetitions=times, times_per_day=1)
        own.keep_dosage(exercise, practitioner, dosage)
    told = signed_in(practitioner).get("/api/v1/exercises/bridge").json()
    assert told["own_dosage"]["repetitions"] == 5
    assert told["default_dosage"]["repetitions"] == 8
    other = signed_in(colleague).get("/api/v1/exercises/bridge").json()
    assert other["own_dosage"] is None
