"""What a test line may ask of a fact."""

from collections.abc import Callable, Mapping
from typing import Any

OPPOSITES = {"flexion": "extension", "extension": "flexion"}
LIMIT = "limit."


def _gt(fact: Any, value: Any) -> bool:
    return bool(fact > value)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda fact, value: fact == value,
    "ne": lambda fact, value: fact != value,
    "gt": _gt,
    "gte": lambda fact, value: fact >= value,
    "lt": lambda fact, value: fact < value,
    "lte": lambda fact, value: fact <= value,
    "in": lambda fact, value: fact in value,
    "has": lambda fact, value: value in fact,
    "any_of": lambda fact, value: bool(set(fact) & set(value)),
    "lacks": lambda fact, value: value not in fact,
    "subset_of": lambda fact, value: set(fact) <= set(value),
    "missing_or_gt": lambda fact, value: fact is None or fact > value,
}


def holds(fact: Any, operator: str, value: Any) -> bool:
    """Tell whether the operator holds; of what is not known nothing does."""
    if operator != "missing_or_gt" and (fact is None or value is None):
        return False
    return OPERATORS[operator](fact, value)


def lookup(name: str, sources: Mapping[str, Any]) -> Any:
    """Return the fact of a dotted name, such as ``item.dosage.kind``."""
    first, *rest = name.split(".")
    found = sources[first]
    for part in rest:
        found = getattr(found, part)
    return found


def operand(value: Any, sources: Mapping[str, Any], limits: Mapping[str, int]) -> Any:
    """Return what a fact is compared with: a limit, another fact, or a plain value."""
    if not isinstance(value, str):
        return value
    if value.startswith(LIMIT):
        return limits[value.removeprefix(LIMIT)]
    if value.startswith("opposite(") and value.endswith(")"):
        return OPPOSITES.get(lookup(value[9:-1], sources))
    first, dot, _ = value.partition(".")
    return lookup(value, sources) if dot and first in sources else value
