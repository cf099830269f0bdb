"""Shared rows follow the files; a clinic's copy follows the clinic."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from clinic.errors import Forbidden, NotFound
from clinic.models import AuditEvent, Clinic, Membership, UnscopedQueryError
from exercises import catalog
from exercises.models import Exercise
from tests.factories import make_exercise, make_membership

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of two of the real files, without their links to others."""
    for slug in ("cat-camel", "walking"):
        lines = (catalog.LIBRARY / f"{slug}.yaml").read_text().splitlines()
        kept = [f"{x.split(':')[0]}: null" if _links(x) else x for x in lines]
        (tmp_path / f"{slug}.yaml").write_text("\n".join(kept))
    return tmp_path


def _links(line: str) -> bool:
    return line.startswith(("easier:", "harder:"))


def edit(folder: Path, old: str, new: str) -> None:
    """Change the file of walking."""
    path = folder / "walking.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def walking() -> Exercise:
    """Return the shared row of walking."""
    return Exercise.objects.shared().get(slug="walking")


def test_all_56_exercises_load() -> None:
    assert len(catalog.load_library().created) == 56


def test_what_was_loaded_is_sound_to_the_model() -> None:
    catalog.load_library()
    for exercise in Exercise.objects.shared():
        exercise.full_clean()


def test_a_row_holds_the_file_s_dosage(folder: Path) -> None:
    catalog.load_library(folder)
    entries = {entry.slug: entry for entry in catalog.read_library(folder)}
    assert walking().dosage == entries["walking"].dosage


def test_loading_again_changes_nothing(folder: Path) -> None:
    catalog.load_library(folder)
    before = list(Exercise.objects.shared().values())
    report = catalog.load_library(folder)
    assert report.untouched == ("cat-camel", "walking")
    assert list(Exercise.objects.shared().values()) == before


def test_a_changed_file_raises_the_version(folder: Path) -> None:
    catalog.load_library(folder)
    edit(folder, "name: Walking", "name: Brisk walking")
    assert catalog.load_library(folder).changed == ("walking",)
    assert (walking().name, walking().version) == ("Brisk walking", 2)


def test_what_a_patient_does_not_see_is_no_new_version(folder: Path) -> None:
    catalog.load_library(folder)
    edit(folder, "difficulty: 1", "difficulty: 2")
    assert catalog.load_library(folder).changed == ("walking",)
    assert (walking().difficulty, walking().version) == (2, 1)


def test_the_former_texts_are_kept(folder: Path) -> None:
    catalog.load_library(folder)
    edit(folder, "name: Walking", "name: Brisk walking")
    catalog.load_library(folder)
    kept = walking().versions.get()
    assert (kept.version, kept.content["name"]) == (1, "Walking")


def test_a_changed_row_keeps_its_identity(folder: Path) -> None:
    catalog.load_library(folder)
    before = walking().pk
    edit(folder, "difficulty: 1", "difficulty: 2")
    catalog.load_library(folder)
    assert walking().pk == before


def test_a_vanished_file_archives_its_row(folder: Path) -> None:
    catalog.load_library(folder)
    (folder / "walking.yaml").unlink()
    assert catalog.load_library(folder).withdrawn == ("walking",)
    assert walking().status == Exercise.Status.ARCHIVED


def test_a_withdrawn_row_is_reported_once(folder: Path) -> None:
    catalog.load_library(folder)
    (folder / "walking.yaml").unlink()
    catalog.load_library(folder)
    assert catalog.load_library(folder).withdrawn == ()


def test_a_file_that_returns_publishes_its_row(folder: Path) -> None:
    catalog.load_library(folder)
    text = (folder / "walking.yaml").read_text()
    (folder / "walking.yaml").unlink()
    catalog.load_library(folder)
    (folder / "walking.yaml").write_text(text)
    assert catalog.load_library(folder).changed == ("walking",)
    assert (walking().status, walking().version) == (Exercise.Status.PUBLISHED, 1)


def test_one_faulty_file_keeps_all_out(folder: Path) -> None:
    edit(folder, "category: aerobic", "category: dance")
    with pytest.raises(catalog.LibraryError):
        catalog.load_library(folder)
    assert not Exercise.objects.shared().exists()


