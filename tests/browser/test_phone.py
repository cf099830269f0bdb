"""The patient's page on a phone: from the gate to the diary, online and offline."""

import gzip
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.browser.test_accessibility import AXE, RUN, SIDEWAYS, TAGS
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]
LINK = """
from prescriptions import links
from prescriptions.models import Program
shown = Program.objects.unscoped().get(title="Loosen your lower back")
print(links.url_of(links.printed_link(shown)).rsplit("/l/", 1)[1])
"""
COUNT = """
from prescriptions.models import DiaryEntry
print(DiaryEntry.objects.unscoped().count())
"""
MOST_BYTES = 150_000
MOST_REQUESTS = 10


@pytest.fixture(scope="module")
def address(place: Installation) -> Iterator[str]:
    token = place.manage("shell", "--no-imports", "-c", LINK).strip()
    with place.web() as site:
        yield f"{site}/l/{token}"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 780}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def enter(page: Page, address: str) -> None:
    page.goto(address)
    for label, value in {"Day": "17", "Month": "5", "Year": "1984"}.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("link", name="Write my diary")).to_be_visible()


def stored(place: Installation) -> int:
    return int(place.manage("shell", "--no-imports", "-c", COUNT))


def test_from_the_gate_to_the_diary(place: Installation, address: str, phone: Page):
    enter(phone, address)
    phone.locator("summary").first.click()
    expect(phone.locator("details[open] .steps li").first).to_be_visible()
    phone.get_by_role("link", name="Write my diary").click()
    phone.get_by_role("button", name="All done").click()
    phone.get_by_text("3", exact=True).click()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("Your diary is saved.")).to_be_visible()


def test_the_page_is_light_and_accessible(address: str, phone: Page):
    answers: list[Response] = []
    enter(phone, address)
    phone.on("response", lambda answer: answers.append(answer))
    phone.reload(wait_until="load")
    sent = [answer for answer in answers if answer.url.startswith("http")]
    assert len(sent) <= MOST_REQUESTS
    # Chromium may have dropped a body by the time it is asked for: fetch it again.
    bodies = [phone.request.get(answer.url).body() for answer in sent]
    assert sum(len(gzip.compress(body)) for body in bodies) <= MOST_BYTES
    for path in ("", "/diary"):
        phone.goto(address + path)
        phone.evaluate(AXE)
        assert phone.evaluate(RUN, [TAGS, []]) == []
        assert not phone.evaluate(SIDEWAYS)


@pytest.mark.full
def test_a_diary_written_without_network_is_sent_once(
    place: Installation, address: str, phone: Page
):
    enter(phone, address)
    phone.goto(f"{address}/diary")
    before = stored(place)
    phone.context.route("**/diary", refuse_what_is_sent)
    phone.get_by_text("4", exact=True).click()
    phone.get_by_role("button", name="Save").click()
    note = phone.get_by_text("Your diary is kept on this phone.")
    expect(note).to_be_visible()
    assert stored(place) == before
    phone.context.unroute_all()
    phone.evaluate("void dispatchEvent(new Event('online'))")
    expect(note).to_be_hidden()
    assert stored(place) == before + 1
    assert phone.evaluate("localStorage.length") == 0


@pytest.mark.full
def test_a_diary_typed_until_the_gate_closed_is_sent_behind_it(
    place: Installation, address: str, phone: Page
):
    enter(phone, address)
    phone.goto(f"{address}/diary")
    before = stored(place)
    phone.context.clear_cookies()
    phone.get_by_text("4", exact=True).click()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_label("Day")).to_be_visible()
    enter(phone, address)
    expect(phone.get_by_text("Your diary is kept on this phone.")).to_be_hidden()
    assert stored(place) == before + 1


def refuse_what_is_sent(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()
