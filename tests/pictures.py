"""Make the pictures of the README again: ``.venv/bin/python -m tests.pictures``.

A demo clinic is started for it, so that the pictures show what the code does today.
"""

import json
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from clinic.local.environment import ROOT
from tests.services.chromium import launch_options, sign_in
from tests.services.worker import Installation, installation

PICTURES = ROOT / "docs" / "pictures"
BORN = {"Day": "17", "Month": "5", "Year": "1984"}
LINK = """
from prescriptions import links
from prescriptions.models import Program
shown = Program.objects.unscoped().get(title="Loosen your lower back")
print(links.url_of(links.printed_link(shown)).rsplit("/l/", 1)[1])
"""


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(Path(folder)) as place,
        place.worker(concurrency=1),
    ):
        place.manage("load_library")
        place.manage("collectstatic", "--noinput", "--verbosity=0")
        login = json.loads(place.manage("create_demo"))
        picture_of_the_handout(place, Path(folder))
        with place.web() as address:
            link = place.manage("shell", "--no-imports", "-c", LINK).strip()
            pictures_of_pages(address, login, link)


def picture_of_the_handout(place: Installation, folder: Path) -> None:
    """Show the first two pages side by side."""
    pdf = folder / "handout.pdf"
    place.manage("make_handout", "--out", str(pdf))
    first_two = ["pdftoppm", "-r", "80", "-l", "2", "-png"]
    subprocess.run([*first_two, str(pdf), str(folder / "page")], check=True)
    pages = [Image.open(path) for path in sorted(folder.glob("page*.png"))]
    width = sum(page.width for page in pages) + 12 * (len(pages) + 1)
    sheet = Image.new("RGB", (width, pages[0].height + 24), "#c9d1d9")
    left = 12
    for page in pages:
        sheet.paste(page, (left, 12))
        left += page.width + 12
    save(sheet, "handout.png")


def pictures_of_small_screens(
    browser: Browser, page: Page, address: str, link: str
) -> None:
    """Show the builder on a tablet in the dark beside the patient's phone page."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1024, "height": 768})
    tablet = taken(page)
    page.emulate_media(color_scheme="light")
    phone = browser.new_page(viewport={"width": 390, "height": 768})
    phone.goto(f"{address}/l/{link}")
    for label, value in BORN.items():
        phone.get_by_label(label).fill(value)
    phone.get_by_role("button", name="Open").click()
    phone.get_by_role("link", name="Write my diary").wait_for()
    small = taken(phone)
    sheet = Image.new("RGB", (tablet.width + small.width + 36, 792), "#c9d1d9")
    sheet.paste(tablet, (12, 12))
    sheet.paste(small, (tablet.width + 24, 12))
    save(sheet, "small-screens.png")


def pictures_of_pages(address: str, login: dict[str, Any], link: str) -> None:
    """Show a program in the builder, and the library."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        # Colors that are still on their way to the dark would be in the picture.
        page = browser.new_page(
            viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        sign_in(page, address, login)
        page.goto(f"{address}/admin/prescriptions/program/")
        page.get_by_role("link", name="Loosen your lower back").click()
        page.get_by_role("link", name="Build").click()
        page.get_by_role("button", name="Got it").click()
        page.locator(".b-part").first.click()
        page.get_by_role("heading", name="Findings").wait_for()
        shoot(page, "program.png")
        pictures_of_small_screens(browser, page, address, link)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{address}/admin/exercises/exercise/?region=low_back")
        page.get_by_role("searchbox").first.wait_for()
        shoot(page, "library.png")
        browser.close()


def shoot(page: Page, name: str) -> None:
    """Store the page as it stands."""
    save(taken(page), name)


def taken(page: Page) -> Image.Image:
    """Return the page as it stands."""
    page.wait_for_load_state("networkidle")
    return Image.open(BytesIO(page.screenshot()))


def save(picture: Image.Image, name: str) -> None:
    """Write with few colors: what is flat stays sharp, and the file small."""
    few = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
