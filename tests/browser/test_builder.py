"""The builder in Chromium: the whole way, trouble on it, and without a mouse."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, StorageState, expect

from clinic.local.environment import ROOT
from tests.browser.effort import AVERAGE, LISTEN, Effort, Hand
from tests.browser.test_accessibility import SIDEWAYS, faults
from tests.services.chromium import launch_options, sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]

SIX = ("bridge", "plank", "cat-camel", "clamshell", "child's pose", "walking")
SIX_SHORT = ("bridge", "plank", "camel", "clam", "child", "walk")
# Asked of the builder; from a patient's page
MOST_CLICKS, MOST_KEYS, MOST_SECONDS, MOST_TO_TEMPLATE = 25, 60, 120, 4
EFFORT = (ROOT / "docs" / "effort.md").read_text("utf-8")
NEW = """
import json
from datetime import date
from clinic.models import Clinic, Membership, Patient
from prescriptions.models import Program
from prescriptions.programs import create_program
clinic = Clinic.objects.get()
by = Membership.objects.of_clinic(clinic).filter(role="owner").get()
patient = Patient.objects.create(
    clinic=clinic, name="Anna Berg", date_of_birth=date(1980, 4, 1)
)
patient.screenings.create(answered_on=date.today(), answers={})
program = Program(clinic=clinic, patient=patient, practitioner=by.practitioner,
    title="New program")
create_program(program, [], by=by)
print(json.dumps(str(program.pk)))
"""

SOMEBODY_ELSE = """
import json
from clinic.models import Clinic, Membership, Practitioner
from django.test import Client
email = "else@example.org"
person = Practitioner.objects.filter(email=email).first()
if person is None:
    person = Practitioner.objects.create_user(
        email, password="another-otter-43-river", name="Else"
    )
    Membership.objects.create(
        practitioner=person, clinic=Clinic.objects.get(), role="practitioner"
    )
client = Client()
client.force_login(person)
session = client.session
session["second_factor"] = True
session.save()
print(json.dumps(session.session_key))
"""
COLLEAGUE = SOMEBODY_ELSE.replace("else@", "jan@").replace('"Else"', '"Jan Vogel"')
LOOK = "() => document.dispatchEvent(new Event('signed-out'))"


@pytest.fixture(scope="module")
def address(place: Installation) -> Iterator[str]:
    with place.web() as found:
        yield found


@pytest.fixture(scope="module")
def session(login: dict[str, str], browser: Browser, address: str) -> StorageState:
    """A session for all tests: recovery codes are but ten."""
    context = browser.new_context()
    sign_in(context.new_page(), address, login)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(
    place: Installation, session: StorageState, browser: Browser, address: str
) -> Iterator[Page]:
    """The builder of an empty program; whatever the page complains of is a fault."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
        storage_state=session,
    )
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if "CSP" in line.text else 0)
    program = json.loads(place.manage("shell", "--no-imports", "-c", NEW))
    page.goto(f"{address}/admin/prescriptions/program/{program}/build/")
    expect(page.locator("#b-state")).to_contain_text("Saved")
    yield page
    assert not said
    context.close()


