"""System checks of the library."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from exercises.search import why_slow


def check_search(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Tell why searches run without PostgreSQL's trigram index."""
    reason = why_slow() if "default" in (databases or ()) else ""
    if not reason:
        return []
    hint = (
        "Let an administrator of the database run CREATE EXTENSION pg_trgm; "
        "then run ./dev manage migrate."
    )
    return [CheckWarning(reason, hint=hint, id="exercises.W001")]
