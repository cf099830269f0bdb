"""Every page against axe-core: nothing to mend, wide and narrow, light and dark."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.services.chromium import sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1440, 390)
RUN = """async ([tags, exclude]) => {
  const options = {runOnly: tags, resultTypes: ["violations"]};
  const found = await axe.run({include: [["html"]], exclude}, options);
  const where = (node) => node.target.join(" ") + " " + node.failureSummary;
  return found.violations.map((v) => `${v.id}: ${v.nodes.map(where).join(" | ")}`);
}"""
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"
# Everything is measured in sight: unfolded (of the rows the first, as all are alike),
# and not beneath the bar of a form.
UNFOLD = """
for (const one of document.querySelectorAll("fieldset details")) one.open = true;
document.querySelectorAll("form .more").forEach((one, at) => (one.open = at === 0));
for (const one of document.querySelectorAll(".submit-row"))
  one.style.position = "static";
"""
# Swagger UI draws its own widgets; what stands around them is ours.
NOT_OURS = {"API docs": [["#reference"]]}

STAFF = {
    "today": "/admin/",
    "patients": "/admin/clinic/patient/",
    "new patient": "/admin/clinic/patient/add/",
    "patient": "/admin/clinic/patient/{patient}/change/",
    "history": "/admin/clinic/patient/{patient}/history/",
    "programs": "/admin/prescriptions/program/",
    "new program": "/admin/prescriptions/program/add/",
    "program": "/admin/prescriptions/program/{program}/change/",
    "draft": "/admin/prescriptions/program/{draft}/change/",
    "handouts": "/admin/prescriptions/handout/",
    "exercises": "/admin/exercises/exercise/",
    "exercise": "/admin/exercises/exercise/{exercise}/change/",
    "clinic": "/admin/clinic/clinic/{clinic}/change/",
    "texts": "/admin/clinic/clinictext/",
    "sign": "/admin/clinic/clinictext/{text}/sign/",
    "team": "/admin/clinic/membership/",
    "invite": "/admin/clinic/invitation/add/",
    "API keys": "/admin/clinic/apikey/",
    "new API key": "/admin/clinic/apikey/add/",
    "audit": "/admin/clinic/auditevent/",
    "password": "/admin/password_change/",
    "join": "/invitation",
}
ANYBODY = {
    "login": "/admin/login/",
    "invitation": "/invitation",
    "API docs": "/api/v1/docs",
    "gate": "{link}",
    "code": "/go",
    "ended link": "/l/nonsense",
    "unknown page": "/nonsense",
}
DARK = {"today", "draft", "gate"}

IDS = """
import json
from clinic.models import Clinic, ClinicText, Patient
from clinic.people import invite
from exercises.models import Exercise
from prescriptions import links
from prescriptions.models import Program
programs = Program.objects.unscoped()
shown = programs.get(title="Loosen your lower back")
invite(shown.clinic, "practitioner", licensed=True)
print(json.dumps({
    "patient": str(shown.patient_id),
    "clinic": str(shown.clinic_id),
    "program": str(shown.pk),
    "draft": str(programs.filter(status="draft").first().pk),
    "exercise": str(Exercise.objects.unscoped().get(slug="cat-camel").pk),
    "text": str(ClinicText.objects.unscoped().first().pk),
    "link": "/l/" + links.url_of(links.printed_link(shown)).rsplit("/l/", 1)[1],
}))
"""


@dataclass(frozen=True)
class Site:
    """A running installation, and two people who look at it."""

    address: str
    ids: dict[str, str]
    staff: Page
    anybody: Page

    def visit(self, page: Page, path: str) -> Page:
        """Open a page of the site."""
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(self.address + path.format(**self.ids))
        return page


@pytest.fixture(scope="module")
def site(
    place: Installation, login: dict[str, str], browser: Browser
) -> Iterator[Site]:
    ids = json.loads(place.manage("shell", "--no-imports", "-c", IDS))
    with place.web() as address:
        staff, anybody = still(browser), still(browser)
        page = staff.new_page()
        sign_in(page, address, login)
        yield Site(address, ids, page, anybody.new_page())
        staff.close()
        anybody.close()


def still(browser: Browser) -> BrowserContext:
    """A context in which colors do not fade while they are measured."""
    return browser.new_context(reduced_motion="reduce")


def faults(page: Page, *, dark: bool = False, exclude: Any = ()) -> list[str]:
    """What axe finds at each width, and whether the page is wider than the screen."""
    page.evaluate(AXE)
    page.evaluate(UNFOLD)
    return [
        f"{width} {scheme} {fault}"
        for scheme in ("light", "dark")[: 1 + dark]
        for width in WIDTHS
        for fault in faults_at(page, width, scheme, exclude)
    ]


def faults_at(page: Page, width: int, scheme: Any, exclude: Any) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = page.evaluate(RUN, [TAGS, list(exclude)])
    return found + ["scrolls sideways"] * page.evaluate(SIDEWAYS)


@pytest.mark.parametrize("name", STAFF)
def test_a_page_of_the_staff(site: Site, name: str) -> None:
    page = site.visit(site.staff, STAFF[name])
    assert not faults(page, dark=name in DARK)


@pytest.mark.parametrize("name", ANYBODY)
def test_a_page_for_anybody(site: Site, name: str) -> None:
    page = site.visit(site.anybody, ANYBODY[name])
    assert not faults(page, dark=name in DARK, exclude=NOT_OURS.get(name, ()))


def test_the_patients_page_behind_the_gate(site: Site) -> None:
    page = site.visit(site.anybody, "{link}")
    for label, value in {"Day": "17", "Month": "5", "Year": "1984"}.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("Loosen your lower back").first).to_be_visible()
    assert not faults(page, dark=True)
    page.context.clear_cookies()


def test_the_gate_after_a_wrong_answer(site: Site) -> None:
    page = site.visit(site.anybody, "/go")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert not faults(page)


def test_a_form_with_errors(site: Site) -> None:
    page = site.visit(site.staff, STAFF["new patient"])
    page.locator("form").last.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert not faults(page, dark=True)


def test_the_address_of_an_invitation(site: Site) -> None:
    page = site.visit(site.staff, STAFF["invite"])
    page.get_by_label("Role").select_option("assistant")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Address")).to_be_visible()
    assert not faults(page)
