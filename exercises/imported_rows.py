"""An imported exercise as rows: checked, with its pictures, compared by digest."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError

from clinic import languages
from clinic.errors import DomainError
from clinic.models import Clinic
from exercises import pictures, uploads
from exercises.catalog import judge
from exercises.dosage import Dosage, to_mapping
from exercises.importers import (
    FileError,
    Files,
    Former,
    ImportedExercise,
    Picture,
    RowError,
    Texts,
)
from exercises.licences import is_known
from exercises.models import Exercise, ExerciseTranslation
from exercises.models.exercise import DRAWN, TEXTS
from exercises.own import check_video

SPOKEN = (*TEXTS, "also_called", "licence", "attribution")
COLUMNS = (
    *("language", *SPOKEN, "category", "regions", "muscles", "position", "direction"),
    *("equipment", "stages", "difficulty", "cautions", "contraindications"),
    *("dosage_source", "easier", "harder", "video_url", "source"),
)
# What a draft may lack, and has before it is put into use
MAY_LACK = {
    "start": "There is no start position: write it.",
    "steps": "There are no steps: write them.",
}
POSE_ERRORS = (
    *(TypeError, ValueError, KeyError, IndexError, AttributeError),
    *(ArithmeticError, RecursionError),
)
Figures = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An exercise ready to be stored; ``told`` are sentences for the report."""

    imported: ImportedExercise
    columns: Mapping[str, Any]
    figures: Figures
    translations: Mapping[str, Mapping[str, Any]]
    former: tuple[tuple[int, dict[str, Any]], ...]
    review_notes: list[str]
    told: tuple[str, ...]

    def fill(self, row: Exercise) -> Exercise:
        """Put the content into a row, unsaved."""
        for name, value in self.columns.items():
            setattr(row, name, value)
        row.dosage = self.imported.dosage
        row.figures = self.figures
        row.review_notes = self.review_notes
        return row

    def digest_over(self, row: Exercise | None) -> str:
        """Return the digest that the row will have, with translations it keeps."""
        kept = translations_of(row) if row else {}
        return _digest(
            self.columns,
            self.imported.dosage,
            self.figures,
            {**kept, **self.translations},
        )


def digest_of(row: Exercise) -> str:
    """Return the digest of a row's content: what an import sets, as it stands now."""
    columns = {name: getattr(row, name) for name in COLUMNS}
    return _digest(columns, row.dosage, row.figures, translations_of(row))


def translations_of(row: Exercise) -> dict[str, Mapping[str, Any]]:
    """Return the translations that belong to the row's clinic, by language."""
    told = [x for x in row.translations.all() if x.clinic_id == row.clinic_id]
    return {one.language: {name: getattr(one, name) for name in SPOKEN} for one in told}


