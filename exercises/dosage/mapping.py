"""Dosage to and from plain mappings: library files, the API, stored documents."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from exercises.dosage.validation import errors_of
from exercises.dosage.values import Dosage

DECIMALS = ("load_value", "duration_minutes")
LOAD = {"value": "load_value", "unit": "load_unit"}
_COLUMNS = tuple(field.name for field in fields(Dosage))
_EMPTY = {field.name: field.default for field in fields(Dosage)}
KEYS = tuple("load" if c == "load_value" else c for c in _COLUMNS if c != "load_unit")


class DosageError(ValueError):
    """A mapping that is no dosage; ``errors`` has a sentence for each key.

    The keys are those of the mapping; parts of the load are ``load.value`` and
    ``load.unit``.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = errors


def from_mapping(data: Mapping[str, Any]) -> Dosage:
    """Return the dosage that the mapping describes; None means "not given".

    Only the kind cannot be None: every dosage is counted in something.
    """
    errors = _unknown_keys(data)
    if errors:
        raise DosageError(errors)
    given = {key: value for key, value in data.items() if key != "load"}
    given |= {LOAD[part]: value for part, value in _load_of(data).items()}
    is_given = {k: v for k, v in given.items() if v is not None or k == "kind"}
    columns = {k: _value(k, v) for k, v in is_given.items()}
    dosage = Dosage(**columns)
    if faults := errors_of(dosage):
        raise DosageError({_key(name): text for name, text in faults.items()})
    return dosage


def to_mapping(dosage: Dosage) -> dict[str, Any]:
    """Return all keys with values that JSON and YAML know; None where empty."""
    columns = {name: _plain(getattr(dosage, name)) for name in _COLUMNS}
    load = {part: columns.pop(name) for part, name in LOAD.items()}
    columns["load"] = load if any(load.values()) else None
    return {key: columns[key] for key in KEYS}


def _unknown_keys(data: Any) -> dict[str, str]:
    if not isinstance(data, Mapping):
        return {"dosage": "Give a mapping of the dosage's parts."}
    load = _load_of(data)
    if not isinstance(load, Mapping):
        return {"load": "Give value and unit."}
    unknown = [str(key) for key in data if key not in KEYS]
    unknown += [f"load.{part}" for part in load if part not in LOAD]
    return dict.fromkeys(unknown, "There is no such part of a dosage.")


def _load_of(data: Mapping[str, Any]) -> Any:
    load = data.get("load")
    return {} if load is None else load


def _value(column: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # a float is taken as it reads: 2.5 and not its binary neighbor
    return Decimal(str(value)) if number and column in DECIMALS else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) or None if isinstance(value, str) else value


def _key(column: str) -> str:
    part = next((part for part, name in LOAD.items() if name == column), "")
    return f"load.{part}" if part else column
