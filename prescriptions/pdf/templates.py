"""The templates of handouts: autoescape, and of Django nothing but translation."""

from functools import cache
from pathlib import Path

from django.template import Engine

TEMPLATES = Path(__file__).parents[2] / "templates"


@cache
def templates() -> Engine:
    """Return the engine: no settings, no context processor."""
    return Engine(
        dirs=[str(TEMPLATES)],
        libraries={"i18n": "django.templatetags.i18n"},
        builtins=["prescriptions.pdf.filters"],
    )
