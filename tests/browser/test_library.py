"""The library's page with its script: searching, stars, the card beside the form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.services.chromium import sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.full]

LIST = "/admin/exercises/exercise/"


@pytest.fixture(scope="module")
def page(
    place: Installation, login: dict[str, str], browser: Browser
) -> Iterator[Page]:
    """A signed-in page; any complaint of the browser fails."""
    said: list[str] = []
    with place.web() as address:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, base_url=address
        )
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        sign_in(page, address, login)
        yield page
        context.close()
    assert not said


def test_slash_and_typing_find_an_exercise_and_the_address_keeps_it(page: Page):
    page.goto(LIST)
    page.keyboard.press("/")
    page.keyboard.type("plnak")
    expect(page.locator(".count")).to_contain_text("for “plnak”")
    expect(page.locator(".excard h2").first).to_have_text("Plank")
    expect(page.locator("#said")).to_contain_text("exercises")
    expect(page).to_have_url(f"{LIST}?q=plnak")


def test_a_filter_answers_at_once_and_a_chip_takes_it_away(page: Page):
    page.goto(LIST)
    page.get_by_label("Region").select_option("neck")
    chip = page.get_by_role("link", name="remove this filter")
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)


def test_a_star_needs_no_new_page(page: Page):
    page.goto(f"{LIST}?q=bridge")
    star = page.get_by_role("button", name="Favorite: Bridge", exact=True)
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#said")).to_have_text("A favorite")
    page.goto(f"{LIST}?favorite=on")
    expect(page.locator(".excard h2")).to_have_text(["Bridge"])


def test_more_cards_come_and_the_focus_goes_to_the_first_of_them(page: Page):
    page.goto(LIST)
    cards = page.locator(".excard h2 a")
    expect(cards).to_have_count(24)
    page.get_by_role("link", name="Show more").click()
    expect(cards).to_have_count(48)
    expect(cards.nth(24)).to_be_focused()


def test_filters_are_folded_on_a_phone(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(LIST)
    expect(page.get_by_label("Region")).to_be_hidden()
    page.locator("#facets summary").click()
    expect(page.get_by_label("Region")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})


def test_the_card_follows_the_typing(page: Page):
    page.goto(f"{LIST}add/")
    page.get_by_label("Name", exact=True).fill("Wall slide")
    page.get_by_label("Steps").fill("Slide down.\nSlide up.")
    expect(page.locator("#preview h3").first).to_contain_text("Wall slide")
    expect(page.locator("#preview ol li")).to_have_text(["Slide down.", "Slide up."])


def test_a_photo_with_words_stands_on_the_card(page: Page, tmp_path: Path):
    page.goto(f"{LIST}?q=clamshell")
    page.locator(".excard h2 a").first.click()
    page.get_by_role("link", name="Photos").click()
    icon = Path("static/admin_theme/icons/star.svg")
    page.get_by_label("Picture").set_input_files(icon)
    page.get_by_label("What it shows").fill("A person on the side.")
    page.get_by_role("button", name="Add photo").click()
    expect(page.locator("#error-summary")).to_contain_text("no JPEG, PNG or WEBP")
    expect(page.get_by_label("What it shows")).to_have_value("A person on the side.")
