"""What happens to a test whose service is not there."""

import os
import shutil
from collections.abc import Iterable

import pytest


def services_are_required() -> bool:
    """Whether a missing service is an error: on the machines that decide."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def require(reason: str | None) -> None:
    """Skip the test for this reason, or fail it where services are required."""
    if reason is None:
        return
    if services_are_required():
        pytest.fail(f"{reason} (with CI=true every service must be there)")
    pytest.skip(reason)


def first_on_path(names: Iterable[str]) -> str | None:
    """The first of several names of a program that is installed."""
    return next(filter(None, map(shutil.which, names)), None)
