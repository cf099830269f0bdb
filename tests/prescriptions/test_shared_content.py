"""Templates, rules and limits: files, shared rows and a clinic's own."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from clinic.errors import Forbidden, NotFound
from clinic.models import Membership
from exercises.data_files import LibraryError
from exercises.dosage import minutes_per_day, minutes_per_week
from exercises.leaflets import read_leaflets
from prescriptions import catalog
from prescriptions.catalog.safety import SAFETY
from prescriptions.models import ProgramTemplate, SafetyLimit, SafetyRule
from prescriptions.screening.facts import NOT_EXERCISE
from tests.factories import library_entries

pytestmark = pytest.mark.django_db
# Items, total and exercise minutes a day, total minutes a week; phase by phase
COMPUTED = {
    "acute-spasm-first-72-hours": [(5, 36, 6, 254)],
    "subacute-week-1-2": [(6, 21, 11, 146)],
    "stretch-set": [(6, 10, 10, 70)],
    "core-stability-6-weeks": [(5, 14, 9, 53), (6, 15, 10, 46), (5, 22, 22, 66)],
    "desk-worker-prevention": [(6, 23, 13, 115)],
    "extension-biased": [(3, 22, 3, 153), (3, 17, 7, 117), (4, 26, 6, 122)],
    "flexion-biased": [(4, 16, 6, 73), (5, 26, 11, 94)],
    "neck-and-upper-back": [(4, 15, 15, 104), (6, 12, 12, 72)],
    "recurrent-spasm-prevention": [(5, 33, 8, 138), (6, 47, 12, 198)],
    "walking-8-weeks": [
        (1, 10, 0, 40),
        (1, 15, 0, 75),
        (1, 20, 0, 100),
        (1, 30, 0, 150),
    ],
    "stress-and-tension": [(4, 31, 1, 188)],
    "chair-based": [(5, 16, 6, 86)],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one template."""
    shutil.copy(catalog.PROTOCOLS / "stretch-set.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the file of rules."""
    return Path(shutil.copy(SAFETY, tmp_path))


def edit(path: Path, old: str, new: str) -> None:
    """Change a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# Templates


@pytest.mark.parametrize("slug", COMPUTED)
def test_templates_take_the_minutes_that_were_computed(slug: str) -> None:
    category = {e.slug: e.columns["category"] for e in library_entries()}
    found = []
    for phase in catalog.read_protocols()[slug].phases:
        work = [
            line.dosage
            for line in phase.lines
            if category[line.columns["exercise_slug"]] not in NOT_EXERCISE
        ]
        everything = [line.dosage for line in phase.lines]
        found.append(
            (
                len(everything),
                round(sum(map(minutes_per_day, everything))),
                round(sum(map(minutes_per_day, work))),
                round(sum(map(minutes_per_week, everything))),
            )
        )
    assert found == COMPUTED[slug]


def test_there_are_twelve_templates() -> None:
    assert set(catalog.read_protocols()) == set(COMPUTED)


def test_loading_templates_again_changes_nothing(folder: Path) -> None:
    assert catalog.load_templates(folder).created == ("stretch-set",)
    assert catalog.load_templates(folder).untouched == ("stretch-set",)


def test_a_changed_dosage_makes_a_new_version_of_the_template(folder: Path) -> None:
    catalog.load_templates(folder)
    edit(folder / "stretch-set.yaml", "times_per_day: 1", "times_per_day: 2")
    assert catalog.load_templates(folder).changed == ("stretch-set",)
    template = ProgramTemplate.objects.shared().get()
    first = template.phases.get().exercises.first()
    assert first
    assert (template.version, first.times_per_day) == (2, 2)


def test_a_template_whose_file_is_gone_is_withdrawn(folder: Path) -> None:
    catalog.load_templates(folder)
    shutil.copy(catalog.PROTOCOLS / "chair-based.yaml", folder)
    (folder / "stretch-set.yaml").unlink()
    assert catalog.load_templates(folder).withdrawn == ("stretch-set",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("exercise: cobra", "exercise: cobras", "exercise: There is no exercise"),
        ("days: 28", "days: 0", "phases.0.days: Give a whole number"),
        ("es: Semanas 1 a 4", "fr: Semaines", "title: Give the text in en and es."),
        ("times_per_day: 1", "times_a_day: 1", "There is no such part"),
        ("[heat,", "[warmth,", "leaflets: There is no leaflet “warmth”."),
        ("stage: subacute", "stage: late", "stage: Give one of acute"),
    ],
)
def test_a_faulty_template_is_refused_with_its_place(
    folder: Path, old: str, new: str, told: str
) -> None:
    edit(folder / "stretch-set.yaml", old, new)
    with pytest.raises(LibraryError) as refusal:
        catalog.load_templates(folder)
    assert told in str(refusal.value)
    line = int(str(refusal.value).split(":")[1])
    assert line > 1
    assert not ProgramTemplate.objects.shared().exists()


def test_an_own_template_has_phases_and_lines_of_its_own(
    folder: Path, practitioner: Membership
) -> None:
    catalog.load_templates(folder)
    shared = ProgramTemplate.objects.shared().get()
    own = catalog.own_template(shared, practitioner)
    assert own.phases.get().exercises.count() == 6
    assert shared.phases.get().exercises.count() == 6
    assert list(ProgramTemplate.objects.visible_to(practitioner)) == [own]


def test_others_keep_the_shared_template(
    folder: Path, practitioner: Membership, outsider: Membership
) -> None:
    catalog.load_templates(folder)
    shared = ProgramTemplate.objects.shared().get()
    own = catalog.own_template(shared, practitioner)
    assert list(ProgramTemplate.objects.visible_to(outsider)) == [shared]
    with pytest.raises(NotFound):
        catalog.own_template(own, outsider)


# Rules and limits


def test_all_rules_and_limits_are_loaded_once() -> None:
    assert len(catalog.load_rules().created) == 43
    assert len(catalog.load_limits().created) == 35
    assert len(catalog.load_rules().untouched) == 43
    assert len(catalog.load_limits().untouched) == 35


def test_a_changed_rule_is_a_new_version_and_the_others_stay(rules: Path) -> None:
    catalog.load_rules(rules)
    edit(rules, "en: Choose the chair version.", "en: Take the chair version.")
    assert catalog.load_rules(rules).changed == ("R31",)
    rule = SafetyRule.objects.shared().get(code="R31")
    assert (rule.version, rule.message) == (2, "Take the chair version.")


def test_a_changed_limit_is_a_new_version(rules: Path) -> None:
    catalog.load_limits(rules)
    edit(rules, "value: 6\n    label: Exercises", "value: 7\n    label: Exercises")
    assert catalog.load_limits(rules).changed == ("max_items",)
    limit = SafetyLimit.objects.shared().get(name="max_items")
    assert (limit.version, limit.value) == (2, 7)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[item.direction, eq, extension]", "[item.way, eq, x]", "no fact “item.way”"),
        ("[phase.stage, eq, acute]", "[phase.stage, is, acute]", "“is” is not one of"),
        ("limit.max_items]", "limit.most_items]", "There is no limit “most_items”"),
        ("function: head_circles", "function: circles", "function: Give one of"),
        ("code: R02", "code: R01", "code: Stands twice."),
        ("severity: warn", "severity: stop", "severity: Give one of block, warn"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_place(
    rules: Path, old: str, new: str, told: str
) -> None:
    edit(rules, old, new)
    with pytest.raises(LibraryError) as refusal:
        catalog.load_rules(rules)
    assert told in str(refusal.value)
    assert str(refusal.value).startswith("rules.yaml:")


def test_a_rule_of_the_clinic_replaces_the_shared_one_there(
    practitioner: Membership, outsider: Membership
) -> None:
    catalog.load_rules()
    shared = SafetyRule.objects.shared().get(code="R15")
    own = catalog.own_rule(shared, outsider)
    own.severity = SafetyRule.Severity.BLOCK
    own.save()
    severities = [
        SafetyRule.objects.visible_to(member).get(code="R15").severity
        for member in (outsider, practitioner)
    ]
    assert severities == ["block", "warn"]


def test_only_who_manages_the_clinic_changes_its_rules(
    practitioner: Membership,
) -> None:
    catalog.load_rules()
    with pytest.raises(Forbidden):
        catalog.own_rule(SafetyRule.objects.shared().get(code="R15"), practitioner)


def test_questions_are_the_signs_of_the_leaflet_word_for_word() -> None:
    for language in ("en", "es"):
        body = read_leaflets()[f"{language}/red-flags"].columns["body"]
        signs = [line[2:] for line in body.splitlines() if line.startswith("- ")]
        asked = [question.text[language] for question in catalog.questions().values()]
        assert asked == signs[: len(asked)]
    assert len(asked) == 16


@pytest.mark.slow
def test_one_command_loads_everything() -> None:
    out = StringIO()
    call_command("load_library", stdout=out)
    told = [line.split(",")[0] for line in out.getvalue().splitlines()]
    assert told == [
        "Exercise library: 56 created",
        "Translations: 168 created",
        "Leaflets: 24 created",
        "Templates: 12 created",
        "Safety rules: 43 created",
        "Safety limits: 35 created",
    ]
