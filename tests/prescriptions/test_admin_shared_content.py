"""Pages on templates, rules and limits: shared ones and the clinic's own."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.errors import Invalid
from clinic.models import AuditEvent, Clinic, Membership
from exercises.catalog import own_copy
from exercises.leaflets import load_leaflets
from exercises.models import Exercise
from prescriptions import catalog
from prescriptions.models import Program, ProgramTemplate, SafetyLimit, SafetyRule
from prescriptions.templates import apply_template
from tests.factories import make_library, make_membership, make_patient

pytestmark = pytest.mark.django_db
TEMPLATES = reverse("admin:prescriptions_programtemplate_changelist")
RULES = reverse("admin:prescriptions_safetyrule_changelist")
LIMITS = reverse("admin:prescriptions_safetylimit_changelist")


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    """The owner of the clinic."""
    return make_membership(clinic=clinic, role=Membership.Role.OWNER)


@pytest.fixture
def rules() -> None:
    """The shared rules and limits."""
    catalog.load_rules()
    catalog.load_limits()


@pytest.fixture
def template() -> ProgramTemplate:
    """The shared templates, and one of them."""
    make_library()
    load_leaflets()
    catalog.load_templates()
    return ProgramTemplate.objects.shared().get(slug="flexion-biased")


def signed_in(membership: Membership) -> Client:
    """Return the person's browser."""
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(row: Any, view: str = "change") -> str:
    """Return the address of a page on a row."""
    return reverse(f"admin:prescriptions_{row._meta.model_name}_{view}", args=[row.pk])


