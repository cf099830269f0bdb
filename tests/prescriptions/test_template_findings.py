"""The rules judge the shipped templates and the library as the facts say."""

import pytest

from clinic.models import Membership, Patient
from clinic.signing import sign_all
from exercises.models import Exercise
from exercises.tags import vocabulary
from prescriptions import catalog
from prescriptions.findings import judge
from prescriptions.models import Program, ProgramTemplate
from prescriptions.templates import apply_template
from tests.factories import library_entries, make_library, make_patient

pytestmark = pytest.mark.django_db
# Hints on numbers: they depend on little and say little
LEFT_OUT = {"R16", "R20"}
# What is found in each template, untouched, for a patient without flags
EXPECTED = {
    "acute-spasm-first-72-hours": ["R29 lying-twist/pelvic-tilt"],
    "subacute-week-1-2": [
        "R29 cat-camel/pelvic-tilt",
        "R29 lying-twist/pelvic-tilt",
    ],
    "stretch-set": ["R25", "R27"],
    "core-stability-6-weeks": [
        "R17 /phases/2",
        "R25",
        "R27",
        "R29 abdominal-brace/heel-slide",
        "R29 bird-dog/side-plank",
        "R29 curl-up/dead-bug",
    ],
    "extension-biased": ["R29 cobra/standing-back-bend"],
    "flexion-biased": ["R30 /phases/1"],
    "neck-and-upper-back": [
        "R27",
        "R29 chin-tuck/neck-rotation",
        "R29 open-book/thoracic-extension-chair",
    ],
    "recurrent-spasm-prevention": [
        "R17 /phases/1",
        "R29 band-row/light-weight-lift",
    ],
    "stress-and-tension": [
        "R25",
        "R29 deep-breathing-5-1-3/progressive-muscle-relaxation",
    ],
    "desk-worker-prevention": [],
    "walking-8-weeks": [],
    "chair-based": [],
}


@pytest.fixture
def patient(practitioner: Membership) -> Patient:
    """A patient without flags, screened today; library, templates and rules."""
    make_library()
    sign_all(Exercise.objects.visible_to(practitioner), by=practitioner)
    catalog.load_templates()
    catalog.load_rules()
    catalog.load_limits()
    patient = make_patient(clinic=practitioner.clinic)
    patient.screenings.create(answers={"chest_pain": False})
    return patient


def started(slug: str, patient: Patient, by: Membership) -> Program:
    """Return a program from a shared template."""
    template = ProgramTemplate.objects.shared().get(slug=slug)
    program = apply_template(template, patient, by=by)
    return Program.objects.visible_to(by).with_contents().get(pk=program.pk)


@pytest.mark.parametrize("slug", EXPECTED)
def test_untouched_templates_are_judged_as_the_facts_say(
    slug: str, patient: Patient, practitioner: Membership
) -> None:
    program = started(slug, patient, practitioner)
    told = []
    for finding in judge(program).findings:
        if finding.code not in LEFT_OUT:
            pair = "/".join(sorted(finding.subject.split("/")))
            subject = pair if finding.code == "R29" else finding.subject
            told.append(f"{finding.code} {subject}".strip())
    assert sorted(told) == EXPECTED[slug]


def test_judging_costs_the_same_queries_for_few_and_many_exercises(
    patient: Patient,
    practitioner: Membership,
    django_assert_num_queries: object,
) -> None:
    for slug in ("walking-8-weeks", "core-stability-6-weeks"):
        program = started(slug, patient, practitioner)
        with django_assert_num_queries(8):  # type: ignore[operator]
            judge(program)


# The library itself


def columns() -> dict[str, dict[str, object]]:
    """Return the columns of each exercise of the library."""
    return {entry.slug: dict(entry.columns) for entry in library_entries()}


def test_no_exercise_of_stage_acute_is_against_acute_spasm() -> None:
    against = {
        slug: one["stages"]
        for slug, one in columns().items()
        if "acute_spasm" in one["contraindications"]  # type: ignore[operator]
    }
    assert len(against) == 18
    assert not any("acute" in stages for stages in against.values())  # type: ignore[operator]


def test_all_that_arches_the_back_warns_of_canal_and_slip() -> None:
    arching = [one for one in columns().values() if one["direction"] == "extension"]
    assert len(arching) == 5
    for one in arching:
        tags = {*one["cautions"], *one["contraindications"]}  # type: ignore[misc]
        assert {"stenosis_extension_intolerant", "spondylolisthesis"} <= tags


def test_positions_in_late_pregnancy_are_tagged() -> None:
    tag = "pregnancy_after_16w"
    for slug, one in columns().items():
        if one["position"] == "prone":
            assert tag in one["contraindications"], slug  # type: ignore[operator]
        if one["position"] == "supine":
            assert tag in [*one["cautions"], *one["contraindications"]], slug  # type: ignore[misc]


def test_every_tag_of_exercises_is_in_use() -> None:
    used = {
        tag
        for one in columns().values()
        for tag in [*one["cautions"], *one["contraindications"]]  # type: ignore[misc]
    }
    kinds = ("exercise", "system")
    known = {t for t, tag in vocabulary().tags.items() if tag.kind in kinds}
    assert len(known) == 46
    assert known == used
