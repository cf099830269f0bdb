"""A running installation: handouts by browser, API, command, and by the README."""

import hashlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from clinic.local.environment import ROOT
from tests.flows.conftest import Api, fresh_program, issue, request_handout
from tests.services.availability import first_on_path, require
from tests.services.chromium import sign_in
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]
END = "the test has heard enough"


def test_a_handout_becomes_ready_and_matches_its_digest(working_api):
    handout = request_handout(working_api, fresh_program(working_api, "Ready"))
    data = working_api.wait_until_final(handout)
    assert data["state"] == "ready"
    pdf = working_api.call("GET", f"{handout}/file").body
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == data["file"]["sha256"]


def test_the_command_makes_a_handout_through_the_same_door(
    place, working_api, tmp_path
):
    out = tmp_path / "handout.pdf"
    place.manage("make_handout", "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF-")


CANARIES = ("Canary", "Quxberg", "Quxtitle", "Quxnote", "1961-02-03", "0555-canary")


@contextmanager
def listening(place: Installation) -> Iterator[list[str]]:
    """Hear every command that Redis is given, with its values."""
    server = redis.Redis.from_url(place.environment["CACHE_URL"])
    heard: list[str] = []
    with server.monitor() as monitor:
        thread = threading.Thread(target=note_commands, args=(monitor, heard))
        thread.start()
        try:
            yield heard
        finally:
            server.echo(END)
            thread.join()
            server.close()


def note_commands(monitor: Any, heard: list[str]) -> None:
    for command in monitor.listen():
        heard.append(command["command"])
        if END in heard[-1]:
            return


@pytest.mark.requirement("D4", "T7")
def test_redis_logs_and_file_names_hold_no_patient_data(place, working_api):
    with listening(place) as heard:
        drive(working_api)
    assert any("prescriptions.render_handout" in command for command in heard)
    said = "".join(
        path.read_bytes().decode(errors="replace")
        for path in place.folder.logs.rglob("*")
        if path.is_file()
    )
    names = " ".join(map(str, (place.folder.path / "files").rglob("*")))
    everything = {"redis": " ".join(heard), "logs": said, "files": names}
    for where, text in everything.items():
        assert not [canary for canary in CANARIES if canary in text], where


def drive(api: Api) -> None:
    """Let a handout be made of a patient with words to look for, and be refused."""
    person = {"name": "Canary Quxberg", "date_of_birth": "1961-02-03"}
    body = person | {"phone": "0555-canary"}
    patient = api.call("POST", "/api/v1/patients", body).json["id"]
    phases = [{"exercises": [{"exercise": "plank", "note": "Quxnote"}]}]
    body = {"patient": patient, "title": "Quxtitle", "phases": phases}
    program = api.call("POST", "/api/v1/programs", body).json["id"]
    issue(api, f"/api/v1/programs/{program}")
    handout = request_handout(api, f"/api/v1/programs/{program}")
    api.wait_until_final(handout)
    assert api.call("GET", f"{handout}/file").status == 200
    assert api.call("GET", "/api/v1/patients?search=Quxberg").status == 200
    assert api.call("POST", "/api/v1/patients", person | {"Quxnote": 1}).status == 400
    assert api.call("GET", "/api/v1/patients/Quxberg").status == 404
    assert api.call("PUT", "/api/v1/patients", person).status == 405


def curl_lines() -> str:
    text = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- curl:begin.*?```sh\n(.*?)```\n<!-- curl:end", text, re.S)
    assert found
    return found[1]