def add(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_label("Find an exercise").fill(name)
        before = page.locator(".b-rows > li").count()
        page.keyboard.press("Enter")
        expect(page.locator(".b-rows > li")).to_have_count(before + 1)


def saved(page: Page) -> None:
    expect(page.locator("#b-state")).to_contain_text("Saved", timeout=15_000)


def sign_in_again(place: Page | FrameLocator, login: dict[str, Any]) -> None:
    place.get_by_label("E-mail").fill(login["email"], timeout=15_000)
    place.get_by_label("Password").fill(login["password"])
    place.get_by_role("button", name="Sign in").click()
    place.get_by_label("Code").fill(login["recovery_codes"].pop())
    place.get_by_role("button", name="Sign in").click()


def wait_for_kept(page: Page, count: int) -> None:
    """Wait until the tab keeps so many things; the page's policy forbids to poll."""
    script = """async (count) => {
        while (sessionStorage.length !== count)
            await new Promise((go) => setTimeout(go, 20));
    }"""
    page.evaluate(script, count)


def holds(files: Iterable[bytes], word: str) -> bool:
    ways = (word.encode(), word.encode("utf-16-le"))
    return any(way in content for content in files for way in ways)


def names(page: Page) -> list[str]:
    return [one.split(" ", 1)[1] for one in page.locator(".b-name").all_inner_texts()]


def stored(page: Page) -> Any:
    """The program as the API has it."""
    script = """async () => {
        const start = JSON.parse(document.getElementById("builder-start").textContent);
        return await (await fetch(start.program)).json();
    }"""
    return page.evaluate(script)


def test_a_program_is_built_dosed_and_kept_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("/")
    for name in ("bridge", "cat-camel"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".b-name", has_text=name[1:])).to_be_visible()
    page.locator(".b-open").last.press("Alt+ArrowUp")
    page.locator(".b-open").first.press("Enter")
    times = page.get_by_label("Times", exact=True)
    expect(times).to_be_focused()
    times.fill("5")
    expect(page.locator("[data-sentence]")).to_contain_text("5", timeout=15_000)
    saved(page)
    page.reload()
    expect(page.locator(".b-name")).to_have_count(2)
    assert names(page) == ["Cat-camel", "Bridge"]
    assert stored(page)["phases"][0]["exercises"][0]["dosage"]["repetitions"] == 5


def issue(page: Page, hand: Hand, revision: int = 1) -> None:
    """Go on from the builder until the program is issued."""
    hand.type("Control+Enter")
    expect(page.get_by_role("heading", name="Review and issue")).to_be_visible()
    for tick in page.locator("input[name=tick]").all():
        hand.click(tick)
    hand.click(page.get_by_role("button", name="Issue to patient"))
    expect(page.get_by_text(f"Revision {revision} is issued")).to_be_visible()


def dose(page: Page, hand: Hand, row: int, value: str) -> None:
    """Change how often an exercise is done."""
    hand.click(page.locator(".b-rows > li").nth(row).locator(".b-part").first)
    expect(page.locator(".b-edit .b-stepper input").first).to_be_focused()
    hand.type(value)


@pytest.mark.full
def test_what_a_program_takes_stands_in_the_documentation(
    page: Page, address: str
) -> None:
    back = page.locator(".b-head a").first.get_attribute("href") or ""
    patient = back.split("/")[-2]
    record = f"{address}/admin/prescriptions/program/record/{patient}/"
    page.context.add_init_script(LISTEN)
    hand, found = Hand(page), dict[str, Effort]()

    page.goto(record)
    hand.click(page.get_by_role("button", name="New program", exact=True))
    expect(page.get_by_label("Find an exercise")).to_be_focused()
    for count, name in enumerate(SIX_SHORT, 1):
        hand.type(name, "Enter")
        expect(page.locator(".b-rows > li")).to_have_count(count)
    for row in (0, 1, 3):
        dose(page, hand, row, "6")
    saved(page)
    issue(page, hand)
    found["Six exercises from nothing, three doses changed"] = hand.effort()

    page.goto(record)
    hand.click(page.get_by_role("button", name="Copy").first)
    dose(page, hand, 0, "8")
    saved(page)
    issue(page, hand)
    found["A copy of the last program, one dose changed"] = hand.effort()

    page.goto(record)
    hand.click(page.get_by_role("link", name="From a template"))
    hand.click(page.get_by_role("button", name="Start with this").first)
    saved(page)
    begun = page.evaluate("sessionStorage.effort")
    issue(page, hand)
    found["A template as it is"] = hand.effort()

    assert begun.count("c") <= MOST_TO_TEMPLATE
    for effort in found.values():
        assert effort.clicks <= MOST_CLICKS
        assert effort.keys <= MOST_KEYS
        assert effort.seconds(AVERAGE) < MOST_SECONDS
    rows = [effort.row(task) for task, effort in found.items()]
    assert all(row in EFFORT for row in rows), "\n".join(rows)


