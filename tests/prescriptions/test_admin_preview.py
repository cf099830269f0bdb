"""The handout in the browser: same template, own rules, closed to strangers."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from exercises.models import Leaflet
from prescriptions.handouts import issue_program
from prescriptions.models import Handout, Program
from tests import factories


@pytest.fixture
def browser(practitioner: Membership) -> Client:
    """The practitioner's browser."""
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def address(program: Program, view: str = "preview") -> str:
    return reverse(f"admin:prescriptions_program_{view}", args=[program.pk])


def shown(browser: Client, url: str, **data: Any) -> str:
    response = browser.get(url, data)
    assert response.status_code == 200
    return response.content.decode()


def test_a_draft_is_shown_and_marked_as_one(browser, program):
    page = shown(browser, address(program))
    assert program.title in page
    assert "DRAFT. Not issued yet." in page


def test_what_is_in_force_is_no_draft(browser, practitioner, program):
    issue_program(program, by=practitioner)
    assert "DRAFT" not in shown(browser, address(program))


def test_nothing_is_stored_by_looking(browser, program):
    shown(browser, address(program))
    assert not Handout.objects.unscoped().exists()


def test_options_come_with_the_address(browser, program):
    page = shown(browser, address(program), layout="list", size="large")
    assert 'class="list large"' in page
    assert 'class="diary"' not in page


def test_a_form_is_sent_on_without_its_token(browser, program):
    data = {"layout": "four", "csrfmiddlewaretoken": "secret"}
    response = browser.post(address(program), data)
    assert response["Location"] == f"{address(program)}?layout=four"


def test_only_pages_of_the_same_origin_may_frame_it(browser, program):
    response = browser.get(address(program))
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy


def test_all_that_it_loads_is_served(browser, program):
    page = shown(browser, address(program))
    assert "style=" not in page
    assert "<style" not in page
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    rules = shown(browser, style)
    fonts = re.findall(r'url\("([^"]+)"\)', rules)
    pictures = re.findall(r'<img[^>]* src="([^"]+)"', page)
    assert fonts
    assert pictures
    for part in (*fonts, *pictures):
        assert browser.get(part).status_code == 200


@pytest.mark.parametrize(
    "look", ["x", "a4-two-normal-#zzzzzz-en-0002", "a5-two-normal-#1f5a7a-en-0002"]
)
def test_rules_exist_for_looks_of_handouts_only(browser, look):
    url = reverse("admin:prescriptions_program_preview_style", args=[look])
    assert browser.get(url).status_code == 404


def test_a_picture_is_served_by_an_address_that_was_shown(browser):
    url = reverse("admin:prescriptions_program_preview_picture", args=["a.svg:forged"])
    assert browser.get(url).status_code == 404


def test_another_clinics_program_cannot_be_looked_at(outsider, program):
    stranger = Client()
    stranger.force_login(outsider.practitioner)
    assert stranger.get(address(program)).status_code == 404
    assert stranger.get(address(program, "leaflets")).status_code == 404


def test_the_sample_shows_the_clinic_as_it_is_typed(browser, clinic):
    url = reverse("admin:prescriptions_program_sample")
    page = shown(browser, url, name="New name", accent_color="#ff8800", phone="")
    assert "New name" in page
    assert "ff8800" in page
    assert clinic.phone in page


def test_an_unfinished_color_is_no_fault(browser):
    url = reverse("admin:prescriptions_program_sample")
    assert "1F5A7A" in shown(browser, url, accent_color="#ff")


def test_leaflets_are_chosen_on_a_page(browser, program):
    for slug in ("heat", "cold"):
        Leaflet.objects.create(slug=slug, title=slug.title(), body="- Take care.")
    assert "Heat" in shown(browser, address(program, "leaflets"))
    browser.post(address(program, "leaflets"), {"leaflets": ["heat"]})
    program.refresh_from_db()
    assert program.leaflets == ["heat"]
    assert "Take care." in shown(browser, address(program))


def test_a_handout_is_made_with_the_chosen_options(browser, practitioner, program):
    issue_program(program, by=practitioner)
    data = {"layout": "four", "size": "large", "paper": "letter", "color": "mono"}
    page = browser.post(address(program, "handout"), data, follow=True)
    handout = Handout.objects.visible_to(practitioner).get()
    assert handout.options["layout"] == "four"
    assert handout.options["diary"] is False
    assert "two are printed on each" in page.content.decode()


def test_a_layout_that_does_not_exist_makes_nothing(browser, practitioner, program):
    issue_program(program, by=practitioner)
    browser.post(address(program, "handout"), {"layout": "six", "paper": "a4"})
    assert not Handout.objects.visible_to(practitioner).exists()


def test_older_patients_are_offered_larger_type(browser, practitioner):
    patient = factories.make_patient(
        clinic=practitioner.clinic, date_of_birth="1940-01-01"
    )
    program = factories.make_program(by=practitioner, patient=patient)
    assert 'class="two medium"' in shown(browser, address(program))