def test_the_curl_lines_of_the_readme_make_a_handout(working_api, key, tmp_path):
    for tool in ("curl", "jq"):
        require(None if first_on_path([tool]) else f"no {tool}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl_lines()],
        cwd=tmp_path,
        env=os.environ | {"KEY": key, "BASE": f"{working_api.address}/api/v1"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = "".join(
        page.extract_text() for page in PdfReader(tmp_path / "handout.pdf").pages
    )
    assert "Zoë Søn" in text
    assert "Stop when your back sags." in text


PATIENT = '<b>Zoë & "Søn"</b> محمد 李'
# slug -> what is typed into the search, and what is changed in its row
CHOSEN: dict[str, tuple[str, dict[str, str]]] = {
    "cat-camel": ("cat-c", {"Times": "6"}),
    "childs-pose": ("child", {"Hold (s)": "25"}),
    "seated-twist": ("seated twist", {}),
    "lying-twist": ("lying twist", {"A day": "3"}),
    "plank": ("plank", {"Hold (s)": "15"}),
}
SENTENCES = {
    "cat-camel": "Do it 6 to 10 times. Start with 6.",
    "childs-pose": "Hold for 25 seconds",
    "lying-twist": "3 times a day, every day.",
    "plank": "Hold for 15 seconds",
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which any console message is a failure of the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert not said


def card_of(slug: str) -> dict[str, object]:
    """The library's text of an exercise."""
    path = ROOT / "exercises" / "library" / f"{slug}.yaml"
    data: dict[str, object] = yaml.safe_load(path.read_text())
    return data


def choose(page: Page, box: int, text: str, option: re.Pattern[str]) -> None:
    """Type into a search box and take the option."""
    page.locator(".select2-selection:visible").nth(box).click()
    page.locator(".select2-search__field:visible").fill(text)
    page.locator(".select2-results__option", has_text=option).first.click()


def add_exercise(page: Page, number: int, slug: str) -> None:
    search, changes = CHOSEN[slug]
    page.get_by_role("button", name="Add exercise").click()
    name = re.compile(rf"^{re.escape(str(card_of(slug)['name']))}$")
    choose(page, number, search, name)
    row = f", exercise {number}"
    expect(page.get_by_label(f"A day{row}", exact=True)).not_to_have_value("")
    for label, value in changes.items():
        page.get_by_label(f"{label}{row}", exact=True).fill(value)


def accept_warnings(page: Page) -> None:
    """Tick what the safety rules warn of, and issue."""
    expect(page.get_by_role("heading", name="Review and issue")).to_be_visible()
    for tick in page.get_by_label("I have looked at this").all():
        tick.check()
    page.get_by_role("button", name="Issue to patient").click()


def assert_that_looking_changes_nothing(page: Page) -> None:
    """Open the saved program again and issue it as it is."""
    page.reload()
    page.wait_for_load_state("networkidle")
    for number, (_, changes) in enumerate(CHOSEN.values(), start=1):
        for label, value in changes.items():
            box = page.get_by_label(f"{label}, exercise {number}", exact=True)
            expect(box).to_have_value(value)
    # Nobody has screened this patient, and that is told each time.
    page.get_by_role("button", name="Review and issue").click()
    expect(page.get_by_text("Nothing has changed since revision 1")).to_be_visible()


def flat(text: str) -> str:
    return " ".join(text.split())


def text_of(pdf: Path) -> str:
    return flat(" ".join(page.extract_text() for page in PdfReader(pdf).pages))


def expected_in_order() -> list[str]:
    """Names, steps and dosage of the five cards as the handout prints them."""
    found: list[str] = []
    for slug in CHOSEN:
        card = card_of(slug)
        found += [str(card["name"]), SENTENCES.get(slug, "")]
        found += [flat(str(step)) for step in card["steps"]]  # type: ignore[attr-defined]
    return [text for text in found if text]


def assert_in_order(text: str, pieces: list[str]) -> None:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        assert found >= 0, f"“{piece}” is missing after “{text[at - 80 : at]}”"
        at = found + len(piece)


def test_from_sign_in_to_the_patients_pdf(working_api, login, page, tmp_path):
    address = working_api.address
    body = {"name": PATIENT, "date_of_birth": "1969-04-30"}
    assert working_api.call("POST", "/api/v1/patients", body).status == 201
    sign_in(page, address, login)
    page.goto(f"{address}/admin/prescriptions/program/add/")
    choose(page, 0, "Søn", re.compile("<b>"))
    page.get_by_role("textbox", name="Title").first.fill("Back care at home")
    for number, slug in enumerate(CHOSEN, start=1):
        add_exercise(page, number, slug)
    page.get_by_role("button", name="Save and issue").click()
    accept_warnings(page)
    expect(page.get_by_text("Revision 1 is issued")).to_be_visible()
    assert_that_looking_changes_nothing(page)
    page.get_by_role("button", name="Make handout").click()
    # The badge turns by itself; nothing is clicked meanwhile.
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        download.click()
    pdf = tmp_path / "handout.pdf"
    started.value.save_as(pdf)
    assert PATIENT not in started.value.suggested_filename
    expect(page.get_by_role("link", name=PATIENT)).to_be_visible()
    text = text_of(pdf)
    cards = text[text.index("Your exercises") :]
    assert_in_order(cards, expected_in_order())
    assert '<b>Zoë & "Søn"</b>' in text
    assert "Riverside Back Care (demo)" in text


@pytest.mark.full
def test_a_patient_opens_the_link_with_the_birth_date(place, working_api, browser):
    address = working_api.address
    path = link_of_the_demo_patient(place, address)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address + path)
    expect(page.get_by_label("Day")).to_be_visible()
    for label, value in {"Day": "17", "Month": "5", "Year": "1984"}.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("Loosen your lower back").first).to_be_visible()
    context.close()


def link_of_the_demo_patient(place, address: str) -> str:
    """The address behind the QR code of Zoë Søn's program."""
    script = (
        "from prescriptions import links\n"
        "from prescriptions.models import Program\n"
        "rows = Program.objects.unscoped()\n"
        "program = rows.get(title='Loosen your lower back')\n"
        "print(links.url_of(links.printed_link(program)))\n"
    )
    printed = place.manage("shell", "--no-imports", "-c", script).strip()
    return "/l/" + printed.rsplit("/l/", 1)[1]
