"""The figures of the exercise library and one pose to break."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from exercises.figures import Figure, read_figure, read_figures

LIBRARY = Path(__file__).parents[3] / "exercises" / "library"
SLUGS = sorted(path.stem for path in LIBRARY.glob("*.yaml"))

SOUND: dict[str, Any] = {
    "base": "quadruped",
    "props": [{"kind": "mat"}],
    "arrows": [{"points": [[0, 50, 0], [0, 55, 0], [0, 60, 0]]}],
    "touches": {"floor": ["near_hand", "near_knee"]},
    "caption": {"en": "Start", "es": "Inicio"},
    "description": {"en": "On hands and knees.", "es": "A cuatro patas."},
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "slug" in metafunc.fixturenames:
        metafunc.parametrize("slug", SLUGS)


@pytest.fixture
def figures(slug: str) -> list[Figure]:
    text = (LIBRARY / f"{slug}.yaml").read_text(encoding="utf-8")
    return read_figures(yaml.safe_load(text)["figures"], slug)


@pytest.fixture
def data() -> dict[str, Any]:
    return deepcopy(SOUND)


@pytest.fixture
def sound(data: dict[str, Any]) -> Figure:
    return read_figure(data, "all-fours, figure 1")
