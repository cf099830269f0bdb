"""A thin client of the Catcamel API; needs httpx and nothing else.

    with Catcamel("https://clinic.example.org", key) as api:
        api.put_patient("ehr", "4711", name="Ana Ruiz", date_of_birth="1980-05-17")
        program = api.post("programs", {...})
        api.post(f"programs/{program['id']}/issue")
        pdf = api.handout(program["id"])

Every POST carries an Idempotency-Key and is repeated after a lost connection. Errors
are raised as Problem with the stable code of the API.
"""

import time
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx

TRIES = 4
AGAIN = {429, 503}


class Problem(Exception):
    """An error of the API (RFC 9457): decide by ``code``."""

    def __init__(self, answer: httpx.Response) -> None:
        body = answer.json()
        super().__init__(f"{body['status']} {body['code']}: {body['detail']}")
        self.status: int = body["status"]
        self.code: str = body["code"]
        self.errors: list[dict[str, str]] = body["errors"]
        self.request_id: str = body["request_id"]


class Catcamel:
    """One clinic, by its key."""

    def __init__(self, url: str, key: str, **options: Any) -> None:
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "catcamel-example/1"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=20.0, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.http.close()

    def send(self, verb: str, path: str, **request: Any) -> httpx.Response:
        """Ask, and ask again when the answer was lost or says to wait."""
        address = path if path.startswith("/") else f"/api/v1/{path}"
        headers = request.pop("headers", {})
        if verb == "POST":
            headers = {"Idempotency-Key": str(uuid4())} | headers
        for left in reversed(range(TRIES)):
            try:
                answer = self.http.request(verb, address, headers=headers, **request)
            except httpx.TransportError:
                if not left:
                    raise
                time.sleep(1)
                continue
            if answer.status_code not in AGAIN or not left:
                break
            time.sleep(int(answer.headers.get("Retry-After", "1")))
        if answer.is_error:
            raise Problem(answer)
        return answer

    def get(self, path: str, **parameters: str) -> Any:
        """Return one thing."""
        return self.send("GET", path, params=parameters).json()

    def post(self, path: str, body: Any = None) -> Any:
        """Make something, once, however often it has to be sent."""
        return self.send("POST", path, json=body or {}).json()

    def change(self, path: str, body: Any, etag: str) -> httpx.Response:
        """Change a thing as it was read; Problem ``precondition_failed`` if stale."""
        return self.send("PATCH", path, json=body, headers={"If-Match": etag})

    def pages(self, path: str, **filters: str) -> Iterator[Any]:
        """Yield every row of a list, page after page."""
        page = self.get(path, **filters)
        yield from page["results"]
        while page["next"]:
            page = self.send("GET", httpx.URL(page["next"]).raw_path.decode()).json()
            yield from page["results"]

    def put_patient(self, system: str, value: str, **values: Any) -> Any:
        """Add or replace the patient with this number in your system."""
        path = f"patients/by-external/{quote(system, safe='')}/{quote(value, safe='')}"
        return self.send("PUT", path, json=values).json()

    def handout(self, program: str, seconds: float = 60, **options: Any) -> bytes:
        """Return the PDF of an issued program; waits until it is made."""
        asked = self.send("POST", f"programs/{program}/handouts", json=options)
        where, end = asked.headers["Location"], time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.send("GET", where)
            job = state.json()
            if job["state"] == "ready":
                return self.send("GET", job["file"]["href"]).content
            if "Retry-After" not in state.headers:
                raise RuntimeError(f"The handout is {job['state']}.")
            time.sleep(int(state.headers["Retry-After"]))
        raise TimeoutError("The handout is not ready yet.")

    def collect(self) -> Iterator[tuple[Any, bytes]]:
        """Yield each ready handout that was not collected yet, and acknowledge it."""
        waiting = self.pages("handouts", state="ready", acknowledged="false")
        for handout in list(waiting):
            yield handout, self.send("GET", handout["file"]["href"]).content
            self.post(f"handouts/{handout['id']}/acknowledge")