@pytest.mark.full
def test_pasted_names_become_a_program(page: Page) -> None:
    page.locator("#b-paste").click()
    page.get_by_label("One exercise a line").fill("\n".join(SIX))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".b-rows > li")).to_have_count(6)
    saved(page)
    page.get_by_role("button", name="Review and issue").click()
    expect(page.get_by_role("heading", name="Review and issue")).to_be_visible()
    for tick in page.locator("input[name=tick]").all():
        tick.check()
    page.get_by_role("button", name="Issue to patient").click()
    expect(page.get_by_text("Revision 1 is issued")).to_be_visible()


@pytest.mark.full
def test_undo_and_redo_take_back_and_bring_back(page: Page) -> None:
    add(page, "bridge", "plank")
    page.get_by_role("button", name="Remove Bridge").click()
    assert names(page) == ["Plank"]
    page.locator("#b-undo").click()
    assert names(page) == ["Bridge", "Plank"]
    page.get_by_role("button", name="Redo").click()
    assert names(page) == ["Plank"]
    saved(page)
    page.locator("#b-undo").click()
    saved(page)
    found = stored(page)["phases"][0]["exercises"]
    assert [one["exercise"]["slug"] for one in found] == ["bridge", "plank"]


@pytest.mark.full
def test_a_group_and_pasted_names_are_one_step_each(page: Page) -> None:
    page.get_by_label("Find an exercise").fill("walk")
    group = page.get_by_role("button", name="Add all")
    expect(group).to_be_visible()
    shown = page.locator(".b-cards > li")
    names_shown = [card.split("\n")[0] for card in shown.all_inner_texts()]
    group.click()
    assert names(page) == names_shown
    page.locator("#b-paste").click()
    page.get_by_label("One exercise a line").fill("bridge\nplank\nno such thing")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Not found: no such thing")).to_be_visible()
    assert names(page) == [*names_shown, "Bridge", "Plank"]
    page.locator("#b-undo").click()
    assert names(page) == names_shown
    page.locator("#b-undo").click()
    assert names(page) == []
    page.get_by_role("button", name="Redo").click()
    saved(page)
    assert len(stored(page)["phases"][0]["exercises"]) == len(names_shown)


@pytest.mark.full
def test_a_template_fills_the_empty_page_and_one_undo_empties_it(page: Page) -> None:
    page.get_by_label("Template").select_option(label="Core stability, 6 weeks")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".b-phase")).to_have_count(3)
    expect(page.locator("#b-title")).to_have_value("Core stability, 6 weeks")
    page.locator("#b-undo").click()
    expect(page.get_by_text("Nothing in this program yet")).to_be_visible()
    saved(page)


@pytest.mark.full
def test_what_was_removed_comes_back_from_the_slip(page: Page) -> None:
    add(page, "bridge", "plank")
    page.get_by_role("button", name="Remove Bridge").click()
    page.locator("#b-toast").get_by_role("button", name="Undo").click()
    assert names(page) == ["Bridge", "Plank"]
    expect(page.locator("#b-toast")).to_be_hidden()


