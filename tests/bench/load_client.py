"""Who asks in the load: one desk, one request after the other, by plain HTTP.

A reverse proxy's headers are part of each request, as the settings of a server want.
"""

import http.client
import json
import time
from itertools import cycle, product
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.bench.load_data import CSRF

PATIENCE = 30  # seconds
WORDS = ("bridge", "stretch", "neck", "shoulder", "balance", "cat", "plank")
NAMES = ("Novak", "Silva", "Rossi", "Kim", "Garcia", "Smith")
LOOKS = list(
    product(
        ("a4", "letter"),
        ("two", "one", "four", "list", "chart"),
        ("normal", "medium", "large"),
    )
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class WrongAnswer(Exception):
    """Another answer than the one to expect."""


class Desk:
    """A practitioner, the phones of some patients, and a system; see `load_data`.

    Each method is one kind of request.
    """

    def __init__(
        self, where: tuple[str, int], origin: str, place: str, told: dict[str, Any]
    ) -> None:
        self.where, self.origin, self.place, self.told = where, origin, place, told
        self.words, self.names = cycle(WORDS), cycle(NAMES)
        self.phones = cycle(told["phones"])
        # A look of its own each time: what was made already is not made again.
        self.prints = cycle(list(product(LOOKS, told["issued"])))
        self.program: dict[str, Any] = {}
        self.etag = ""

    def timed(self, kind: str) -> tuple[float, str]:
        """Do what the kind says; return seconds and, if it went wrong, how."""
        began, wrong = time.perf_counter(), ""
        try:
            getattr(self, kind)()
        except (WrongAnswer, OSError, http.client.HTTPException) as error:
            wrong = f"{kind}: {error!r}"
        return time.perf_counter() - began, wrong

    def livez(self) -> None:
        """Nothing but the way to the web server and back."""
        self._ask("GET", "/livez")

    def home_page(self) -> None:
        """What one sees first, with what waits today."""
        self._page("/admin/")

    def list_of_patients(self) -> None:
        """The patients of the clinic."""
        self._page("/admin/clinic/patient/")

    def search_for_a_patient(self) -> None:
        """A family name."""
        self._page(f"/admin/clinic/patient/?q={next(self.names)}")

    def search_in_the_library(self) -> None:
        """What the builder asks while somebody types."""
        path = f"/api/v1/exercises?limit=24&q={next(self.words)}"
        self._ask("GET", path, {"Cookie": self.told["cookies"]})

    def builder(self) -> None:
        """The page on which a program is made, and what it says of each line."""
        page = f"/admin/prescriptions/program/{self.told['draft']}"
        self._page(f"{page}/build/")
        self._page(f"{page}/told/")

    def save_a_program(self) -> None:
        """All of a draft, as the builder stores it after each change."""
        path = f"/api/v1/programs/{self.told['draft']}"
        headers = self._as_person() | {"Content-Type": "application/json"}
        if not self.program:
            response, content = self._ask("GET", path, headers)
            self.program, self.etag = json.loads(content), response.headers["ETag"]
        line = self.program["phases"][0]["exercises"][0]
        line["note"] = f"Slowly, {next(self.words)}."
        body = json.dumps({"phases": self.program["phases"]})
        headers["If-Match"] = self.etag
        response, content = self._ask("PATCH", path, headers, body)
        self.program, self.etag = json.loads(content), response.headers["ETag"]

    def phone_page(self) -> None:
        """A patient's page of today."""
        token, cookies = next(self.phones)
        self._ask("GET", f"/l/{token}", {"Cookie": cookies})

    def diary_entry(self) -> None:
        """A patient's day, sent from the phone."""
        token, cookies = next(self.phones)
        day = {"day": self.told["day"], "done": [1, 2], "pain": 2, "effort": "right"}
        fields = {**day, "client_id": str(uuid4()), "csrfmiddlewaretoken": CSRF}
        headers = {"Cookie": cookies, "Accept": "application/json", **FORM}
        body = urlencode(fields, doseq=True)
        self._ask("POST", f"/l/{token}/diary", headers, body)

    def list_in_the_api(self) -> None:
        """A page of programs with all contents, for another system."""
        headers = {"Authorization": f"Bearer {self.told['key']}"}
        self._ask("GET", "/api/v1/programs?limit=20", headers)

    def ask_for_a_handout(self) -> None:
        """A PDF that a worker makes while everything goes on."""
        (paper, layout, size), program = next(self.prints)
        headers = self._as_person() | {"Content-Type": "application/json"}
        body = json.dumps({"paper": paper, "layout": layout, "size": size})
        path = f"/api/v1/programs/{program}/handouts"
        self._ask("POST", path, headers, body, expected=202)

    def _page(self, path: str) -> None:
        self._ask("GET", path, {"Cookie": self.told["cookies"]})

    def _as_person(self) -> dict[str, str]:
        return {"Cookie": self.told["cookies"], "X-CSRFToken": CSRF}

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        *,
        expected: int = 200,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        given = {
            "Host": "localhost",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.place,
            "Referer": f"{self.origin}/",
            **(headers or {}),
        }
        connection = http.client.HTTPConnection(*self.where, timeout=PATIENCE)
        try:
            connection.request(method, path, body, given)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != expected:
            raise WrongAnswer(f"{response.status} {content[:300]!r}")
        return response, content
