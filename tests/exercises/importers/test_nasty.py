"""Hostile and broken files are refused with a reason, never half taken."""

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from exercises.importers import FORMATS, FileError, RowError, files_at
from exercises.imports import files_of
from tests.exercises.importers.samples import FREE, as_bytes, packed


def row(**values: Any) -> bytes:
    return as_bytes([FREE[0] | values])


def linked() -> bytes:
    """A ZIP with a link that leads out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as bundle:
        entry = zipfile.ZipInfo("exercises.json")
        entry.external_attr = 0o120777 << 16
        bundle.writestr(entry, "/etc/passwd")
    return stream.getvalue()


def locked() -> bytes:
    """A ZIP that says that it is encrypted."""
    content = bytearray(packed({"exercises.json": b"[]"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark) + flags
        content[at : at + 2] = struct.pack("<H", 1)
    return bytes(content)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "no rows": (b"[]", "no exercise"),
    "no JSON": (b"{", "no JSON"),
    "half of it": (as_bytes(FREE)[:300], "no JSON"),
    "other bytes": (b'["\xff\xfe"]', "UTF-8"),
    "nested": (b"[" * 100_000 + b"]" * 100_000, "deep|parts"),
    "a long number": (b'[{"name": 1' + b"0" * 5000 + b"}]", "number"),
    "no number": (b'[{"name": NaN}]', "NaN"),
    "another file": (b'[{"a": 1}]', "no file of free-exercise-db"),
    "a page": (b"<html>", "no JSON"),
    "half a ZIP": (packed({"exercises.json": b"[]"})[:40], "ZIP"),
    "a way out": (packed({"../exercises.json": b"[]"}), "leads out"),
    "an absolute name": (packed({"/exercises.json": b"[]"}), "leads out"),
    "a drive": (packed({"c:/exercises.json": b"[]"}), "leads out"),
    "a link": (linked(), "is a link"),
    "a password": (locked(), "password"),
    "a bomb": (packed({"exercises.json": b"[" + b" " * 40_000_000}), "burst|larger"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_whole_file_is_refused_with_its_reason(name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(FileError, match=reason):
        FORMATS["free-exercise-db"](files_of(content))


WRONG_ROWS: dict[str, tuple[Any, str]] = {
    "no mapping": ([FREE[0], 7], "mapping|fields"),
    "no id": ([FREE[0] | {"id": ""}], "id"),
    "an odd id": ([FREE[0] | {"id": {"$ne": 1}}], "id"),
    "no name": ([FREE[0] | {"name": None}], "name"),
    "a long name": ([FREE[0] | {"name": "n" * 101}], "name"),
    "a long step": ([FREE[0] | {"instructions": ["s" * 1001]}], "instructions"),
    "steps of numbers": ([FREE[0] | {"instructions": [1, 2]}], "instructions"),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_a_wrong_row_loses_only_itself(name: str) -> None:
    data, field = WRONG_ROWS[name]
    rows = FORMATS["free-exercise-db"](files_of(as_bytes([*data, FREE[1]])))
    with pytest.raises(RowError, match=field):
        for _, one in rows.items[:-1]:
            rows.build(one)
    assert rows.build(rows.items[-1][1]).name == "Sled Push"


@pytest.mark.requirement("I2")
def test_markup_scripts_and_hidden_letters_do_not_arrive() -> None:
    step = (
        "<script>alert(1)</script><b onclick='x()'>Lift</b> &lt;i&gt;\u202eup\u200b "
        "[slowly](javascript:alert(1)) <img src=x onerror=alert(1)>"
    )
    rows = FORMATS["free-exercise-db"](files_of(row(instructions=[step, "Lower."])))
    texts = rows.build(rows.items[0][1]).texts["en"]
    told = " ".join((texts.start, *texts.steps))
    assert "Lift" in told
    assert "slowly" in told
    for part in ("script", "onclick", "onerror", "javascript", "\u202e", "\u200b"):
        assert part not in told


@pytest.mark.parametrize("path", ["../secret.jpg", "/etc/passwd", "a/../../x.jpg"])
def test_pictures_are_looked_for_below_the_folder_alone(
    path: str, tmp_path: Path
) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xff")
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "exercises.json").write_bytes(row(images=[path]))
    rows = FORMATS["free-exercise-db"](files_at(folder))
    built = rows.build(rows.items[0][1])
    assert built.pictures == ()
    assert any("not among the files" in told for told in built.unmapped)


@pytest.mark.requirement("I8")
def test_a_link_in_a_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(as_bytes(FREE))
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "exercises.json").symlink_to(secret)
    with pytest.raises(FileError, match="leads out"):
        FORMATS["free-exercise-db"](files_at(folder))


@pytest.mark.requirement("I8")
def test_a_lying_size_does_not_unpack_more_than_allowed() -> None:
    content = packed({"exercises.json": b" " * 2_000_000})
    # Tells 10 bytes where two million are packed
    at = content.index(b"PK\x01\x02") + 24
    lying = content[:at] + struct.pack("<I", 10) + content[at + 4 :]
    with pytest.raises(FileError):
        FORMATS["free-exercise-db"](files_of(lying))


def test_the_older_file_of_everkinetic_says_which_one_to_give() -> None:
    old = as_bytes([{"id": 1, "id_num": "0001", "id_hex": "1", "title": "x"}])
    with pytest.raises(FileError, match=r"dist/exercises\.json"):
        FORMATS["everkinetic"](files_of(old))


def test_a_bundle_of_a_later_schema_is_refused() -> None:
    manifest = json.dumps({"format": "catcamel-exercises", "schema": 999}).encode()
    with pytest.raises(FileError):
        FORMATS["catcamel"](files_of(packed({"manifest.json": manifest})))