@pytest.mark.full
def test_a_row_is_picked_up_moved_and_put_back_by_keys(page: Page) -> None:
    add(page, "bridge", "plank", "clamshell")
    page.locator(".b-grip").first.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert names(page) == ["Plank", "Clamshell", "Bridge"]
    page.keyboard.press("Escape")
    assert names(page) == ["Bridge", "Plank", "Clamshell"]
    expect(page.locator(".b-grip").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert names(page) == ["Plank", "Bridge", "Clamshell"]
    expect(page.locator(".b-grip[aria-pressed=true]")).to_have_count(0)


@pytest.mark.full
def test_one_click_on_a_value_is_enough_to_change_it(page: Page) -> None:
    add(page, "bridge")
    page.locator("[data-field=hold_seconds]").click()
    expect(page.get_by_label("Hold, seconds", exact=True)).to_be_focused()
    page.keyboard.type("9")
    expect(page.locator(".b-dose")).to_contain_text("hold 9 s")
    page.keyboard.press("PageUp")
    expect(page.locator(".b-dose")).to_contain_text("hold 19 s")


@pytest.mark.full
def test_keys_lead_from_column_to_column_and_from_finding_to_finding(
    page: Page,
) -> None:
    add(page, "bridge")
    saved(page)
    expect(page.locator("#b-told .finding").first).to_be_visible()
    for shown in ("#b-library", "#b-program", "#b-side", "#b-library"):
        assert page.evaluate(f"document.querySelector('{shown}:focus-within') !== null")
        page.keyboard.press("F6")
    page.keyboard.press("Control+.")
    said = page.locator("#b-told .finding").first.locator("p").first.inner_text()
    expect(page.locator("#b-said")).to_contain_text(said.split(":")[0])


@pytest.mark.full
def test_dragging_changes_the_order(page: Page) -> None:
    add(page, "bridge", "plank", "clamshell")
    grip = page.locator(".b-grip").last.bounding_box()
    first = page.locator(".b-rows > li").first.bounding_box()
    assert grip
    assert first
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(first["x"] + 40, first["y"] + 6, steps=8)
    page.mouse.up()
    assert names(page) == ["Clamshell", "Bridge", "Plank"]
    saved(page)


@pytest.mark.full
def test_who_types_without_a_pause_is_saved_within_seconds(page: Page) -> None:
    page.clock.install()
    page.reload()
    saved(page)
    goal = page.get_by_label("Goal, in the patient's words")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 5)
    for number in range(8):
        goal.fill("a" * (number + 1))
        page.clock.run_for(500)
    assert "PATCH" in sent


