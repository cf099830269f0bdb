"""The page on which pictures are edited: move, see, mend, save."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.services.chromium import sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.full]

STORED = """
import json
from exercises.models import Exercise
rows = Exercise.objects.unscoped().filter(slug="cat-camel").order_by("created_at")
print(json.dumps([[str(row.pk), row.version, row.figures] for row in rows]))
"""


def stored(place: Installation) -> Any:
    """Id, version and figures of the shared exercise and of the own copy."""
    return json.loads(place.manage("shell", "--no-imports", "-c", STORED))


@pytest.fixture(scope="module")
def staff(
    place: Installation, login: dict[str, str], browser: Browser
) -> Iterator[tuple[str, BrowserContext]]:
    """Address of a running site, and a browser that is signed in to it."""
    with place.web() as address:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        sign_in(context.new_page(), address, login)
        yield address, context
        context.close()


@pytest.fixture
def page(place: Installation, staff: tuple[str, BrowserContext]) -> Iterator[Page]:
    """The page of the cat-camel's pictures; any complaint of the browser fails."""
    said: list[str] = []
    address, context = staff
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    own = stored(place)[-1][0]
    page.goto(f"{address}/admin/exercises/exercise/{own}/change/")
    page.get_by_role("link", name="Pictures").click()
    expect(status(page)).to_contain_text("Ready to save")
    yield page
    page.close()
    assert not said


def status(page: Page) -> Locator:
    return page.locator("#said")


def picture(page: Page) -> str:
    return page.locator("#picture").get_attribute("src") or ""


def test_a_moved_slider_changes_the_picture_and_saving_stores_it(page, place):
    before = picture(page)
    slider = page.get_by_role("slider", name="Head, direction")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#picture")).not_to_have_attribute("src", before)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The pictures of Cat-camel are saved.")).to_be_visible()
    shared, own = stored(place)
    assert own[1] == shared[1] + 1
    assert own[2][0]["asset"] != shared[2][0]["asset"]


def test_a_joint_out_of_range_is_told_at_its_field_and_nothing_is_lost(page):
    field = page.get_by_role("group", name="Neck", exact=True)
    number = field.get_by_role("spinbutton", name="Direction")
    number.fill("120")
    expect(field.get_by_text("allowed 0 to 60")).to_be_visible()
    expect(number).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Save").click()
    expect(status(page)).to_contain_text("to mend before saving")
    expect(number).to_have_value("120")


def test_a_picture_can_be_added_moved_and_started_from_a_pose(page):
    strip = page.locator("#strip")
    count = strip.locator("button").count()
    page.get_by_role("button", name="Add").click()
    expect(strip.locator("button")).to_have_count(count + 1)
    page.get_by_label("Start from a pose").select_option("prone")
    page.get_by_role("button", name="Take this pose").click()
    expect(strip.locator("[aria-pressed=true]")).to_contain_text("Start")
    page.get_by_role("button", name="Earlier").click()
    page.get_by_role("button", name="Remove").click()
    expect(strip.locator("button")).to_have_count(count)


def test_a_limb_given_another_way_keeps_its_picture_nearly(page):
    page.get_by_text("Right arm", exact=True).click()
    by = page.get_by_label("Given by").first
    by.select_option("turn")
    expect(page.get_by_role("slider", name="Forearm, direction")).to_be_visible()
    expect(status(page)).not_to_contain_text("before saving")
