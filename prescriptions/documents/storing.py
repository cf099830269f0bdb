"""A document as JSON and as a digest; documents of all schemas so far are read."""

import hashlib
import json
import unicodedata
from dataclasses import asdict, replace
from typing import Any

from prescriptions.documents.parts import (
    SCHEMA,
    ClinicPart,
    Easier,
    ExerciseCard,
    HandoutDocument,
    LeafletPart,
    NewsLine,
    NewsPart,
    Pace,
    PatientPart,
    PhasePart,
    Picture,
    PractitionerPart,
    TextBlock,
)


class UnknownSchemaError(ValueError):
    """The document was written by a later version of the product."""


def issued(
    document: HandoutDocument, *, revision: int, on: str, news: NewsPart | None = None
) -> HandoutDocument:
    """Return the document as given to the patient."""
    return replace(document, revision=revision, issued_on=on, news=news)


def content_digest(document: HandoutDocument) -> str:
    """SHA-256 of what a practitioner can change: what issuing adds is left out."""
    return digest(issued(document, revision=0, on=""))


def digest(document: HandoutDocument) -> str:
    """SHA-256 of the whole document."""
    return sha256_of(to_json(document))


def to_json(document: HandoutDocument) -> dict[str, Any]:
    """Return the document as JSON data."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(document)))
    return data


def from_json(data: dict[str, Any]) -> HandoutDocument:
    """Return the document of ``to_json``; raise UnknownSchemaError for a later one.

    What an earlier schema did not know keeps its default, which prints nothing.
    """
    if data.get("schema") not in range(1, SCHEMA + 1):
        raise UnknownSchemaError(f"Document schema {data.get('schema')!r}")
    parts = {
        "clinic": ClinicPart(**data["clinic"]),
        "patient": PatientPart(**data["patient"]),
        "practitioner": PractitionerPart(**data["practitioner"]),
        "phases": tuple(_phase_from(phase) for phase in data["phases"]),
        "pain_rule": _blocks_from(data["pain_rule"]),
        "safety_net": _blocks_from(data["safety_net"]),
        "leaflets": tuple(map(_leaflet_from, data.get("leaflets", ()))),
        "news": _news_from(data.get("news")),
    }
    return HandoutDocument(**data | parts)


def changes(whole: Any, base: Any) -> Any:
    """Return what JSON data has otherwise than other data of the same shape.

    Of lists of objects with the same length, and of objects, only what differs.
    """
    if isinstance(whole, dict) and isinstance(base, dict):
        return {k: changes(v, base.get(k)) for k, v in whole.items() if v != base[k]}
    if _are_rows(whole, base):
        return [changes(one, other) for one, other in zip(whole, base, strict=True)]
    return whole


def changed(base: Any, changes: Any) -> Any:
    """Return the data that ``changes`` was made of."""
    if isinstance(changes, dict) and isinstance(base, dict):
        return base | {k: changed(base[k], v) for k, v in changes.items()}
    if _are_rows(changes, base):
        return [changed(one, other) for one, other in zip(base, changes, strict=True)]
    return changes


def _are_rows(first: Any, second: Any) -> bool:
    """Tell whether both are lists of as many objects."""
    if not (isinstance(first, list) and isinstance(second, list)):
        return False
    is_same_length = len(first) == len(second)
    return is_same_length and all(isinstance(one, dict) for one in [*first, *second])


def _blocks_from(data: list[dict[str, Any]]) -> tuple[TextBlock, ...]:
    return tuple(TextBlock(**block) for block in data)


def _leaflet_from(data: dict[str, Any]) -> LeafletPart:
    return LeafletPart(**data | {"blocks": _blocks_from(data["blocks"])})


def _news_from(data: dict[str, Any] | None) -> NewsPart | None:
    if data is None:
        return None
    lines = tuple(NewsLine(**line) for line in data["lines"])
    return NewsPart(since=data["since"], lines=lines)


def _phase_from(data: dict[str, Any]) -> PhasePart:
    return PhasePart(**data | {"cards": tuple(map(_card_from, data["cards"]))})


def _card_from(data: dict[str, Any]) -> ExerciseCard:
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
    }
    values["pictures"] = tuple(Picture(**picture) for picture in data["pictures"])
    values["languages"] = tuple(
        (field, language) for field, language in data.get("languages", ())
    )
    if how := data.get("easier_how"):
        shown = tuple(Picture(**picture) for picture in how["pictures"])
        texts = {name: tuple(how[name]) for name in ("steps", "stop_if")}
        values["easier_how"] = Easier(**how | texts | {"pictures": shown})
    if pace := data.get("pace"):
        values["pace"] = Pace(**pace | {"repetitions": tuple(pace["repetitions"])})
    return ExerciseCard(**values)


def sha256_of(data: Any) -> str:
    """SHA-256 over canonical JSON: sorted keys, NFC text, UTF-8."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
