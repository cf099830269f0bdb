"""The languages of an issued revision: its own, and those frozen beside it.

Revisions issued before there were editions have their own language alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from clinic import languages
from clinic.models import ClinicText
from prescriptions import documents
from prescriptions.documents import HandoutDocument
from prescriptions.models import Edition, Program, Revision


@dataclass(frozen=True)
class Offer:
    """A language that a revision can be had in.

    ``untranslated`` counts the exercises whose steps are in another one even there.
    """

    language: str
    untranslated: int

    @property
    def name(self) -> str:
        """What speakers call the language."""
        return languages.name(self.language)


def signed_texts(program: Program) -> dict[str, dict[str, ClinicText]]:
    """Return the clinic's signed texts by language and kind."""
    found: dict[str, dict[str, ClinicText]] = defaultdict(dict)
    for text in ClinicText.objects.of_clinic(program.clinic).signed():
        found[text.language][text.kind] = text
    return dict(found)


def are_the_same(revision: Revision, further: Mapping[str, HandoutDocument]) -> bool:
    """Tell whether a revision has the same content in the same further languages."""
    kept = dict(_rows(revision).values_list("language", "content_digest"))
    new = {code: documents.content_digest(one) for code, one in further.items()}
    return kept == new


def freeze(
    revision: Revision,
    further: Mapping[str, HandoutDocument],
    *,
    on: str,
    former: Revision | None,
) -> None:
    """Keep the documents of further languages with the revision just issued."""
    before = _documents(former) if former else {}
    own = documents.from_json(former.document) if former else None
    rows = []
    for language, document in further.items():
        old = before.get(language, own)
        whole = documents.issued(
            document,
            revision=revision.number,
            on=on,
            news=documents.news_since(old, document, revision.clinic),
        )
        edition = Edition(
            clinic_id=revision.clinic_id,
            revision=revision,
            language=language,
            changes=documents.changes(documents.to_json(whole), revision.document),
            sha256=documents.digest(whole),
            content_digest=documents.content_digest(whole),
            untranslated=untranslated(whole),
        )
        rows.append(edition)
    Edition.objects.bulk_create(rows)


def _rows(revision: Revision) -> QuerySet[Edition]:
    return Edition.objects.of_clinic(revision.clinic_id).filter(revision=revision)


def _documents(revision: Revision) -> dict[str, HandoutDocument]:
    """Return what was given, by language."""
    own = documents.from_json(revision.document)
    further = {row.language: _whole(revision, row) for row in _rows(revision)}
    return {own.language: own} | further


def _whole(revision: Revision, edition: Edition) -> HandoutDocument:
    whole = documents.changed(revision.document, edition.changes)
    return documents.from_json(whole)


def untranslated(document: HandoutDocument) -> int:
    """Return how many exercises tell their steps in another language."""
    return sum("steps" in dict(card.languages) for card in document.cards)


def languages_of(revision: Revision) -> list[str]:
    """Return the languages that the revision can be had in, its own first."""
    further = _rows(revision).values_list("language", flat=True)
    return [revision.document["language"], *further]


def offers(revision: Revision) -> list[Offer]:
    """Return the languages that the revision can be had in, its own first."""
    own = documents.from_json(revision.document)
    first = Offer(own.language, untranslated(own))
    found = _rows(revision).values_list("language", "untranslated")
    return [first, *_in_order(Offer(code, count) for code, count in found)]


def _in_order(found: Iterable[Offer]) -> list[Offer]:
    places = [code for code, _ in languages.choices()]
    return sorted(found, key=lambda offer: places.index(offer.language))


def document_of(revision: Revision, language: str) -> HandoutDocument:
    """Return what was given in a language; empty stands for the revision's own.

    Raises Edition.DoesNotExist for one that it cannot be had in.
    """
    if language in {"", revision.document["language"]}:
        return documents.from_json(revision.document)
    return _whole(revision, _rows(revision).get(language=language))
