"""Strict reading of one mapping: every wrong key, type or range is told by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from exercises.figures.errors import PoseError
from exercises.figures.vectors import Angle, Vec

# Nothing a figure needs lies farther from the origin, in units.
FAR_AWAY = 200


class Fields:
    """The values of one mapping, with the place it came from for messages."""

    def __init__(self, data: object, where: str, path: str = "") -> None:
        self.where = where
        self.path = path
        if not isinstance(data, Mapping):
            raise self.error("", "must be a mapping of names to values")
        self.data: Mapping[str, Any] = data

    def error(self, key: str, problem: str) -> PoseError:
        """A `PoseError` about one key."""
        field = ".".join(part for part in (self.path, key) if part)
        return PoseError(self.where, field or "data", problem)

    def only(self, allowed: Sequence[str]) -> None:
        """Refuse keys that are not allowed."""
        for key in self.data:
            if key not in allowed:
                raise self.error(str(key), f"unknown; allowed: {', '.join(allowed)}")

    def sub(self, key: str) -> "Fields":
        """The mapping under a key."""
        path = f"{self.path}.{key}" if self.path else key
        return Fields(self.data.get(key, {}), self.where, path)

    def items(self, key: str) -> list[tuple[str, object]]:
        """The entries of a list, each with its path."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, "must be a list")
        return [(f"{key}[{index}]", each) for index, each in enumerate(value, 1)]

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number within its allowed range."""
        return self._checked(key, self.data.get(key, default), low, high)

    def numbers(
        self, key: str, count: int, low: float = -FAR_AWAY, high: float = FAR_AWAY
    ) -> tuple[float, ...] | None:
        """A list of `count` numbers, or None when the key is missing."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count:
            raise self.error(key, f"must be a list of {count} numbers")
        return tuple(self._checked(key, each, low, high) for each in value)

    def pair(self, key: str, default: tuple[float, float]) -> tuple[float, float]:
        """Two numbers."""
        found = self.numbers(key, 2)
        return default if found is None else (found[0], found[1])

    def vector(self, key: str) -> Vec | None:
        """Three numbers x, y, z in units."""
        found = self.numbers(key, 3)
        return None if found is None else (found[0], found[1], found[2])

    def angle(self, key: str) -> Angle | None:
        """A direction: one number of degrees or a list of two (a, out)."""
        value = self.data.get(key)
        return None if value is None else self.as_angle(key, value)

    def as_angle(self, key: str, value: object) -> Angle:
        """A direction from any value."""
        if isinstance(value, list) and len(value) == 2:
            turn = self._checked(key, value[0], -360, 360)
            return (turn, self._checked(key, value[1], -90, 90))
        return (self._checked(key, value, -360, 360), 0.0)

    def word(self, key: str, default: str, allowed: Sequence[str]) -> str:
        """One of the allowed words."""
        value = self.data.get(key, default)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
        return str(value)

    def words(self, key: str, allowed: Sequence[str]) -> tuple[str, ...] | None:
        """A list of allowed words, or None when the key is missing."""
        if self.data.get(key) is None:
            return None
        found = [value for _, value in self.items(key)]
        for value in found:
            if value not in allowed:
                raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
        return tuple(str(value) for value in found)

    def _checked(self, key: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, f"{value!r} is not a number")
        if not low <= value <= high:
            raise self.error(key, f"{value:g} is outside {low:g} to {high:g}")
        return float(value)
