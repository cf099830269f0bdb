"""Sessions of the staff, each with whose it is, so that people can end their own."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.module_loading import import_string


class StaffSession(AbstractBaseSession):
    """A session in the database; nobody's until somebody has signed in."""

    practitioner_id = models.UUIDField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"Session until {self.expire_date:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store that reads and writes these rows; it imports this model."""
        return import_string("clinic.session_store.SessionStore")
