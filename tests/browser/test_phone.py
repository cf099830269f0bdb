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
OTHER_LINK = """
from datetime import timedelta
from django.utils import timezone
from prescriptions import links
from prescriptions.models import PatientLink, Program
shown = Program.objects.unscoped().get(title="Loosen your lower back")
until = timezone.now() + timedelta(days=1)
made = links.create(shown, kind=PatientLink.Kind.SENT, expires_at=until)
print(links.token_of(made))
"""
REVOKE = """
from prescriptions.models import PatientLink
PatientLink.objects.unscoped().filter(kind="sent").revoke()
"""
LET_IT_END = """async () => {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  const page = name.replace("kept:", "");
  await cache.put(`${page}/state`, Response.json({ until: Date.now() - 1000 }));
}"""
LEFT = """async () => {
  const workers = await navigator.serviceWorker.getRegistrations();
  return (await caches.keys()).length + workers.length + localStorage.length;
}"""
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
    # What the first showing still asks for is not counted.
    phone.wait_for_load_state("networkidle")
    phone.on("response", lambda answer: answers.append(answer))
    phone.reload(wait_until="load")
    sent = [answer for answer in answers if answer.url.startswith("http")]
    assert len(sent) <= MOST_REQUESTS, [one.url[-40:] for one in sent]
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


@pytest.mark.full
def test_a_kept_program_opens_without_network_until_its_link_ends(
    place: Installation, address: str, phone: Page
):
    enter(phone, address)
    keep_on_this_phone(phone)
    before = stored(place)
    phone.context.set_offline(True)
    phone.goto(address)
    expect(phone.get_by_text("No network: this is the copy")).to_be_visible()
    phone.locator("summary").first.click()
    expect(phone.locator("details[open] .steps li").first).to_be_visible()
    phone.get_by_role("link", name="Write my diary").click()
    phone.get_by_text("5", exact=True).click()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("Your diary is kept on this phone.")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_text("Your diary is kept on this phone.")).to_be_hidden()
    assert stored(place) == before + 1
    # The device's clock passes the link's end, still without a network.
    phone.context.set_offline(True)
    phone.evaluate(LET_IT_END)
    phone.goto(address)
    expect(phone.get_by_role("heading", name="This page has ended")).to_be_visible()
    expect_nothing_kept(phone)


@pytest.mark.full
def test_a_kept_program_is_erased_at_the_first_contact_after_its_end(
    place: Installation, address: str, phone: Page
):
    token = place.manage("shell", "--no-imports", "-c", OTHER_LINK).strip()
    own = f"{address.rpartition('/')[0]}/{token}"
    enter(phone, own)
    keep_on_this_phone(phone)
    place.manage("shell", "--no-imports", "-c", REVOKE)
    phone.goto(own)
    expect(phone.get_by_role("heading", name="This page has ended")).to_be_visible()
    expect_nothing_kept(phone)


def refuse_what_is_sent(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def keep_on_this_phone(page: Page) -> None:
    page.get_by_role("button", name="Keep on this phone").click()
    expect(page.get_by_text("This program is kept on this phone")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def expect_nothing_kept(page: Page) -> None:
    """Wait until neither copies nor a worker nor entries are left."""
    page.wait_for_function(f"async () => (await ({LEFT})()) === 0")
