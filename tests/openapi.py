"""The committed OpenAPI document."""

from functools import cache
from typing import Any

import yaml

from clinic.local.environment import ROOT
from exercises.data_files import SAFE

FILE = ROOT / "docs" / "openapi.yaml"


@cache
def committed() -> dict[str, Any]:
    """Return what stands in it, read once; nobody may change it."""
    document: dict[str, Any] = yaml.load(FILE.read_text("utf-8"), Loader=SAFE)  # noqa: S506 (the safe loader, in C)
    return document