@pytest.mark.full
def test_a_lost_connection_loses_nothing(page: Page) -> None:
    add(page, "bridge")
    saved(page)

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/api/v1/programs/**", refuse)
    page.get_by_label("Goal, in the patient's words").fill("Walk to the market.")
    expect(page.locator("#b-state")).to_contain_text("No connection", timeout=10_000)
    page.unroute("**/api/v1/programs/**", refuse)
    page.reload()
    expect(page.get_by_label("Goal")).to_have_value("Walk to the market.")
    saved(page)
    assert stored(page)["goal"] == "Walk to the market."


@pytest.mark.full
@pytest.mark.requirement("D18")
def test_what_is_kept_is_sealed_and_comes_back_after_signing_in(
    page: Page, login: dict[str, Any]
) -> None:
    page.route("**/api/v1/programs/**", lambda route: route.abort())
    page.get_by_label("Goal, in the patient's words").fill("Zirbelnuss.")
    wait_for_kept(page, 1)
    kept = page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    assert "journal:" in kept
    assert not any(word in kept for word in ("Zirbelnuss", "goal", "phases"))
    page.unroute_all()
    address = page.url
    page.context.clear_cookies()
    page.reload()
    sign_in_again(page, login)
    page.wait_for_url(address)
    expect(page.get_by_label("Goal")).to_have_value("Zirbelnuss.")
    saved(page)
    assert stored(page)["goal"] == "Zirbelnuss."
    wait_for_kept(page, 0)


@pytest.mark.full
@pytest.mark.requirement("D18")
def test_typing_and_reloading_at_once_loses_nothing(page: Page) -> None:
    page.route("**/api/v1/programs/**", lambda route: route.abort())
    page.get_by_label("Goal, in the patient's words").focus()
    page.keyboard.insert_text("Sleep")
    page.evaluate("() => { location.reload() }")
    page.unroute_all()
    expect(page.get_by_label("Goal")).to_have_value("Sleep", timeout=15_000)


@pytest.mark.full
@pytest.mark.requirement("D18")
def test_signing_out_leaves_nothing_in_the_tab(
    page: Page, login: dict[str, Any]
) -> None:
    # The session of the other tests goes on.
    page.context.clear_cookies()
    page.reload()
    sign_in_again(page, login)
    saved(page)
    page.route("**/api/v1/programs/**", lambda route: route.abort())
    page.get_by_label("Goal, in the patient's words").fill("Zirbelnuss.")
    wait_for_kept(page, 1)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("details.who summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    wait_for_kept(page, 0)


@pytest.mark.full
@pytest.mark.requirement("D18")
def test_no_file_of_the_browser_holds_what_was_typed(
    page: Page, session: StorageState, tmp_path: Path
) -> None:
    browser = page.context.browser
    assert browser
    on_disk = browser.browser_type.launch_persistent_context(
        tmp_path, **launch_options()
    )
    on_disk.add_cookies(cast(Any, session["cookies"]))
    typing = on_disk.new_page()
    typing.goto(page.url)
    saved(typing)
    typing.route("**/api/v1/programs/**", lambda route: route.abort())
    typing.get_by_label("Goal, in the patient's words").fill("Zirbelnuss.")
    wait_for_kept(typing, 1)
    form = on_disk.new_page()
    form.goto(page.url.split("prescriptions/")[0] + "clinic/patient/add/")
    form.locator("#id_name").fill("Quittenbrot")
    on_disk.close()
    files = [one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()]
    assert holds(files, "builder:")
    assert not holds(files, "Zirbelnuss")
    assert not holds(files, "Quittenbrot")


@pytest.mark.full
@pytest.mark.requirement("A3")
def test_a_page_stays_covered_for_somebody_else(
    page: Page, place: Installation, session: StorageState, address: str
) -> None:
    key = json.loads(place.manage("shell", "--no-imports", "-c", SOMEBODY_ELSE))
    context, cover = page.context, page.locator("#session-end")
    context.add_cookies([{"name": "session", "value": key, "url": address}])
    page.evaluate(LOOK)
    expect(cover.get_by_text("Somebody else is signed in")).to_be_visible()
    context.add_cookies(cast(Any, session["cookies"]))
    page.evaluate(LOOK)
    expect(cover).to_be_hidden()


@pytest.mark.full
@pytest.mark.requirement("A3")
def test_a_page_is_covered_in_time_without_a_network_and_stays_so(page: Page) -> None:
    cover = page.locator("#session-end")
    page.clock.install()
    page.reload()
    saved(page)
    page.route("**/session/left", lambda route: route.abort())
    page.clock.fast_forward("16:00")
    expect(cover.get_by_text("You are signed out")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(cover).to_be_visible()
    expect(page.locator("#b-title")).to_be_hidden()
    page.unroute_all()
    page.clock.fast_forward("00:31")
    expect(cover).to_be_hidden()


@pytest.mark.full
def test_a_save_whose_answer_was_lost_is_no_second_version(page: Page) -> None:
    add(page, "bridge")
    saved(page)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/programs/**", lose, times=1)
    page.get_by_label("Goal, in the patient's words").fill("Sleep.")
    expect(page.locator("#b-state")).to_contain_text("No connection", timeout=10_000)
    saved(page)
    assert stored(page)["goal"] == "Sleep."


@pytest.mark.full
def test_an_expired_sign_in_is_mended_in_place_and_loses_nothing(
    page: Page, login: dict[str, Any]
) -> None:
    add(page, "bridge")
    saved(page)
    page.context.clear_cookies()
    page.get_by_label("Goal, in the patient's words").fill("Sleep.")
    sign_in_again(page.frame_locator("#session-end iframe"), login)
    expect(page.locator("#session-end")).to_be_hidden()
    saved(page)
    assert stored(page)["goal"] == "Sleep."


def test_two_changed_programs_are_joined_as_the_table_says(browser: Browser) -> None:
    static = ROOT / "static" / "prescriptions" / "builder"
    files = {
        "/": "<!doctype html><title>Cases</title>",
        "/joining.js": (static / "joining.js").read_text("utf-8"),
        "/keys.js": (static / "keys.js").read_text("utf-8"),
        "/cases.js": (Path(__file__).parent / "joining.js").read_text("utf-8"),
    }

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        route.fulfill(body=files.get(path, ""), content_type=kind)

    with browser.new_page() as page:
        page.route("**/*", answer)
        page.goto("http://cases.test/")
        assert page.evaluate("import('/cases.js').then((it) => it.faults())") == []


@pytest.fixture
def jan(
    place: Installation, browser: Browser, page: Page, address: str
) -> Iterator[Page]:
    """The same program open in a colleague's builder."""
    key = json.loads(place.manage("shell", "--no-imports", "-c", COLLEAGUE))
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "session", "value": key, "url": address}])
    other = context.new_page()
    other.goto(page.url)
    saved(other)
    yield other
    context.close()