def sent(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what the browser sends for a page, with changes."""
    context = page.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {
        field.html_name: field.value()
        for form in forms
        for field in form
        if field.value() not in (None, []) and field.value() is not False
    }
    return values | changes


def rule(code: str = "R15") -> SafetyRule:
    """Return a shared rule."""
    return SafetyRule.objects.shared().get(code=code)


# Rules and limits


def test_rules_are_listed_with_severity_and_origin(
    practitioner: Membership, rules: None
) -> None:
    text = signed_in(practitioner).get(RULES).content.decode()
    for word in ("R01", "R42", "Blocks issuing", "Hint", "Shared", "[the exercise]"):
        assert word in text
    assert "{exercise}" not in text


def test_a_rule_shows_source_by_title_and_version(
    practitioner: Membership, rules: None
) -> None:
    text = signed_in(practitioner).get(url(rule())).content.decode()
    assert "Medina" in text
    assert "1 (shared)" in text


def test_another_severity_needs_a_reason(owner: Membership, rules: None) -> None:
    browser = signed_in(owner)
    page = browser.get(url(rule()))
    answer = browser.post(url(rule()), sent(page, severity="info"))
    assert "Say why: it goes on record" in answer.content.decode()
    assert not SafetyRule.objects.filter(clinic=owner.clinic).exists()


def test_another_severity_with_a_reason_holds_in_the_clinic_and_is_logged(
    owner: Membership, outsider: Membership, rules: None
) -> None:
    browser = signed_in(owner)
    page = browser.get(url(rule()))
    changes = {"severity": "info", "reason": "We see few patients with more."}
    browser.post(url(rule()), sent(page, **changes))
    assert SafetyRule.objects.visible_to(owner).get(code="R15").severity == "info"
    assert SafetyRule.objects.visible_to(outsider).get(code="R15").severity == "warn"
    events = AuditEvent.objects.visible_to(owner)
    assert events.get(action="safetyrule.judged").details["severity"] == "info"


def test_a_message_names_only_what_is_filled_in(owner: Membership, rules: None) -> None:
    browser = signed_in(owner)
    page = browser.get(url(rule()))
    answer = browser.post(url(rule()), sent(page, message="Too many {things}."))
    assert "Nothing is filled in for {things}." in answer.text
    assert not SafetyRule.objects.filter(clinic=owner.clinic).exists()


def test_a_practitioner_reads_rules_and_does_not_change_them(
    practitioner: Membership, rules: None
) -> None:
    browser = signed_in(practitioner)
    page = browser.get(url(rule()))
    assert "Save" not in page.content.decode()
    assert browser.post(url(rule()), {"severity": "info"}).status_code == 403


def test_a_limit_is_changed_in_its_unit(owner: Membership, rules: None) -> None:
    limit = SafetyLimit.objects.shared().get(name="max_items")
    browser = signed_in(owner)
    page = browser.get(url(limit))
    assert "Exercises a phase, at most" in page.content.decode()
    browser.post(url(limit), sent(page, value="4"))
    assert SafetyLimit.objects.visible_to(owner).get(name="max_items").value == 4


def test_a_limit_of_nothing_is_refused(owner: Membership, rules: None) -> None:
    limit = SafetyLimit.objects.shared().get(name="max_items")
    browser = signed_in(owner)
    answer = browser.post(url(limit), sent(browser.get(url(limit)), value="0"))
    assert answer.status_code == 200
    assert SafetyLimit.objects.visible_to(owner).get(name="max_items").value == 6


def test_limits_are_listed_in_words(practitioner: Membership, rules: None) -> None:
    text = signed_in(practitioner).get(LIMITS).content.decode()
    assert "Cold at a time, at most" in text
    assert "20 minutes" in text


# Templates


def test_templates_are_cards_with_phases_and_minutes(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    text = signed_in(practitioner).get(TEMPLATES).content.decode()
    assert "Core stability, 6 weeks" in text
    assert "2 weeks, 5 exercises, 14 min a day" in text


def test_a_program_starts_from_a_template_in_two_clicks(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    patient = make_patient(clinic=practitioner.clinic, language="es")
    browser = signed_in(practitioner)
    cards = browser.get(TEMPLATES, {"patient": str(patient.pk)}).content.decode()
    assert "Start a program for Anna Berger" in cards
    # A form within the form of the list would be dropped by the browser
    _, _, rest = cards.partition('id="changelist-form"')
    listed, _, _ = rest.partition("</form>")
    assert f'formaction="{url(template, "apply")}"' in listed
    assert "<form" not in listed
    browser.post(url(template, "apply"), {"patient": str(patient.pk)})
    program = Program.objects.visible_to(practitioner).get(patient=patient)
    assert program.title.startswith("Doblar la espalda")
    assert program.leaflets == ["heat", "staying-active", "red-flags"]
    assert [(p.weeks, p.stage) for p in program.phases.all()] == [
        (2, "subacute"),
        (4, "subacute"),
    ]


def test_a_shared_template_is_made_ones_own_before_it_changes(
    practitioner: Membership, outsider: Membership, template: ProgramTemplate
) -> None:
    browser = signed_in(practitioner)
    assert "Save" not in browser.get(url(template)).content.decode()
    browser.post(url(template, "own"))
    own = ProgramTemplate.objects.visible_to(practitioner).get(slug=template.slug)
    assert own.clinic == practitioner.clinic
    assert list(own.phases.values_list("days", flat=True)) == [14, 28]
    seen = ProgramTemplate.objects.visible_to(outsider).get(slug=template.slug)
    assert seen == template


def test_phases_of_an_own_template_are_changed(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    own = catalog.own_template(template, practitioner)
    browser = signed_in(practitioner)
    page = browser.get(url(own))
    browser.post(url(own), sent(page, **{"phases-0-days": "7", "name": "Bend"}))
    own.refresh_from_db()
    first = own.phases.first()
    assert first
    assert (own.name, first.days) == ("Bend", 7)
    assert own.version > 1


def test_exercises_of_a_phase_are_changed(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    own = catalog.own_template(template, practitioner)
    phase = own.phases.first()
    assert phase
    browser = signed_in(practitioner)
    page = browser.get(url(phase))
    changes = {
        "exercises-0-repetitions": "12",
        "exercises-0-note_es": "Despacio.",
        "exercises-1-exercise_slug": "bridge",
    }
    answer = browser.post(url(phase), sent(page, **changes))
    assert answer.headers["Location"] == url(own)
    first, second = phase.exercises.all()[:2]
    assert (first.repetitions, first.words["es"]["note"]) == (12, "Despacio.")
    assert second.exercise_slug == "bridge"


def test_pages_of_another_clinics_template_are_not_there(
    practitioner: Membership, outsider: Membership, template: ProgramTemplate
) -> None:
    foreign = catalog.own_template(template, outsider)
    browser = signed_in(practitioner)
    assert browser.get(url(foreign)).status_code == 404
    assert browser.post(url(foreign, "apply")).status_code == 404
    assert browser.post(url(foreign, "own")).status_code == 404
    assert browser.get(url(foreign.phases.first())).status_code == 404


def test_a_template_is_not_applied_to_a_foreign_patient(
    practitioner: Membership, outsider: Membership, template: ProgramTemplate
) -> None:
    foreign = make_patient(clinic=outsider.clinic)
    data = {"patient": str(foreign.pk)}
    answer = signed_in(practitioner).post(url(template, "apply"), data)
    assert answer.status_code == 200
    assert not Program.objects.of_clinic(practitioner.clinic).exists()


def test_the_list_of_templates_costs_the_same_for_one_and_for_many(
    practitioner: Membership,
    template: ProgramTemplate,
    django_assert_max_num_queries: Any,
) -> None:
    browser = signed_in(practitioner)
    browser.get(TEMPLATES)
    with django_assert_max_num_queries(16):
        browser.get(TEMPLATES)


def test_a_program_is_kept_as_a_template_without_what_is_about_the_patient(
    practitioner: Membership, colleague: Membership, template: ProgramTemplate
) -> None:
    patient = make_patient(clinic=practitioner.clinic)
    program = apply_template(template, patient, by=practitioner)
    browser = signed_in(practitioner)
    data = {"name": "For Tuesdays", "visibility": "owner"}
    browser.post(url(program, "keep"), data)
    kept = ProgramTemplate.objects.visible_to(practitioner).get(slug="for-tuesdays")
    assert (kept.goal, kept.stage) == ("", "subacute")
    assert [phase.exercises.count() for phase in kept.phases.all()] == [4, 5]
    mine = ProgramTemplate.objects.visible_to(colleague)
    assert not mine.filter(slug="for-tuesdays").exists()


def test_a_child_gets_no_shared_template(
    practitioner: Membership, template: ProgramTemplate, rules: None
) -> None:
    child = make_patient(clinic=practitioner.clinic, date_of_birth=date(2020, 1, 1))
    with pytest.raises(Invalid, match="from 16 years on"):
        apply_template(template, child, by=practitioner)
    own = catalog.own_template(template, practitioner)
    assert apply_template(own, child, by=practitioner).patient == child


def test_an_exercise_that_is_gone_is_told_before_anything_is_made(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    Exercise.objects.shared().filter(slug="bridge").update(status="archived")
    patient = make_patient(clinic=practitioner.clinic)
    with pytest.raises(Invalid, match="“bridge” is not in use"):
        apply_template(template, patient, by=practitioner)
    assert not patient.programs.exists()


def test_the_clinics_own_exercise_takes_the_place_of_the_shared_one(
    practitioner: Membership, template: ProgramTemplate
) -> None:
    shared = Exercise.objects.shared().get(slug="pelvic-tilt")
    own = own_copy(shared, practitioner)
    patient = make_patient(clinic=practitioner.clinic)
    program = apply_template(template, patient, by=practitioner)
    used = program.prescribed_exercises.filter(exercise__slug="pelvic-tilt")
    assert [line.exercise for line in used] == [own]
