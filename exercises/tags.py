"""Closed lists of the library: vocabulary, tags and what a tag implies."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

VOCABULARY = Path(__file__).parent / "vocabulary.yaml"
TRANSLATIONS = "vocabulary.*.yaml"
TAG_KINDS = ("exercise", "system", "leaflet")
# A patient's tags as forms group them; those of the system are no flags.
FLAG_GROUPS = {"exercise": "For exercises", "leaflet": "For leaflets"}
LONGEST_TEXT = 1000
MOST_TEXTS = 30


class VocabularyError(ValueError):
    """The vocabulary file itself is wrong."""


@dataclass(frozen=True)
class Tag:
    """A clinical tag: what people read, who may carry it, what it stands for too."""

    label: str
    kind: str
    implies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """All closed lists; ``terms`` maps a field to its terms with their labels."""

    terms: Mapping[str, Mapping[str, str]]
    synonyms: tuple[tuple[str, ...], ...]
    tags: Mapping[str, Tag]


def read_vocabulary(path: Path) -> Vocabulary:
    """Read and check the lists; raise ``VocabularyError`` when they are unsound."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or set(data) != {"terms", "synonyms", "tags"}:
        raise VocabularyError("The vocabulary has terms, synonyms and tags.")
    tags = {name: _tag(name, entry) for name, entry in data["tags"].items()}
    if lost := {t for tag in tags.values() for t in tag.implies} - set(tags):
        raise VocabularyError(f"Implied tags that do not exist: {sorted(lost)}.")
    synonyms = tuple(tuple(group) for group in data["synonyms"])
    return Vocabulary(terms=_labels(data["terms"]), synonyms=synonyms, tags=tags)


@cache
def vocabulary() -> Vocabulary:
    """Return the lists of this installation, read once."""
    return read_vocabulary(VOCABULARY)


def read_translation(path: Path, known: Vocabulary) -> tuple[str, Mapping[str, str]]:
    """Read one ``vocabulary.<language>.yaml``; return its language and labels.

    Raises ``VocabularyError`` for a wrong file and for names that do not exist.
    """
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or set(data) != {"language", "labels"}:
        raise VocabularyError(f"{path.name} has language and labels.")
    if path.name != f"vocabulary.{data['language']}.yaml":
        raise VocabularyError(f"{path.name} is for the language {data['language']}.")
    labels = _labels({path.name: data["labels"]})[path.name]
    if lost := set(labels).difference(known.tags, *known.terms.values()):
        raise VocabularyError(f"{path.name}: unknown names: {sorted(lost)}.")
    return data["language"], labels


@cache
def translations() -> Mapping[str, Mapping[str, str]]:
    """Return language -> name -> label of what is translated, read once."""
    files = VOCABULARY.parent.glob(TRANSLATIONS)
    return dict(read_translation(path, vocabulary()) for path in files)


def flag_choices() -> list[tuple[str, str]]:
    """Return tag and label of each flag that a patient may carry."""
    return [
        (name, tag.label)
        for name, tag in vocabulary().tags.items()
        if tag.kind in FLAG_GROUPS
    ]


def flag_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the flags of a patient by what they matter for, each group in order."""
    tags = vocabulary().tags.items()
    flags = {
        heading: [(name, tag.label) for name, tag in tags if tag.kind == kind]
        for kind, heading in FLAG_GROUPS.items()
    }
    return [
        (heading, sorted(group, key=lambda flag: flag[1].casefold()))
        for heading, group in flags.items()
    ]


def term_choices(field: str) -> list[tuple[str, str]]:
    """Return term and label of each value that the field may have."""
    return list(vocabulary().terms[field].items())


def label(name: str, language: str = "en") -> str:
    """Return the word for a term or tag, in English where it is not translated.

    A retired one is made readable. ``label_languages`` tells what there is.
    """
    if word := translations().get(language, {}).get(name):
        return word
    lists = vocabulary()
    if name in lists.tags:
        return lists.tags[name].label
    found = (terms[name] for terms in lists.terms.values() if name in terms)
    return next(found, name.replace("_", " ").capitalize())


def label_languages(name: str) -> frozenset[str]:
    """Return the languages that the term or tag has a word in."""
    spoken = [code for code, labels in translations().items() if name in labels]
    return frozenset({"en", *spoken})


def unknown_tags(tags: Iterable[Any]) -> list[str]:
    """Return the tags that are not in the closed list."""
    known = vocabulary().tags
    return [str(t) for t in tags if not isinstance(t, str) or t not in known]


def implied(tags: Iterable[str]) -> frozenset[str]:
    """Return the tags with all that they stand for, themselves among them."""
    known, found, waiting = vocabulary().tags, set[str](), list(tags)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(known[name].implies if name in known else ())
    return frozenset(found)


def term_errors(values: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> sentence for values outside the vocabulary.

    Only the fields that are there are judged. Values of a wrong type are faults
    like any other.
    """
    faults = {
        field: check(field, values[field])
        for field, check in CHECKS.items()
        if field in values
    }
    return {field: fault for field, fault in faults.items() if fault}


def _tag(name: str, entry: Any) -> Tag:
    try:
        tag = Tag(**{**entry, "implies": tuple(entry.get("implies", ()))})
    except (TypeError, AttributeError) as error:
        raise VocabularyError(f"Tag {name}: {error}") from error
    if tag.kind not in TAG_KINDS:
        raise VocabularyError(f"Tag {name}: kind is one of {', '.join(TAG_KINDS)}.")
    return tag


def _labels(terms: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Refuse what YAML guessed: an unquoted yes, a number, a date."""
    for field, labels in terms.items():
        if not all(isinstance(text, str) for pair in labels.items() for text in pair):
            raise VocabularyError(f"{field}: terms and labels are texts.")
    return terms


def _term(field: str, value: Any) -> str:
    known = vocabulary().terms[field]
    if isinstance(value, str) and value in known:
        return ""
    return f"“{value}” is not one of {', '.join(known)}."


def _terms(field: str, values: Any) -> str:
    if fault := _texts(field, values):
        return fault
    faults = (_term(field, value) for value in values)
    if fault := next((fault for fault in faults if fault), ""):
        return fault
    return "" if len(set(values)) == len(values) else "Each one only once."


def _texts(field: str, values: Any) -> str:
    if not isinstance(values, list):
        return "Give a list of texts."
    if not all(isinstance(value, str) and value.strip() for value in values):
        return "Each entry is a text that is not empty."
    if any(len(value) > LONGEST_TEXT for value in values):
        return f"Each entry has at most {LONGEST_TEXT:,} characters."
    return "" if len(values) <= MOST_TEXTS else f"At most {MOST_TEXTS} entries."


def _steps(field: str, values: Any) -> str:
    return _texts(field, values) if values else "Give at least one step."


def _difficulty(field: str, value: Any) -> str:
    sound = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5
    return "" if sound else "Give a number from 1 (very easy) to 5 (hard)."


CHECKS: dict[str, Callable[[str, Any], str]] = {
    "category": _term,
    "regions": _terms,
    "position": _term,
    "direction": _term,
    "equipment": _terms,
    "stages": _terms,
    "difficulty": _difficulty,
    "steps": _steps,
    "also_called": _texts,
    "muscles": _texts,
    "mistakes": _texts,
    "stop_if": _texts,
}