GOAL = "Goal, in the patient's words"


@pytest.mark.full
def test_two_people_who_do_not_touch_each_other_are_joined_and_told(
    page: Page, jan: Page
) -> None:
    expect(jan.locator("#b-here")).to_contain_text("has this open too")
    add(page, "bridge")
    saved(page)
    add(jan, "plank")
    saved(jan)
    expect(jan.locator("#b-notice")).to_contain_text("added Bridge")
    page.get_by_label(GOAL).fill("Sleep.")
    expect(page.locator("#b-notice")).to_contain_text("Jan Vogel added Plank.")
    expect(page.locator("#b-here")).to_have_text("Jan Vogel has this open too")
    saved(page)
    assert sorted(names(page)) == ["Bridge", "Plank"]
    assert stored(page)["goal"] == "Sleep."
    page.locator("#b-undo").click()
    saved(page)
    assert stored(page)["goal"] == ""
    assert sorted(names(page)) == ["Bridge", "Plank"]


@pytest.mark.full
def test_two_people_who_change_one_field_choose_and_nothing_is_lost(
    page: Page, jan: Page
) -> None:
    jan.get_by_label(GOAL).fill("Theirs.")
    saved(jan)
    page.get_by_label(GOAL).fill("Mine.")
    dialog = page.get_by_role("dialog", name="Jan Vogel changed this program too")
    expect(dialog.get_by_role("radio", name="Yours Mine.")).to_be_checked()
    for _ in range(3):
        page.keyboard.press("Escape")
    assert not faults(page)
    page.reload()
    dialog.get_by_role("radio", name="Jan Vogel Theirs.").check()
    page.get_by_role("button", name="Keep these").click()
    saved(page)
    expect(page.get_by_label(GOAL)).to_have_value("Theirs.")
    assert stored(page)["goal"] == "Theirs."
    page.get_by_role("button", name="Undo").click()
    saved(page)
    assert stored(page)["goal"] == "Mine."


@pytest.mark.full
def test_the_help_is_closed_for_good(page: Page) -> None:
    with page.expect_response("**/first-help/builder/"):
        page.get_by_role("button", name="Got it").click()
    expect(page.get_by_text("How the builder works")).to_have_count(0)
    page.reload()
    expect(page.locator("#b-state")).to_contain_text("Saved")
    expect(page.get_by_text("How the builder works")).to_have_count(0)


@pytest.mark.full
def test_one_value_is_set_for_all(page: Page) -> None:
    add(page, "bridge", "cat-camel")
    page.get_by_role("button", name="Set for all").click()
    page.get_by_label("Number").fill("3")
    page.get_by_role("button", name="Set", exact=True).click()
    saved(page)
    lines = stored(page)["phases"][0]["exercises"]
    assert [one["dosage"]["times_per_day"] for one in lines] == [3, 3]


