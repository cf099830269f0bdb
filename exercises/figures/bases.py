"""The named limbs and base poses that come with the engine."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

Data = Mapping[str, Any]


@lru_cache(maxsize=1)
def _library() -> dict[str, dict[str, Data]]:
    path = Path(__file__).with_name("base_poses.yaml")
    with path.open(encoding="utf-8") as stream:
        library: dict[str, dict[str, Data]] = yaml.safe_load(stream)
    return library


def pose_names() -> list[str]:
    """Names that `base:` accepts."""
    return list(_library()["poses"])


def limb_names() -> list[str]:
    """Names that a limb accepts instead of its own numbers."""
    return list(_library()["limbs"])


def pose_data(name: str) -> Data:
    """Raw data of a base pose."""
    return _library()["poses"][name]


def limb_data(name: str) -> Data:
    """Raw data of a named limb, written for the near side."""
    return _library()["limbs"][name]
