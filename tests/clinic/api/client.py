"""An integration that talks to the API with a key."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import ApiKey, Clinic
from clinic.roles import KEY_SCOPES


class Api:
    """JSON in, JSON out, below /api/v1."""

    def __init__(self, clinic: Clinic, *scopes: str) -> None:
        self.key, self.secret = ApiKey.objects.mint(
            clinic=clinic,
            name="EHR",
            scopes=list(scopes) or sorted(KEY_SCOPES),
            expires_at=timezone.now() + timedelta(days=1),
        )
        self.client = Client()

    def ask(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the answer; header names with underscores for dashes."""
        headers = {"Authorization": f"Bearer {self.secret}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        path = path if path.startswith(("/api", "http")) else f"/api/v1/{path}"
        data = "" if body is None else json.dumps(body)
        return self.client.generic(
            verb, path, data, content_type="application/json", headers=headers
        )

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST."""
        return self.ask("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        """PUT."""
        return self.ask("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        """PATCH."""
        return self.ask("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE."""
        return self.ask("DELETE", path, **headers)

    def queries(self, path: str) -> int:
        """Number of statements of a GET once the use of the key has been noted."""
        self.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert self.get(path).status_code == 200
        return len(captured)


def pointers(answer: Any) -> dict[str, str]:
    """Pointer -> code of each error of a problem."""
    assert answer["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}
