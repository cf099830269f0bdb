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
    patience: float = 10  # seconds

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
            with urllib.request.urlopen(request, timeout=self.patience) as answer:  # noqa: S310
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
def key(login: dict[str, Any]) -> str:
    """A key of the demo clinic."""
    key: str = login["api_key"]
    return key


@pytest.fixture
def rows(place: Installation) -> Iterator[sqlite3.Connection]:
    """A look into the installation's database beside its own processes."""
    connection = sqlite3.connect(place.folder.path / "catcamel.sqlite3", timeout=20)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def api(place: Installation, key: str) -> Iterator[Api]:
    """The API of a running web server; no worker is at work."""
    with place.web() as address:
        yield Api(address, key)


@pytest.fixture(scope="module")
def working_api(place: Installation, api: Api) -> Iterator[Api]:
    """The API, with a worker and a sweeper at work."""
    with place.worker(concurrency=1), place.sweeper():
        yield api


def fresh_program(api: Api, title: str) -> str:
    """Issue a program of five exercises; return its address."""
    patient = api.call("GET", "/api/v1/patients").json["results"][0]["id"]
    slugs = ["cat-camel", "childs-pose", "seated-twist", "lying-twist", "plank"]
    exercises = [{"exercise": slug} for slug in slugs]
    body = {"patient": patient, "title": title, "phases": [{"exercises": exercises}]}
    made = api.call("POST", "/api/v1/programs", body)
    assert made.status == 201, made.body
    path = f"/api/v1/programs/{made.json['id']}"
    assert issue(api, path).status == 201
    return path


def issue(api: Api, program: str) -> Any:
    """Issue a program with its warnings accepted; return the answer."""
    found = api.call("POST", f"{program}/check").json["findings"]
    accepted = [finding["code"] for finding in found if finding["severity"] == "warn"]
    return api.call("POST", f"{program}/issue", {"acknowledged": accepted})


def request_handout(api: Api, program: str, paper: str = "a4") -> str:
    answer = api.call("POST", f"{program}/handouts", {"paper": paper})
    assert answer.status == 202, answer.body
    return answer.headers["Location"].removeprefix(api.address)