def _digest(
    columns: Mapping[str, Any],
    dosage: Dosage,
    figures: Figures,
    translations: Mapping[str, Mapping[str, Any]],
) -> str:
    content = {
        "columns": columns,
        "dosage": to_mapping(dosage),
        "figures": [_told(figure) for figure in figures],
        "translations": translations,
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _told(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return a picture without what the code of today makes of it."""
    bare = {key: value for key, value in figure.items() if key not in DRAWN}
    if pictures.is_upload(dict(figure)) and "original" not in figure:
        bare["asset"] = figure.get("asset")
    return bare


def prepare(
    imported: ImportedExercise,
    files: Files,
    *,
    clinic: Clinic | None,
    unlicensed_pictures: bool,
    store: bool,
) -> Prepared:
    """Return the exercise as rows; its pictures are stored only when ``store`` says so.

    Raises RowError with all that is wrong.
    """
    language, texts, told = _known_languages(imported)
    faults: list[str] = []
    # A bundle's pictures are its clinic's own unless it tells otherwise
    unlicensed = unlicensed_pictures or bool(imported.slug)
    reader = _Pictures(files, bool(imported.slug), unlicensed, store)
    figures = reader.read(imported.pictures, faults)
    own = texts.pop(language)
    columns = _columns(imported, own, language, faults)
    translations = {code: _spoken(one) for code, one in texts.items()}
    notes = list(dict.fromkeys(imported.review_notes))
    faults += _faults(columns, imported.dosage, figures, clinic, notes)
    for code, spoken in translations.items():
        faults += _translation_faults(code, spoken)
    former = tuple(
        (one.version, _former(one, reader.read(one.pictures, faults)))
        for one in imported.former
        if one.version < imported.version
    )
    if faults:
        raise RowError(faults, imported.source_id, imported.name)
    return Prepared(
        imported=imported,
        columns=columns,
        figures=figures,
        translations=translations,
        former=former,
        review_notes=notes,
        told=(*imported.unmapped, *told, *reader.told),
    )


def _known_languages(
    imported: ImportedExercise,
) -> tuple[str, dict[str, Texts], list[str]]:
    """Return main language and texts, as far as patients here can choose them."""
    spoken = dict(languages.choices())
    known = {code: one for code, one in imported.texts.items() if code in spoken}
    gone = sorted(imported.texts.keys() - known)
    if not known:
        told = f"language: {', '.join(gone)} is not spoken by this installation."
        raise RowError([told], imported.source_id, imported.name)
    left = [f"The text in {code} is left out: not a language here." for code in gone]
    main = imported.language if imported.language in known else next(iter(known))
    return main, known, left


def _spoken(texts: Texts) -> dict[str, Any]:
    values = {name: getattr(texts, name) for name in SPOKEN}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def _columns(
    imported: ImportedExercise, own: Texts, language: str, faults: list[str]
) -> dict[str, Any]:
    rest = {
        name: getattr(imported, name)
        for name in COLUMNS
        if name not in {*SPOKEN, "language", "source"}
    }
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in rest.items()}
    if imported.video_url:
        try:
            check_video(imported.video_url)
        except DomainError as error:
            faults.append(f"video_url: {error.message}")
        except ValueError:
            faults.append("video_url: This is no address.")
    return {
        **plain,
        **_spoken(own),
        "language": language,
        "source": imported.origin,
    }


def _faults(
    columns: Mapping[str, Any],
    dosage: Dosage,
    figures: Figures,
    clinic: Clinic | None,
    notes: list[str],
) -> list[str]:
    """Return what the model refuses; what a draft may lack becomes a note."""
    row = Exercise(clinic=clinic, slug="imported", figures=figures, **columns)
    row.dosage = dosage
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        found = error.message_dict
    else:
        return []
    for name in MAY_LACK.keys() & found.keys():
        if not columns[name]:
            del found[name]
            if MAY_LACK[name] not in notes:
                notes.append(MAY_LACK[name])
    return [f"{name}: {' '.join(told)}" for name, told in sorted(found.items())]


def _translation_faults(code: str, spoken: Mapping[str, Any]) -> list[str]:
    row = ExerciseTranslation(language=code, **spoken)
    try:
        row.full_clean(
            exclude=["exercise", "clinic"],
            validate_unique=False,
            validate_constraints=False,
        )
    except ValidationError as error:
        found = sorted(error.message_dict.items())
        return [f"texts.{code}.{name}: {' '.join(told)}" for name, told in found]
    return []


def _former(former: Former, figures: Figures) -> dict[str, Any]:
    """Return the content of an older version as rows of versions hold it."""
    texts = {code: _spoken(one) for code, one in former.texts.items()}
    own = texts.pop(former.language)
    kept = {
        code: {name: texts[code][name] for name in (*TEXTS, "licence", "attribution")}
        | {
            "id": str(uuid4()),
            "version": max(former.texts[code].version, 1),
            "of_version": max(former.texts[code].of_version, 1),
        }
        for code in texts
    }
    return {
        "language": former.language,
        **{name: own[name] for name in TEXTS},
        "licence": own["licence"],
        "attribution": own["attribution"],
        "equipment": list(former.equipment),
        "cautions": list(former.cautions),
        "contraindications": list(former.contraindications),
        "video_url": former.video_url,
        "figures": figures,
        "translations": kept,
    }


class _Pictures:
    """Reads, checks and maybe stores the pictures of one exercise."""

    def __init__(
        self, files: Files, is_bundle: bool, unlicensed: bool, store: bool
    ) -> None:
        self.files, self.is_bundle, self.store = files, is_bundle, store
        self.unlicensed = unlicensed
        self.told: list[str] = []

    def read(self, wanted: Iterable[Picture], faults: list[str]) -> Figures:
        """Return the figures of an exercise in their order; add what is wrong."""
        given = list(wanted)
        poses = [dict(one.pose) for one in given if one.pose is not None]
        drawn = iter(self._drawn(poses, faults))
        found: Figures = []
        for one in given:
            figure = next(drawn, None) if one.pose is not None else self._file(one)
            if figure is not None:
                found.append(figure)
        return found

    def _drawn(self, poses: Figures, faults: list[str]) -> Figures:
        try:
            blocking = [fault for fault in judge(poses).faults if fault.blocks]
            if not blocking and poses and self.store:
                return pictures.draw_and_store(poses, "figures")
        except POSE_ERRORS:
            faults.append("figures: A pose cannot be drawn.")
            return []
        faults += [f"figures.{one.figure}.{one.field}: {one.text}" for one in blocking]
        return poses

    def _file(self, picture: Picture) -> dict[str, Any] | None:
        name = picture.path.rpartition("/")[2][:100]
        if not picture.licence and not self.unlicensed:
            self.told.append(f"Picture {name} is left out: no licence is told.")
            return None
        try:
            content = self.files.read(picture.path, uploads.MOST_BYTES)
            encoded = uploads.known(content) or uploads.encode(BytesIO(content))
        except (FileError, DomainError) as error:
            self.told.append(f"Picture {name} is left out: {error}")
            return None
        if picture.licence and not is_known(picture.licence):
            self.told.append(f"The licence “{picture.licence}” is not known here.")
        if self.store:
            encoded.store()
        figure: dict[str, Any] = {
            "asset": encoded.asset,
            "width": encoded.width,
            "height": encoded.height,
            "description": dict(picture.description),
            "caption": dict(picture.caption),
        }
        digest = "" if self.is_bundle else sha256(content).hexdigest()
        if original := picture.original or digest:
            figure["original"] = original
        for key in ("licence", "attribution"):
            if value := getattr(picture, key):
                figure[key] = value
        return figure
