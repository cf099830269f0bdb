"""Fixtures of the tests with real processes: an installation, a browser."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from clinic.local.preparation import COLLECT, MIGRATE, login_in
from tests.services.availability import require
from tests.services.chromium import launch_options, missing_chromium
from tests.services.databases import FILE, made_once, migrate
from tests.services.redis import missing_redis
from tests.services.worker import Installation, installation


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database in SQLite's file, made once for all processes."""
    return made_once(tmp_path_factory, "migrated", migrate) / FILE


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A data folder with library and demo clinic, made once for all processes."""
    require(missing_redis())

    def make(folder: Path) -> None:
        folder.mkdir(mode=0o700)
        shutil.copy(migrated, folder / FILE)
        prepare(folder)

    return made_once(tmp_path_factory, "prepared", make)


def prepare(folder: Path) -> None:
    """Fill a data folder as ./dev run does."""
    with installation(folder, migrated=True) as made:
        said = made.run(MIGRATE, "load_library", COLLECT, "create_demo --api-key")
    (folder / "login.json").write_text(json.dumps(login_in(said)))


def copy_of(prepared: Path, folder: Path) -> Path:
    """Copy a data folder, without what belongs to its processes."""
    leave_out = shutil.ignore_patterns("*.sock", "redis", "logs")
    shutil.copytree(prepared, folder, ignore=leave_out)
    return folder


@pytest.fixture(scope="module")
def place(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation of its own with library and demo clinic."""
    folder = copy_of(prepared, tmp_path_factory.mktemp("place") / "data")
    extra = {"SWEEP_SECONDS": "1"}
    with installation(folder, extra=extra, migrated=True) as made:
        yield made


@pytest.fixture(scope="module")
def login(place: Installation) -> dict[str, Any]:
    """E-mail, password, recovery codes and API key of the demo clinic's owner."""
    text = (place.folder.path / "login.json").read_text()
    given: dict[str, Any] = json.loads(text)
    return given


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    require(missing_chromium())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()
