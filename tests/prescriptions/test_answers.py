"""Findings and issuing: ticks, reasons, and what stays on record."""

from typing import Any

import pytest

from clinic.models import AuditEvent, Membership
from exercises.models import Exercise
from exercises.own import new_from
from prescriptions import catalog
from prescriptions.answers import Given, OpenFindingsError
from prescriptions.findings import judge
from prescriptions.handouts import issue_program
from prescriptions.models import FrozenError, Override, Program
from tests.factories import (
    make_exercise,
    make_membership,
    make_patient,
    make_program,
    sign_texts,
)

pytestmark = pytest.mark.django_db
TICKED = Given(ticked={"R04", "R26", "R27"})
REASONED = Given(
    ticked=TICKED.ticked, reasons={"R03": "Checked on the table, half range."}
)


@pytest.fixture
def program(practitioner: Membership) -> Program:
    """A draft with one blocked and one doubtful exercise for a screened patient."""
    sign_texts(practitioner)
    catalog.load_rules()
    catalog.load_limits()
    exercises = [
        make_exercise(name="Crouch", contraindications=["osteoporosis"]),
        make_exercise(name="Lean", cautions=["wrist_pain"]),
    ]
    return plan(practitioner, exercises, flags=["osteoporosis", "wrist_pain"])


def plan(by: Membership, exercises: list[Exercise], **patient: Any) -> Program:
    """Return a draft of these exercises for a screened patient."""
    person = make_patient(clinic=by.clinic, **patient)
    person.screenings.create(answers={"chest_pain": False})
    return make_program(by=by, patient=person, exercises=exercises)


def refused(program: Program, by: Membership, given: Given) -> OpenFindingsError:
    """Return the refusal of an issue."""
    with pytest.raises(OpenFindingsError) as refusal:
        issue_program(program, by=by, given=given)
    return refusal.value


def test_open_findings_stop_the_issue_and_are_told(
    program: Program, practitioner: Membership
) -> None:
    error = refused(program, practitioner, Given())
    told = {(fault.pointer, fault.code) for fault in error.errors}
    assert ("/phases/0/exercises/0", "needs_reason") in told
    assert ("/phases/0/exercises/1", "needs_tick") in told
    assert not program.revisions.exists()


def test_a_tick_is_no_reason(program: Program, practitioner: Membership) -> None:
    given = Given(ticked={*TICKED.ticked, "R03"})
    (fault,) = refused(program, practitioner, given).errors
    assert fault.code == "needs_reason"


def test_an_empty_reason_is_none(program: Program, practitioner: Membership) -> None:
    given = Given(ticked=TICKED.ticked, reasons={"R03": "  "})
    (fault,) = refused(program, practitioner, given).errors
    assert fault.code == "needs_reason"


def test_only_a_licensed_person_overrides(
    program: Program, practitioner: Membership
) -> None:
    junior = make_membership(clinic=practitioner.clinic, licensed=False)
    (fault,) = refused(program, junior, REASONED).errors
    assert fault.code == "needs_licence"


def test_answers_are_on_record_with_name_time_and_text(
    program: Program, practitioner: Membership
) -> None:
    revision, _ = issue_program(program, by=practitioner, given=REASONED)
    kept = revision.overrides.get(rule_code="R03")
    assert kept.reason == "Checked on the table, half range."
    assert kept.answered_by == "Mara Lind, DC"
    assert (kept.rule_version, kept.severity) == (1, "block")
    assert "Crouch is listed as not suitable" in kept.message
    assert {one.rule_code for one in revision.overrides.all()} == {
        "R03",
        "R04",
        "R26",
        "R27",
    }


def test_the_trail_tells_the_rule_and_nothing_of_the_patient(
    program: Program, practitioner: Membership
) -> None:
    issue_program(program, by=practitioner, given=REASONED)
    event = AuditEvent.objects.visible_to(practitioner).get(action="finding.overridden")
    assert event.details == {"rule": "R03", "rule_version": 1}
    assert event.patient_id == program.patient_id


def test_a_revision_knows_which_version_of_each_rule_judged_it(
    program: Program, practitioner: Membership
) -> None:
    revision, _ = issue_program(program, by=practitioner, given=REASONED)
    assert len(revision.screening["rules"]) == 43
    assert revision.screening["rules"]["R03"] == 1
    codes = {finding["code"] for finding in revision.screening["findings"]}
    assert {"R03", "R04"} <= codes


