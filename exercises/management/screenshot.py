"""PNG of a page by the browser of the system."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = "/Applications/{0}.app/Contents/MacOS/{0}"
SECONDS = 120
PIXELS_PER_MM = 96 / 25.4


class NoBrowserError(Exception):
    """There is no browser, or it made no picture."""


def find_browser() -> str:
    """Return $CHROMIUM or the first browser there is; raise NoBrowserError."""
    macs = [MACOS.format(name) for name in ("Chromium", "Google Chrome")]
    places = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)]
    places += [path for path in macs if Path(path).exists()]
    found = next((place for place in places if place), None)
    if found is None:
        raise NoBrowserError(
            "A PNG needs Chromium or Chrome, and none was found. Install one, name it "
            "in CHROMIUM, or ask for a file that ends in .svg or .html."
        )
    return found


def screenshot(html: str, size_mm: tuple[float, float], file: Path) -> None:
    """Write a page of that size as PNG, 96 pixels an inch."""
    browser = find_browser()
    width, height = (round(side * PIXELS_PER_MM) for side in size_mm)
    file.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            # its sandbox refuses to work for root; the page is our own
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            f"--screenshot={file.resolve()}",
            page.as_uri(),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 (our own list)
        except subprocess.TimeoutExpired as error:
            raise NoBrowserError(f"{browser} did not end.") from error
    if not file.exists():
        raise NoBrowserError(f"{browser} made no picture.")
