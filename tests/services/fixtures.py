"""Fixtures of the tests with real processes: an installation, a browser."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.services.availability import require
from tests.services.chromium import launch_options, missing_chromium
from tests.services.redis import missing_redis
from tests.services.worker import Installation, installation


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with library and demo clinic."""
    require(missing_redis())
    with installation(tmp_path_factory.mktemp("place")) as made:
        made.manage("load_library")
        made.manage("collectstatic", "--noinput", "--verbosity=0")
        login = made.manage("create_demo")
        (made.folder.path / "login.json").write_text(login)
        yield made


@pytest.fixture(scope="session")
def login(place: Installation) -> dict[str, str]:
    """E-mail address and password of the demo clinic's owner."""
    text = (place.folder.path / "login.json").read_text()
    given: dict[str, str] = json.loads(text)
    return given


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    require(missing_chromium())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()
