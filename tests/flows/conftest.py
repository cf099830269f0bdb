"""A client of the API of a whole installation, and a look into its database."""

import json
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.services.worker import Installation


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Api:
    """The REST API of a running web server with a key."""

    address: str
    key: str

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request; an error status is an answer too."""
        request = urllib.request.Request(  # noqa: S310 (loopback)
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def wait_until_final(self, path: str, seconds: float = 60) -> Any:
        """Poll a handout until it is ready, failed or revoked; return its data."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handout = self.call("GET", path).json
            if handout["state"] in {"ready", "failed", "revoked"}:
                return handout
            time.sleep(0.2)
        raise AssertionError(f"not final after {seconds} s: {handout}")


@pytest.fixture(scope="module")
def key(place: Installation) -> str:
    """A key of the demo clinic."""
    return place.manage("create_api_key", "Test system").strip()


@pytest.fixture
def rows(place: Installation) -> Iterator[sqlite3.Connection]:
    """A look into the installation's database beside its own processes."""
    connection = sqlite3.connect(place.folder.path / "catcamel.sqlite3", timeout=20)
    yield connection
    connection.close()
