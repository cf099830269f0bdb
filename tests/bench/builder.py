"""The builder in Chromium: opening, keys, search and preview with 200 cards."""

import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.bench.measure import Row, paired
from tests.services.chromium import launch_options, sign_in
from tests.services.fixtures import prepare
from tests.services.worker import installation

ROUNDS, LETTERS = 7, 20
WORDS = ("bridge", "twist", "neck", "low back", "plnak", "")
FEW, MANY = 24, 200
# Makes the library so large, and a program of six exercises; prints its id.
FILL = f"""
import json
from itertools import cycle, islice
from uuid import uuid4
from clinic.models import Clinic, Membership
from exercises.models import Exercise
from prescriptions.models import Program
from prescriptions.programs import add_exercise
clinic = Clinic.objects.get()
shared = list(Exercise.objects.shared().published())
more = []
for number, row in enumerate(islice(cycle(shared), {MANY} - len(shared))):
    twin = Exercise.objects.shared().get(pk=row.pk)
    twin.pk, twin.clinic, twin.name = uuid4(), clinic, f"{{row.name}} {{number}}"
    twin.slug = f"{{row.slug}}-{{number}}"
    more.append(twin)
Exercise.objects.bulk_create(more)
program = Program.objects.of_clinic(clinic).get(title="Loosen your lower back")
print(json.dumps(str(program.pk)))
"""
# How long from each key until its change was painted, as the browser itself measures;
# it tells nothing of what took less than 16 ms.
WATCH = """() => {
  window.keys = [];
  const take = (list) => {
    for (const one of list.getEntries())
      if (one.name === "keydown") window.keys.push(one.duration);
  };
  new PerformanceObserver(take).observe({type: "event", durationThreshold: 16});
}"""
LEAST = 16
SEARCH = """async (text) => {
  const find = document.getElementById("b-find");
  const cards = document.getElementById("b-cards");
  const began = performance.now();
  const done = new Promise((go) =>
    new MutationObserver((_, seen) => { seen.disconnect(); go(); })
      .observe(cards, {childList: true}));
  find.value = text;
  find.dispatchEvent(new Event("input", {bubbles: true}));
  await done;
  return performance.now() - began;
}"""
PREVIEW = """async (text) => {
  const goal = document.getElementById("b-goal");
  const state = document.getElementById("b-state");
  const preview = document.getElementById("b-preview");
  const loaded = new Promise((go) =>
    preview.addEventListener("load", go, {once: true}));
  const saved = new Promise((go) =>
    new MutationObserver((_, seen) => {
      if (!state.textContent.startsWith("Saved")) return;
      seen.disconnect();
      go();
    }).observe(state, {childList: true, characterData: true, subtree: true}));
  goal.value = text;
  goal.dispatchEvent(new Event("input", {bubbles: true}));
  await saved;
  const began = performance.now();
  await loaded;
  return performance.now() - began;
}"""


def rows() -> list[Row]:
    """Open the builder again and again, then work in it."""
    with builder() as (page, address):
        pairs = paired(
            lambda: _open(page, address, ".b-rows > li"),
            reference=lambda: _open(page, _list_of(address), "#result_list tr"),
            rounds=ROUNDS,
        )
        page.goto(address)
        _show_all(page)
        keys = _keys(page)
        searches = [page.evaluate(SEARCH, text) for text in WORDS * 2]
        previews = [page.evaluate(PREVIEW, f"Goal {n}") for n in range(ROUNDS)]
    key, search = statistics.median(keys), statistics.median(searches)
    return [
        Row.at_most("builder_open", pairs.subject, "s", 1),
        Row.at_most("builder_open_to_list_of_programs", pairs.ratio, "x", 3),
        Row.at_most("builder_key_to_paint_200_cards", key, "ms", 50),
        Row.at_most("builder_slowest_key_200_cards", max(keys), "ms", 200),
        Row.at_most("builder_search_200_exercises", search, "ms", 200),
        Row.at_most("builder_preview_saved", statistics.median(previews), "ms", 400),
    ]


@contextmanager
def builder() -> Iterator[tuple[Page, str]]:
    """A signed-in browser and the address of the program."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place_folder = Path(folder, "data")
        prepare(place_folder)
        login = json.loads((place_folder / "login.json").read_text())
        with installation(place_folder, migrated=True) as place:
            program = json.loads(place.manage("shell", "--no-imports", "-c", FILL))
            with place.web() as site:
                browser = playwright.chromium.launch(**launch_options())
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                sign_in(page, site, login)
                yield page, f"{site}/admin/prescriptions/program/{program}/build/"
                browser.close()


def _open(page: Page, address: str, rows: str) -> None:
    """Go there; done when the rows are there."""
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    page.locator(rows).last.wait_for()


def _list_of(address: str) -> str:
    return address.rsplit("/", 3)[0] + "/?status=all"


def _show_all(page: Page) -> None:
    more, cards = page.locator("#b-more"), page.locator("#b-cards > li")
    shown = FEW
    while more.is_visible():
        shown = min(shown + FEW, MANY)
        more.click()
        expect(cards).to_have_count(shown)


def _keys(page: Page) -> list[float]:
    """Milliseconds from keys in the goal until they were painted."""
    page.evaluate(WATCH)
    page.locator("#b-goal").focus()
    for _ in range(LETTERS):
        page.keyboard.press("a")
        page.wait_for_timeout(30)
    expect(page.locator("#b-state")).to_contain_text("Saved")
    told = [float(one) for one in page.evaluate("window.keys")]
    return told + [LEAST] * max(0, LETTERS - len(told))
