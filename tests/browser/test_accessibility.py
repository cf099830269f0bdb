"""Every page against axe-core, wide and narrow, light and dark; and by keyboard."""

import json
from collections.abc import Iterable, Iterator
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
LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
SCREENS = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
RUN = """async ([tags, exclude]) => {
  const options = {runOnly: tags, resultTypes: ["violations"], preload: false};
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

# What has the focus: its name, whether it can be seen there, whether it is marked.
FOCUS = """() => {
  const one = document.activeElement;
  const ids = one.getAttribute("aria-labelledby")?.split(" ") ?? [];
  const named = ids.map((id) => document.getElementById(id)?.textContent).join(" ");
  const word = named || one.getAttribute("aria-label") || one.labels?.[0]?.textContent;
  const box = one.getBoundingClientRect();
  const at = (x, y) =>
    document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]];
  const inSight = points.some(([x, y]) => one.contains(at(x, y)));
  const marked = [one, one.closest("label") ?? one].some((part) =>
    getComputedStyle(part).outlineStyle !== "none");
  const name = (word || one.textContent).replace(/\\s+/g, " ").trim();
  return {name, inSight, marked};
}"""

STAFF = {
    "today": "/admin/",
    "patients": "/admin/clinic/patient/",
    "new patient": "/admin/clinic/patient/add/",
    "patient": "/admin/clinic/patient/{patient}/change/",
    "history": "/admin/clinic/patient/{patient}/history/",
    "long name": "/admin/prescriptions/program/?q=Donau",
    "record": "/admin/prescriptions/program/record/{patient}/",
    "erase": "/admin/prescriptions/program/record/{patient}/erase/",
    "hold": "/admin/prescriptions/program/record/{patient}/hold/",
    "retention": "/admin/clinic/erasure/",
    "programs": "/admin/prescriptions/program/",
    "new program": "/admin/prescriptions/program/add/",
    "program": "/admin/prescriptions/program/{program}/change/",
    "draft": "/admin/prescriptions/program/{draft}/change/",
    "issue": "/admin/prescriptions/program/{draft}/issue/",
    "keep": "/admin/prescriptions/program/{draft}/keep/",
    "CERT": "/admin/prescriptions/program/{draft}/cert/",
    "screening": "/admin/prescriptions/program/screening/{patient}/",
    "handouts": "/admin/prescriptions/handout/",
    "templates": "/admin/prescriptions/programtemplate/?patient={patient}",
    "template": "/admin/prescriptions/programtemplate/{template}/change/",
    "own template": "/admin/prescriptions/programtemplate/{own_template}/change/",
    "own phase": "/admin/prescriptions/templatephase/{own_phase}/change/",
    "start": "/admin/prescriptions/programtemplate/{template}/apply/",
    "rules": "/admin/prescriptions/safetyrule/",
    "rule": "/admin/prescriptions/safetyrule/{rule}/change/",
    "limits": "/admin/prescriptions/safetylimit/",
    "limit": "/admin/prescriptions/safetylimit/{limit}/change/",
    "leaflets": "/admin/exercises/leaflet/",
    "leaflet": "/admin/exercises/leaflet/{leaflet}/change/",
    "exercises": "/admin/exercises/exercise/",
    "exercise": "/admin/exercises/exercise/{exercise}/change/",
    "nothing found": "/admin/exercises/exercise/?q=xyzzy&region=low_back",
    "new exercise": "/admin/exercises/exercise/add/",
    "own dosage": "/admin/exercises/exercise/{exercise}/my_dosage/",
    "photos": "/admin/exercises/exercise/{exercise}/photos/",
    "pictures": "/admin/exercises/exercise/{exercise}/figures/",
    "clinic": "/admin/clinic/clinic/{clinic}/change/",
    "texts": "/admin/clinic/clinictext/",
    "sign": "/admin/clinic/clinictext/{text}/sign/",
    "team": "/admin/clinic/membership/",
    "import patients": "/admin/clinic/patient/import/",
    "merge": "/admin/clinic/patient/{patient}/merge/",
    "merge values": "/admin/clinic/patient/{patient}/merge/?other={other}",
    "send link": "/admin/prescriptions/program/{program}/send/",
    "paper diary": "/admin/prescriptions/program/{program}/paper/",
    "end": "/admin/prescriptions/program/{draft}/end/",
    "void": "/admin/prescriptions/program/{program}/void/",
    "leaves": "/admin/clinic/membership/{colleague}/leave/",
    "lost phone": "/admin/clinic/membership/{colleague}/second_factor/",
    "invite": "/admin/clinic/invitation/add/",
    "API keys": "/admin/clinic/apikey/",
    "new API key": "/admin/clinic/apikey/add/",
    "audit": "/admin/clinic/auditevent/",
    "password": "/admin/password_change/",
    "your sign-in": "/account/",
    "new phone": "/account/phone",
    "revisions": "/admin/prescriptions/revision/",
    "batches": "/admin/prescriptions/batch/",
    "translations": "/admin/exercises/exercisetranslation/",
    "signatures": "/admin/clinic/signoff/",
    "read and sign": "/admin/clinic/signoff/read/?kind=exercises&language=en",
    "diary": "/admin/prescriptions/program/{program}/diary/",
    "handout": "/admin/prescriptions/handout/{handout}/change/",
    "how it goes": "/admin/prescriptions/handout/operations/",
    "revision": "/admin/prescriptions/revision/{revision}/change/",
    "event": "/admin/clinic/auditevent/{event}/change/",
    "webhooks": "/admin/clinic/webhookendpoint/",
    "webhook": "/admin/clinic/webhookendpoint/{webhook}/change/",
    "deliveries": "/admin/clinic/webhookdelivery/",
    "delivery": "/admin/clinic/webhookdelivery/{delivery}/change/",
    "long patient": "/admin/clinic/patient/{long_patient}/change/",
    "long record": "/admin/prescriptions/program/record/{long_patient}/",
    "long program": "/admin/prescriptions/program/{long_program}/change/",
    "long issue": "/admin/prescriptions/program/{long_program}/issue/",
    "long exercise": "/admin/exercises/exercise/{long_exercise}/change/",
    "long names": "/admin/prescriptions/program/?q=Rind",
    "join": "/invitation",
}
# Those in daily use; the others are looked at with --full.
EACH_TIME = {
    "today",
    "patients",
    "patient",
    "program",
    "draft",
    "issue",
    "screening",
    "exercise",
    "sign",
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
NOW_AND_THEN = (set(STAFF) - EACH_TIME) | {"API docs"}
DARK = {"today", "patient", "record", "diary", "delivery", "join", "gate"}

IDS = """
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from django.utils import timezone
from clinic.models import AuditEvent, Clinic, ClinicText, Patient, WebhookEndpoint
from clinic.people import invite
from exercises.models import Exercise, Leaflet
from prescriptions import links
from prescriptions.models import Handout, Program, ProgramTemplate
from prescriptions.models import SafetyLimit, SafetyRule
from prescriptions.programs import add_exercise
programs = Program.objects.unscoped()
shown = programs.get(title="Loosen your lower back")
invite(shown.clinic, "practitioner", licensed=True)
template = ProgramTemplate.objects.shared().get(slug="flexion-biased")
own = template.copy_for(shown.clinic)
own.slug, own.name = "ours", "Our own"
own.save()
template.copy_parts(own)
draft = programs.filter(status="draft").first()
draft.patient.flags = ["osteoporosis", "wrist_pain", "knee_pain_kneeling"]
draft.patient.save()
long_ago = datetime(2001, 2, 3, tzinfo=UTC)
old = Patient.objects.create(
    clinic=shown.clinic, name="Otto Old", date_of_birth="1950-01-01"
)
ours = Patient.objects.unscoped().filter(pk=old.pk)
ours.update(created_at=long_ago, updated_at=long_ago)
long_word = "Lendenwirbelsäulenstabilisationsprogramm"
Program.objects.create(
    clinic=shown.clinic,
    title=f"{long_word} der Donaudampfschifffahrtsgesellschaft",
    practitioner=shown.practitioner,
    patient=Patient.objects.create(
        clinic=shown.clinic,
        name="Maximiliane Donaudampfschifffahrtskapitänswitwe-Oberhauser",
        date_of_birth="1950-01-01",
    ),
)
word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
mine = {"clinic": shown.clinic}
unbroken = Program.objects.create(
    title=word,
    practitioner=shown.practitioner,
    patient=Patient.objects.create(name=word, date_of_birth="1950-01-01", **mine),
    **mine,
)
exercise = Exercise.objects.unscoped().get(slug="cat-camel")
own_exercise = exercise.copy_for(shown.clinic)
own_exercise.slug, own_exercise.name = "unbroken", word
own_exercise.save()
add_exercise(unbroken.phases.create(title=word), own_exercise)
revision, now = shown.revisions.first(), timezone.now()
for ago in range(1, 9):
    shown.diary.create(
        revision=revision,
        client_id=uuid4(),
        day=(now - timedelta(days=ago)).date(),
        written_at=now,
        done=[{"number": 1, "slug": "x"}] * (ago % 3),
        pain=ago % 5 or None,
        effort="right",
        comment=word,
        **mine,
    )
