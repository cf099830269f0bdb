"""Leaflets: files, shared rows, a clinic's own, and what is printed."""

import shutil
from pathlib import Path

import pytest

from clinic.errors import Forbidden
from clinic.models import Clinic, Membership, SignOff
from exercises.data_files import LibraryError
from exercises.leaflets import (
    FOLDER,
    leaflets_for,
    load_leaflets,
    own_leaflet,
    read_leaflets,
)
from exercises.leaflets.files import PLACEHOLDER
from exercises.models import Leaflet

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "es")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the leaflet on heat in both languages."""
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        shutil.copy(FOLDER / language / "heat.yaml", tmp_path / language)
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    """Change the English file."""
    path = folder / "en" / "heat.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1))


def heat(language: str = "en") -> Leaflet:
    """Return the shared leaflet on heat."""
    return Leaflet.objects.shared().get(slug="heat", language=language)


def test_all_twelve_leaflets_exist_in_both_languages() -> None:
    slugs = {name.split("/")[1] for name in read_leaflets()}
    assert len(slugs) == 12
    assert set(read_leaflets()) == {f"{one}/{s}" for s in slugs for one in LANGUAGES}


@pytest.mark.parametrize("name", [n for n in read_leaflets() if n.startswith("es/")])
def test_spanish_says_as_much_as_english(name: str) -> None:
    es, en = read_leaflets()[name], read_leaflets()[f"en/{name[3:]}"]
    marks = [
        [line[:2] for line in entry.columns["body"].splitlines()] for entry in (es, en)
    ]
    filled = [sorted(PLACEHOLDER.findall(e.columns["body"])) for e in (es, en)]
    numbers = [
        {key: field["value"] for key, field in e.columns["fields"].items()}
        for e in (es, en)
    ]
    assert marks[0] == marks[1]
    assert filled[0] == filled[1]
    assert numbers[0] == numbers[1]
    assert es.columns["ask_first_flags"] == en.columns["ask_first_flags"]


def test_loading_again_changes_nothing(folder: Path) -> None:
    assert load_leaflets(folder).created == ("en/heat", "es/heat")
    assert load_leaflets(folder).untouched == ("en/heat", "es/heat")


def test_a_changed_file_makes_a_new_version(folder: Path) -> None:
    load_leaflets(folder)
    edit(folder, "value: 20", "value: 25")
    assert load_leaflets(folder).changed == ("en/heat",)
    assert (heat().version, heat().fields["heat_minutes"]["value"]) == (2, 25)


def test_a_leaflet_whose_file_is_gone_is_withdrawn_and_kept(folder: Path) -> None:
    load_leaflets(folder)
    (folder / "en" / "heat.yaml").unlink()
    assert load_leaflets(folder).withdrawn == ("en/heat",)
    assert heat().is_archived


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{heat_minutes}", "{minutes}", "body: Nothing fills in {minutes}."),
        ("value: 20", "value: 0", "fields: “heat_minutes” has a value"),
        ("title: Heat", "headline: Heat", "headline: There is no such field."),
        ("  - raynaud", "  - hay_fever", "ask_first_flags: Unknown tag: hay_fever."),
        ("language: en", "language: fr", "language: The folder is named en."),
        ('"on": false', '"on": maybe', "optional_lines: Give a list of lines"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(
    folder: Path, old: str, new: str, told: str
) -> None:
    edit(folder, old, new)
    with pytest.raises(LibraryError) as refusal:
        load_leaflets(folder)
    assert told in str(refusal.value)
    assert str(refusal.value).startswith("heat.yaml:")


def test_numbers_are_filled_in(folder: Path, clinic: Clinic) -> None:
    load_leaflets(folder)
    (printed,) = leaflets_for(["heat"], "en", clinic)
    assert any("for 20 minutes" in line for line in printed.lines)
    assert not any("{" in line for line in printed.lines)


def test_phone_numbers_are_those_of_the_clinic(clinic: Clinic) -> None:
    load_leaflets()
    (printed,) = leaflets_for(["red-flags"], "es", clinic)
    assert "! Llame al 112 o vaya a urgencias ahora. Basta con una señal." in (
        printed.lines
    )


def test_leaflets_come_in_the_order_asked_for(clinic: Clinic) -> None:
    load_leaflets()
    found = leaflets_for(["heat", "cold", "heat", "unknown"], "en", clinic)
    assert [leaflet.slug for leaflet in found] == ["heat", "cold"]


def test_a_missing_language_falls_back_and_says_so(clinic: Clinic) -> None:
    load_leaflets()
    (printed,) = leaflets_for(["heat"], "fr", clinic)
    assert (printed.title, printed.language) == ("Heat", "en")


def test_optional_lines_print_only_while_they_are_on(
    folder: Path, clinic: Clinic
) -> None:
    load_leaflets(folder)
    before = leaflets_for(["heat"], "en", clinic)[0]
    edit(folder, '"on": false', '"on": true')
    load_leaflets(folder)
    after = leaflets_for(["heat"], "en", clinic)[0]
    assert len(after.lines) == len(before.lines) + 1


def test_an_own_leaflet_replaces_the_shared_one_in_that_clinic_alone(
    folder: Path, practitioner: Membership, outsider: Membership
) -> None:
    load_leaflets(folder)
    own = own_leaflet(heat(), practitioner)
    own.title = "Warmth"
    own.save()
    titles = [
        leaflets_for(["heat"], "en", member.clinic)[0].title
        for member in (practitioner, outsider)
    ]
    assert titles == ["Warmth", "Heat"]


def test_there_is_one_own_copy_however_often_it_is_asked_for(
    folder: Path, practitioner: Membership, colleague: Membership
) -> None:
    load_leaflets(folder)
    first = own_leaflet(heat(), practitioner)
    assert own_leaflet(heat(), colleague) == first


def test_an_assistant_makes_no_own_leaflet(
    folder: Path, practitioner: Membership
) -> None:
    load_leaflets(folder)
    practitioner.role = Membership.Role.ASSISTANT
    with pytest.raises(Forbidden, match="does not change leaflets"):
        own_leaflet(heat(), practitioner)


def test_a_leaflet_is_signed_in_one_version(
    folder: Path, practitioner: Membership
) -> None:
    load_leaflets(folder)
    leaflet, clinic = heat(), practitioner.clinic
    SignOff.objects.create(
        clinic=clinic, content_id=leaflet.pk, version=leaflet.version
    )
    assert leaflets_for(["heat"], "en", clinic)[0].is_signed
    edit(folder, "value: 20", "value: 25")
    load_leaflets(folder)
    assert not leaflets_for(["heat"], "en", clinic)[0].is_signed


def test_leaflets_cost_one_query(
    clinic: Clinic, django_assert_num_queries: object
) -> None:
    load_leaflets()
    slugs = [name.split("/")[1] for name in read_leaflets()]
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(leaflets_for(slugs, "es", clinic)) == 12
