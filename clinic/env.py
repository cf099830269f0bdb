"""Strict reading of the environment: a typing error stops the start."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def env_str(name: str, default: str | None = None) -> str:
    """Return the variable, or what stands in the file that NAME_FILE names.

    Without a default a missing one is an error.
    """
    value = _read(name) or default
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def env_bool(name: str, default: bool) -> bool:
    """Return a truth value; any other spelling than true or false is an error."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in _TRUE:
        return True
    if raw in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}.")


def env_int(name: str, default: int) -> int:
    """Return a whole number."""
    raw = os.environ.get(name, "").strip()
    try:
        return int(raw) if raw else default
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be a whole number, not {raw!r}."
        ) from error


def env_list(name: str, default: list[str] | None = None) -> list[str]:
    """Return the comma-separated parts of the variable."""
    if default is not None and not _read(name):
        return default
    return [part.strip() for part in env_str(name).split(",") if part.strip()]


def env_secret(name: str, *, at_least: int = 32) -> str:
    """Return the secret in NAME, or in the file that NAME_FILE names.

    Raises ImproperlyConfigured when neither is set or the secret is shorter than
    ``at_least`` characters.
    """
    secret = _read(name)
    if len(secret) < at_least:
        raise ImproperlyConfigured(
            f"Set {name} or {name}_FILE to a secret of at least {at_least} characters."
        )
    return secret


def _read(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, "")
