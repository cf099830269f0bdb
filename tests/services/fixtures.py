"""Fixtures of the tests with real processes: an installation, a browser."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.services.availability import require
from tests.services.chromium import launch_options, missing_chromium
from tests.services.redis import missing_redis
from tests.services.worker import Installation, installation


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with library and demo clinic, made once for all processes."""
    require(missing_redis())
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "login.json").exists():
            prepare(folder)
    return folder


def prepare(folder: Path) -> None:
    """Fill a data folder as ./dev run does."""
    with installation(folder) as made:
        made.manage("load_library")
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        login = made.manage("create_demo")
        (folder / "login.json").write_text(login)


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
    with installation(folder, extra={"SWEEP_SECONDS": "1"}) as made:
        yield made


@pytest.fixture(scope="module")
def login(place: Installation) -> dict[str, Any]:
    """E-mail address, password and recovery codes of the demo clinic's owner."""
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
