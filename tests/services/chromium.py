"""The system's Chromium for browser tests, and the way into the admin."""

import os
from pathlib import Path
from typing import Any, TypedDict

from playwright.sync_api import Page, expect

from tests.services.availability import first_on_path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MACOS = "/Applications/{0}.app/Contents/MacOS/{0}"


class LaunchOptions(TypedDict):
    """What Playwright's `chromium.launch` is given."""

    executable_path: str
    args: list[str]


def find_chromium() -> str | None:
    """The browser's executable: CHROMIUM in the environment, PATH, or macOS."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    applications = [MACOS.format(name) for name in ("Chromium", "Google Chrome")]
    present = (path for path in applications if Path(path).exists())
    return first_on_path(NAMES) or next(present, None)


def missing_chromium() -> str | None:
    """Why there can be no browser; None when there can."""
    return None if find_chromium() else "no chromium"


def launch_options() -> LaunchOptions:
    """How to start it; its sandbox refuses to work for root."""
    executable = find_chromium()
    assert executable, missing_chromium()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Containers have a small /dev/shm, in which pages crash.
    return {
        "executable_path": executable,
        "args": [*sandbox, "--disable-dev-shm-usage"],
    }


def sign_in(page: Page, address: str, login: dict[str, Any]) -> None:
    """Sign in by the forms, with a fresh recovery code; ends on the first page."""
    page.goto(f"{address}/admin/")
    page.get_by_label("E-mail").fill(login["email"])
    page.get_by_label("Password").fill(login["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(login["recovery_codes"].pop())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
