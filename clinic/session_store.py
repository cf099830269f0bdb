"""The session engine: Django's own in the database, which also notes the person."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from clinic.models import StaffSession


class SessionStore(DatabaseStore):
    """Sessions in rows of StaffSession."""

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        """Return the model of the rows."""
        return StaffSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row for the data, under the person who has signed in."""
        row: Any = super().create_model_instance(data)
        row.practitioner_id = data.get(SESSION_KEY)
        return row
