"""Forms of the staff in Chromium: nothing lost unasked, nothing sent twice, by keys."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.services.chromium import sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.full]

PATIENTS = "/admin/clinic/patient/"
COUNT = """
from clinic.models import Patient
print(Patient.objects.unscoped().filter(name="Xaver Quick").count())
"""
SECOND = """
from clinic.models import Clinic, Membership
mine = Membership.objects.unscoped().filter(role="owner").get()
second = Clinic.objects.create(name="Second Clinic")
Membership.objects.create(
    practitioner=mine.practitioner, clinic=second, role="owner"
)
"""


@pytest.fixture(scope="module")
def page(
    place: Installation, browser: Browser, login: dict[str, Any]
) -> Iterator[Page]:
    """Pages of the owner, who works in two clinics."""
    place.manage("shell", "--verbosity=0", "-c", SECOND)
    with place.web() as address, browser.new_context(base_url=address) as context:
        page = context.new_page()
        sign_in(page, address, login)
        yield page


def type_patient(page: Page, name: str) -> None:
    page.goto(f"{PATIENTS}add/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Date of birth").fill("1990-01-01")


def test_leaving_a_form_with_typing_asks_first(page: Page) -> None:
    type_patient(page, "Half Typed")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Programs", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half Typed")
    assert asked == ["beforeunload"]


def test_two_clicks_make_one_patient(page: Page, place: Installation) -> None:
    type_patient(page, "Xaver Quick")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(page.get_by_text("Xaver Quick is saved.")).to_be_visible()
    assert place.manage("shell", "--verbosity=0", "-c", COUNT).strip() == "1"


def test_escape_keeps_what_would_be_lost(page: Page) -> None:
    page.goto("/admin/clinic/invitation/add/")
    page.get_by_label("Role").select_option("assistant")
    page.get_by_role("button", name="Invite").click()
    page.goto("/admin/clinic/membership/")
    withdraw = page.get_by_role("button", name="Withdraw the invitation")
    withdraw.click()
    expect(page.get_by_role("button", name="Keep the invitation")).to_be_focused()
    page.keyboard.press("Escape")
    expect(withdraw).to_be_focused()
    withdraw.click()
    page.locator("#confirm [data-go]").click()
    expect(page.get_by_text("The invitation is withdrawn.")).to_be_visible()


def test_keys_work_outside_of_fields_until_they_are_switched_off(page: Page) -> None:
    page.goto(PATIENTS)
    page.keyboard.press("/")
    search = page.get_by_label("Name or clinic number")
    expect(search).to_be_focused()
    page.keyboard.type("n?/")
    expect(search).to_have_value("n?/")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_role("button", name="Switch single-letter keys off").click()
    expect(page.get_by_text("Single-letter keys are switched off.")).to_be_visible()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(keys).to_be_hidden()
    expect(search).not_to_be_focused()


def test_a_page_of_the_other_clinic_is_covered_until_one_is_back(page: Page) -> None:
    type_patient(page, "Other Window")
    window = page.context.new_page()
    window.goto("/admin/")
    window.locator("details.who summary").click()
    window.get_by_role("button", name="Switch to Second Clinic").click()
    expect(window.get_by_text("Second Clinic").first).to_be_visible()
    window.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Switch back and go on").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Other Window is saved.")).to_be_visible()
    expect(page.locator(".who-text")).not_to_contain_text("Second")