@pytest.mark.full
def test_a_fault_stands_with_its_exercise_and_the_typing_stays(page: Page) -> None:
    add(page, "cat-camel")
    page.locator(".b-open").click()
    page.get_by_label("Times", exact=True).fill("99")
    expect(page.locator(".b-fault")).to_be_visible(timeout=10_000)
    expect(page.locator("#b-state")).to_contain_text("Not saved")
    expect(page.get_by_label("Times", exact=True)).to_have_value("99")
    page.get_by_label("Times", exact=True).fill("9")
    saved(page)


def part(page: Page, name: str) -> None:
    """Turn to a part of the narrow builder; nothing may stick out of it."""
    page.get_by_role("button", name=name, exact=True).click()
    assert not page.evaluate(SIDEWAYS)


@pytest.mark.full
def test_all_of_it_works_at_400_percent(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    part(page, "Library")
    add(page, "lying twist", "bridge", "plank", "clamshell")
    page.get_by_role("button", name="Add", exact=False).first.click()
    part(page, "Program")
    page.get_by_role("button", name="Move up Bridge").click()
    expect(page.locator(".b-name").first).to_contain_text("Bridge")
    page.locator(".b-open").first.click()
    page.get_by_label("More: Times").click()
    page.get_by_role("button", name="Set for all").click()
    page.get_by_label("Number").fill("2")
    page.get_by_role("button", name="Set", exact=True).click()
    assert not page.evaluate(SIDEWAYS)
    saved(page)
    part(page, "Check and preview")
    expect(page.locator("#b-told .finding").first).to_be_visible()
    page.get_by_role("button", name="Review and issue").click()
    expect(page.get_by_role("heading", name="Review and issue")).to_be_visible()
    assert not page.evaluate(SIDEWAYS)
    for tick in page.locator("input[name=tick]").all():
        tick.check()
    page.get_by_role("button", name="Issue to patient").click()
    expect(page.get_by_text("Revision 1 is issued")).to_be_visible()


@pytest.mark.full
def test_letters_twice_as_large_flow_into_the_width(page: Page) -> None:
    add(page, "bridge", "plank")
    page.locator(".b-open").first.click()
    page.set_viewport_size({"width": 390, "height": 780})
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    for name in ("Library", "Program", "Check and preview"):
        part(page, name)


# Names of cards and ticks stand in a larger target.
SMALL = """[...document.querySelectorAll("#builder :is(button, a, input, select)")]
  .filter((one) => !one.matches(".b-cards a, [type=radio], [type=checkbox]"))
  .map((one) => [one.getBoundingClientRect(), one.id || one.textContent])
  .filter(([box]) => box.width && (box.height < 44 || box.width < 40))
  .map(([, name]) => name)"""


@pytest.mark.full
@pytest.mark.parametrize("width", [1024, 768, 390])
def test_fingers_hit_every_control(
    page: Page, session: StorageState, width: int
) -> None:
    assert page.context.browser
    context = page.context.browser.new_context(
        viewport={"width": width, "height": 900}, has_touch=True, storage_state=session
    )
    touched = context.new_page()
    add(page, "bridge")
    saved(page)
    touched.goto(page.url)
    touched.locator(".b-part").first.tap()
    expect(touched.get_by_label("Times", exact=True)).to_be_focused()
    assert touched.evaluate(SMALL) == []
    assert not touched.evaluate(SIDEWAYS)
    context.close()


@pytest.mark.full
def test_rows_show_their_pictures_after_a_reload(page: Page) -> None:
    add(page, "bridge")
    saved(page)
    page.reload()
    expect(page.locator(".b-rows .b-picture img")).to_be_visible()


@pytest.mark.full
def test_the_builder_has_no_barrier_at_any_width(page: Page) -> None:
    assert not faults(page, dark=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    add(page, "bridge", "plank")
    page.locator(".b-open").first.click()
    saved(page)
    assert not faults(page, dark=True)
    for part in ("Library", "Check and preview"):
        page.get_by_role("button", name=part, exact=True).click()
        assert not faults(page)
        page.set_viewport_size({"width": 320, "height": 256})