hook = WebhookEndpoint.objects.create(
    url=f"https://93.184.216.34/{word}", events=["handout.ready", "diary.alert"], **mine
)
delivery = hook.deliveries.create(
    event="handout.ready",
    status="failed",
    attempts=10,
    payload={"handout": str(uuid4()), "program": str(uuid4())},
    log=[{"at": now.isoformat(), "status": 503, "error": "", "milliseconds": 81}],
    **mine,
)
print(json.dumps({
    "revision": str(revision.pk),
    "handout": str(Handout.objects.unscoped().filter(revision=revision).first().pk),
    "event": str(AuditEvent.objects.unscoped().filter(target_id=shown.pk).first().pk),
    "webhook": str(hook.pk),
    "delivery": str(delivery.pk),
    "long_patient": str(unbroken.patient_id),
    "long_program": str(unbroken.pk),
    "long_exercise": str(own_exercise.pk),
    "patient": str(shown.patient_id),
    "clinic": str(shown.clinic_id),
    "colleague": str(shown.clinic.memberships.exclude(role="owner").first().pk),
    "other": str(draft.patient_id),
    "program": str(shown.pk),
    "draft": str(draft.pk),
    "template": str(template.pk),
    "own_template": str(own.pk),
    "own_phase": str(own.phases.first().pk),
    "rule": str(SafetyRule.objects.shared().get(code="R15").pk),
    "limit": str(SafetyLimit.objects.shared().get(name="max_items").pk),
    "leaflet": str(Leaflet.objects.shared().get(slug="heat", language="en").pk),
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
    said: list[str]

    def visit(self, page: Page, path: str) -> Page:
        """Open a page of the site; what pages complained of before is forgotten."""
        self.said.clear()
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
        page, public, said = staff.new_page(), anybody.new_page(), list[str]()
        for one in (page, public):
            one.on("pageerror", lambda error: said.append(str(error)))
        sign_in(page, address, login)
        yield Site(address, ids, page, public, said)
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


def with_marks(names: Iterable[str]) -> list[Any]:
    """Names as parameters, those of now and then marked as such."""
    full = pytest.mark.full
    return [pytest.param(x, marks=full) if x in NOW_AND_THEN else x for x in names]


@pytest.mark.parametrize("name", with_marks(STAFF))
def test_a_page_of_the_staff(site: Site, name: str) -> None:
    page = site.visit(site.staff, STAFF[name])
    assert not faults(page, dark=name in DARK)
    assert not site.said


@pytest.mark.full
@pytest.mark.parametrize("name", STAFF)
def test_nothing_is_cut_or_covered(site: Site, name: str) -> None:
    page = site.visit(site.staff, STAFF[name])
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert not page.evaluate(LOOK), screen


@pytest.mark.full
@pytest.mark.parametrize("name", ["record", "program", "diary", "screening", "handout"])
def test_a_page_prints_as_paper(site: Site, name: str) -> None:
    page = site.visit(site.staff, STAFF[name])
    page.emulate_media(media="print", color_scheme="dark")
    printed = page.locator(".printed")
    expect(printed).to_contain_text("Zoë Søn, born May 17, 1984")
    expect(printed).to_contain_text("Riverside Back Care")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("h1")).to_have_css("color", "rgb(21, 32, 43)")
    expect(page.locator("nav, .btn").filter(visible=True)).to_have_count(0)
    page.emulate_media(media="screen", color_scheme="light")


@pytest.mark.parametrize("name", with_marks(ANYBODY))
def test_a_page_for_anybody(site: Site, name: str) -> None:
    page = site.visit(site.anybody, ANYBODY[name])
    assert not faults(page, dark=name in DARK, exclude=NOT_OURS.get(name, ()))
    assert not site.said


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
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("Address")).to_be_visible()
    assert not faults(page)


def tab(page: Page, key: str = "Tab") -> str:
    """Go on; return the name of what has the focus, which must be seen to have it."""
    page.keyboard.press(key)
    if page.evaluate("document.activeElement === document.body"):
        return ""  # past the end, where a browser has controls of its own
    focus = page.evaluate(FOCUS)
    assert focus["inSight"], f"hidden: {focus['name']}"
    assert focus["marked"], f"not marked: {focus['name']}"
    return str(focus["name"])


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Go on until what has this name has the focus."""
    passed: list[str] = []
    while name not in passed:
        assert len(passed) < 150, f"no {name} among {passed}"
        passed.append(tab(page, key))


def choose(page: Page, text: str) -> None:
    """Open the choice that has the focus, type, and take the first answer."""
    page.keyboard.press("Enter")
    # Select2 moves the focus a moment after it has opened.
    expect(page.locator("input.select2-search__field")).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator(".select2-results__option--highlighted")).to_contain_text(text)
    page.keyboard.press("Enter")


def add_exercise(page: Page, name: str) -> None:
    tab_to(page, "Add exercise")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS)["name"].startswith("Exercise")
    choose(page, name)
    expect(page.get_by_label("A day, exercise").last).not_to_have_value("")


def answer_findings(page: Page) -> None:
    """Give a reason for lying face down, tick the rest, issue."""
    expect(page.get_by_role("heading", name="Review and issue")).to_be_visible()
    tab_to(page, "Reason to go on (goes on record with your name)")
    page.keyboard.type("Only the first days, propped up.")
    for _ in range(page.get_by_label("I have looked at this").count()):
        tab_to(page, "I have looked at this")
        page.keyboard.press("Space")
    tab_to(page, "Issue to patient")
    page.keyboard.press("Enter")


@pytest.mark.full
def test_a_program_is_built_and_issued_by_keyboard(site: Site) -> None:
    page = site.visit(site.staff, STAFF["new program"])
    tab_to(page, "Patient")
    choose(page, "Camille")
    tab_to(page, "Title")
    page.keyboard.type("By keyboard")
    add_exercise(page, "Cat-camel")
    add_exercise(page, "Plank")
    tab_to(page, "Move up", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, "Save and issue")
    page.keyboard.press("Enter")
    answer_findings(page)
    expect(page.get_by_text("Revision 1 is issued")).to_be_visible()
    names = page.locator(".rx:not(.empty-form) .select2-selection__rendered")
    expect(names).to_have_text(["Plank", "Cat-camel"])


@pytest.mark.parametrize(
    "name", ["draft", pytest.param("patient", marks=pytest.mark.full)]
)
def test_the_focus_is_in_sight_on_a_narrow_screen(site: Site, name: str) -> None:
    page = site.visit(site.staff, STAFF[name])
    page.set_viewport_size({"width": 390, "height": 700})
    assert len([tab(page) for _ in range(70)]) == 70