def test_the_same_findings_keep_their_answers_in_the_next_revision(
    program: Program, practitioner: Membership
) -> None:
    first, _ = issue_program(program, by=practitioner, given=REASONED)
    program.title = "Back care, again"
    program.save()
    second, is_new = issue_program(program, by=practitioner)
    assert is_new
    one, other = (r.overrides.get(rule_code="R03") for r in (first, second))
    assert (one.reason, one.answered_at) == (other.reason, other.answered_at)


def test_a_new_finding_is_asked_about(
    program: Program, practitioner: Membership
) -> None:
    issue_program(program, by=practitioner, given=REASONED)
    patient = program.patient
    patient.flags = [*patient.flags, "glaucoma"]
    patient.save()
    line = program.prescribed_exercises.first()
    assert line
    line.exercise.contraindications = ["glaucoma", "osteoporosis"]
    line.exercise.save()
    program.title = "Back care, again"
    program.save()
    faults = refused(program, practitioner, Given()).errors
    assert [fault.code for fault in faults] == ["needs_reason"]


def test_what_is_found_about_the_patient_is_asked_again(
    program: Program, practitioner: Membership
) -> None:
    program.patient.screenings.all().delete()
    given = Given(ticked={*TICKED.ticked, "R06"}, reasons=REASONED.reasons)
    issue_program(program, by=practitioner, given=given)
    program.title = "Back care, again"
    program.save()
    faults = refused(program, practitioner, Given()).errors
    assert [fault.detail for fault in faults] == ["No recent red-flag screen on file."]


def test_an_open_red_flag_blocks_until_it_is_cleared(
    program: Program, practitioner: Membership
) -> None:
    patient = program.patient
    patient.screenings.all().delete()
    patient.screenings.create(answers={"chest_pain": True})
    codes = [fault.code for fault in refused(program, practitioner, REASONED).errors]
    assert codes == ["needs_reason"]
    patient.clearances.create(subject="red-flags", given_by="Dr. Adler")
    assert issue_program(program, by=practitioner, given=REASONED)[1]


def test_two_dosages_raised_at_once_are_found_in_the_next_revision(
    program: Program, practitioner: Membership
) -> None:
    issue_program(program, by=practitioner, given=REASONED)
    line = program.prescribed_exercises.first()
    assert line
    line.repetitions, line.times_per_day = 12, 3
    line.save()
    faults = refused(program, practitioner, Given()).errors
    assert [fault.detail for fault in faults] == [
        "Change one thing at a time, in small steps."
    ]


def test_an_answer_never_changes(program: Program, practitioner: Membership) -> None:
    revision, _ = issue_program(program, by=practitioner, given=REASONED)
    kept = revision.overrides.get(rule_code="R03")
    kept.reason = "Other"
    with pytest.raises(FrozenError):
        kept.save()


def test_answers_are_seen_in_their_clinic_alone(
    program: Program, practitioner: Membership, outsider: Membership
) -> None:
    issue_program(program, by=practitioner, given=REASONED)
    assert Override.objects.visible_to(practitioner).exists()
    assert not Override.objects.visible_to(outsider).exists()


def test_hard_notes_and_a_foreign_language_are_hinted_at(
    program: Program, practitioner: Membership
) -> None:
    line = program.prescribed_exercises.first()
    assert line
    line.note = (
        "Maintain continuous lumbopelvic neutrality throughout the entirety of the "
        "prescribed repetitions, avoiding compensatory hyperextension of the "
        "thoracolumbar musculature under increasing eccentric demands."
    )
    line.save()
    loaded = Program.objects.visible_to(practitioner).with_contents().get()
    assert "R40" in {finding.code for finding in judge(loaded).findings}
    line.note = ""
    line.save()
    loaded = Program.objects.visible_to(practitioner).with_contents().get()
    assert "R40" not in {finding.code for finding in judge(loaded).findings}
    loaded.language = "es"
    assert "R40" in {finding.code for finding in judge(loaded).findings}


def test_a_rule_on_an_exercise_holds_for_what_a_clinic_cloned_from_it(
    program: Program, practitioner: Membership
) -> None:
    crunch = make_exercise(slug="crunch", name="Crunch", category="strength")
    clone = new_from(new_from(crunch, practitioner), practitioner)
    clone.name = "Belly lift"
    clone.save()
    patient = program.patient
    risky = make_program(by=practitioner, patient=patient, exercises=[clone])
    loaded = Program.objects.visible_to(practitioner).with_contents().get(pk=risky.pk)
    assert "R09" in {finding.code for finding in judge(loaded).findings}