def test_shared_rows_from_no_file_are_left_alone(folder: Path) -> None:
    other = make_exercise()
    catalog.load_library(folder)
    other.refresh_from_db()
    assert other.status == Exercise.Status.PUBLISHED


def test_a_clinic_s_own_copy_is_left_alone(
    folder: Path, practitioner: Membership
) -> None:
    catalog.load_library(folder)
    own = catalog.own_copy(walking(), practitioner)
    edit(folder, "name: Walking", "name: Brisk walking")
    catalog.load_library(folder)
    own.refresh_from_db()
    assert (own.name, own.version) == ("Walking", 1)


def test_two_shared_rows_cannot_have_one_slug() -> None:
    make_exercise(slug="walking")
    with pytest.raises(IntegrityError):
        make_exercise(slug="walking")


def test_the_command_tells_what_it_did() -> None:
    out = StringIO()
    call_command("load_library", stdout=out)
    assert out.getvalue().startswith("Exercise library: 56 created, 0 changed")


def test_the_check_writes_nothing() -> None:
    out = StringIO()
    call_command("load_library", "--check", stdout=out)
    assert out.getvalue().startswith("Exercise library: 56 are sound.\n")
    assert not Exercise.objects.shared().exists()


def test_the_command_shows_where_to_mend(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(folder, "category: aerobic", "category: dance")
    broken = replace(catalog.LOADER, load=lambda: catalog.load_library(folder))
    monkeypatch.setattr(
        "exercises.management.commands.load_library.loaders", lambda: [broken]
    )
    with pytest.raises(CommandError, match=r"walking\.yaml:4: category"):
        call_command("load_library")


@pytest.fixture
def shared() -> Exercise:
    """A shared exercise."""
    return make_exercise(slug="walking", name="Walking")


def names(actor: Membership) -> list[str]:
    """Return the names of the exercises that the actor sees."""
    return [exercise.name for exercise in Exercise.objects.visible_to(actor)]


def test_the_own_copy_replaces_the_shared_one_in_its_clinic_only(
    shared: Exercise, practitioner: Membership, outsider: Membership
) -> None:
    own = catalog.own_copy(shared, practitioner)
    own.name = "Walking by the river"
    own.save()
    assert names(practitioner) == ["Walking by the river"]
    assert names(outsider) == ["Walking"]


def test_the_copy_is_a_row_of_its_own(
    shared: Exercise, practitioner: Membership
) -> None:
    own = catalog.own_copy(shared, practitioner)
    assert own.pk != shared.pk
    assert (own.slug, own.clinic_id) == (shared.slug, practitioner.clinic_id)


def test_colleagues_share_one_copy(
    shared: Exercise, practitioner: Membership, colleague: Membership
) -> None:
    own = catalog.own_copy(shared, practitioner)
    assert catalog.own_copy(shared, colleague) == own


def test_an_own_exercise_is_its_own_copy(
    clinic: Clinic, practitioner: Membership
) -> None:
    own = make_exercise(clinic=clinic)
    assert catalog.own_copy(own, practitioner) is own


def test_copying_is_audited(shared: Exercise, practitioner: Membership) -> None:
    own = catalog.own_copy(shared, practitioner)
    event = AuditEvent.objects.visible_to(practitioner).get(action="exercise.copied")
    assert (event.target_id, event.details) == (own.pk, {"source": str(shared.pk)})


def test_another_clinic_s_exercise_is_not_found(
    clinic: Clinic, outsider: Membership
) -> None:
    with pytest.raises(NotFound):
        catalog.own_copy(make_exercise(clinic=clinic), outsider)


def test_reading_alone_does_not_copy(shared: Exercise, clinic: Clinic) -> None:
    reader = make_membership(clinic=clinic, role=Membership.Role.READ_ONLY)
    with pytest.raises(Forbidden):
        catalog.own_copy(shared, reader)


def test_asking_for_all_exercises_raises() -> None:
    with pytest.raises(UnscopedQueryError):
        list(Exercise.objects.all())


def test_exercises_asked_for_by_nobody_raise() -> None:
    with pytest.raises(UnscopedQueryError):
        Exercise.objects.visible_to(None)


def test_an_own_exercise_is_hidden_from_other_clinics(
    clinic: Clinic, outsider: Membership
) -> None:
    make_exercise(clinic=clinic)
    assert names(outsider) == []
