"""Bundles of exercises: JSON and pictures in a ZIP that imports back without loss.

The same exercises give the same bytes: entries are sorted and bear no time.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from clinic.assets import StoredFileError, read_asset
from clinic.errors import Conflict
from exercises import pictures
from exercises.dosage import to_mapping
from exercises.imported_rows import SPOKEN
from exercises.importers.catcamel import (
    EXERCISES,
    FORMAT,
    MANIFEST,
    PICTURES,
    SCHEMA,
    SOURCE,
)
from exercises.models import Exercise, ExerciseTranslation, ExerciseVersion
from exercises.models.exercise import TEXTS

# ZIP knows no earlier moment
EPOCH = (1980, 1, 1, 0, 0, 0)
FACETS = (
    *("category", "regions", "muscles", "position", "direction", "equipment"),
    *("stages", "difficulty", "cautions", "contraindications", "dosage_source"),
    *("easier", "harder", "video_url", "review_notes", "slug", "cloned_from"),
    *("language", "version"),
)
KEPT = ("equipment", "cautions", "contraindications", "video_url")


def write_bundle(exercises: Iterable[Exercise], to: BinaryIO) -> int:
    """Write the exercises as a ZIP; return how many there are.

    They come with their translations, older versions and pictures from files; drawn
    ones are told by their pose. Raises Conflict when a picture is not there.
    """
    rows = sorted(exercises, key=lambda one: (one.slug, str(one.pk)))
    entries = [_entry(row) for row in rows]
    names = sorted({name for entry in entries for name in _files_of(entry)})
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "schema": SCHEMA,
        "count": len(entries),
        "pictures": len(names),
    }
    with zipfile.ZipFile(to, "w") as bundle:
        data = _json(entries)
        manifest["sha256"] = hashlib.sha256(data).hexdigest()
        _add(bundle, MANIFEST, _json(manifest))
        _add(bundle, EXERCISES, data)
        for name in names:
            _add(bundle, name, _picture(name))
    return len(entries)


def with_parts(rows: Any) -> Any:
    """Return a queryset of exercises with all that a bundle holds of them."""
    return rows.prefetch_related("translations", "versions")


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    is_picture = name.startswith(PICTURES)
    entry.compress_type = zipfile.ZIP_STORED if is_picture else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    bundle.writestr(entry, content)


def _json(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _picture(name: str) -> bytes:
    asset = name.removeprefix(f"{PICTURES}/")
    try:
        return read_asset(asset)
    except StoredFileError as error:
        told = f"The picture {asset} is missing: restore it from the backup."
        raise Conflict("picture_missing", told) from error


def _files_of(entry: Mapping[str, Any]) -> Iterable[str]:
    for one in (entry, *entry["former"]):
        for figure in one["figures"]:
            if "file" in figure:
                yield figure["file"]


def _entry(row: Exercise) -> dict[str, Any]:
    facets = {name: getattr(row, name) for name in FACETS}
    told: list[ExerciseTranslation] = [
        one for one in row.translations.all() if one.clinic_id == row.clinic_id
    ]
    return {
        **facets,
        "id": row.import_id or str(row.pk),
        "source": row.import_source or SOURCE,
        "origin": row.source,
        "dosage": to_mapping(row.dosage),
        "texts": {
            row.language: _spoken(row),
            **{
                one.language: _spoken(one)
                | {"version": one.version, "of_version": one.of_version}
                for one in told
            },
        },
        "figures": [_figure(figure) for figure in row.figures],
        "former": [_former(one) for one in row.versions.all()],
    }


def _spoken(row: Exercise | ExerciseTranslation) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SPOKEN}


def _former(row: ExerciseVersion) -> dict[str, Any]:
    content: Mapping[str, Any] = row.content
    own = {name: content[name] for name in (*TEXTS, "licence", "attribution")}
    told = {
        code: {name: one[name] for name in (*TEXTS, "version", "of_version")}
        | {name: one.get(name, "") for name in ("licence", "attribution")}
        for code, one in content.get("translations", {}).items()
    }
    return {
        "version": row.version,
        "language": content["language"],
        "texts": {content["language"]: own, **told},
        **{name: content[name] for name in KEPT},
        "figures": [_figure(figure) for figure in content["figures"]],
    }


def _figure(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a pose as its author wrote it, or a file with its words."""
    if not pictures.is_upload(figure):
        return pictures.pose_data([figure])[0]
    words = {
        key: figure[key]
        for key in ("description", "caption", "licence", "attribution", "original")
        if figure.get(key)
    }
    return {**words, "file": f"{PICTURES}/{figure['asset']}"}
