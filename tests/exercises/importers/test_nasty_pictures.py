"""A bad picture is left out with its reason; its exercise arrives all the same."""

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from clinic.assets import read_asset
from clinic.models import Membership
from exercises.importers import FORMATS, FileError, Files, ZipFiles, files_at
from exercises.importing import Outcome, Target, run_import
from exercises.models import Exercise
from tests.exercises.importers.samples import packed, photo

TABLE = (
    b"id,name,picture,picture_text,picture_licence,picture_attribution\n"
    b"1,Squat,squat.jpg,A squat,CC BY-SA 4.0,Kim\n"
)


def outcome_of(files: Files, by: Membership, *, apply: bool = False) -> Outcome:
    """Import the one exercise of the table."""
    target = Target(clinic=by.clinic, by=by, apply=apply)
    (outcome,) = run_import(FORMATS["csv"](files), files, target)
    return outcome


def zipped(picture: bytes) -> Files:
    return ZipFiles(io.BytesIO(packed({"table.csv": TABLE, "squat.jpg": picture})))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a part of a PNG with its length and checksum."""
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(width: int, height: int, *more: bytes) -> bytes:
    """Return a PNG of a few bytes that tells to be this large."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    parts = [
        b"\x89PNG\r\n\x1a\n",
        head,
        *more,
        chunk(b"IDAT", zlib.compress(b"\0" * 9)),
    ]
    return b"".join([*parts, chunk(b"IEND", b"")])


def huge_jpeg() -> bytes:
    """Return a photo whose head tells that it is 65,500 pixels wide and high."""
    content = bytearray(photo())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 65_500, 65_500)
    return bytes(content)


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
LONG_TEXT = chunk(b"zTXt", b"a\0\0" + zlib.compress(b" " * 90_000_000))
BAD = {
    "no picture at all": (b"", "no JPEG"),
    "a page": (b"<html><script>alert(1)</script>", "no JPEG"),
    "a drawing with a script": (SVG, "no JPEG"),
    "another kind of picture": (b"GIF89a\x01\0\x01\0\0\0\0;", "no JPEG"),
    "a ZIP": (packed({"squat.jpg": photo()}), "no JPEG"),
    "half a photo": (photo()[:300], "no JPEG"),
    "a PNG without its pixels": (png(8000, 3000), "no JPEG"),
    "a PNG that bursts": (png(100_000, 100_000), "too many pixels"),
    "a PNG just too large": (png(6_000, 6_000), "too many pixels"),
    "a JPEG that bursts": (huge_jpeg(), "too many pixels"),
    "a text that bursts": (png(9, 1, LONG_TEXT), "no JPEG"),
    "too many bytes": (
        photo() + os.urandom(8_000_000),
        "larger than 8 MB",
    ),
}


@pytest.mark.parametrize("is_printer_loaded", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_left_out_and_said_why(
    name, is_printer_loaded, practitioner, monkeypatch
):
    # As WeasyPrint sets it for a whole process, workers among them
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", is_printer_loaded)
    content, reason = BAD[name]
    outcome = outcome_of(zipped(content), practitioner)
    (told,) = outcome.reasons
    assert outcome.outcome == "created"
    assert told.startswith("Picture squat.jpg is left out: ")
    assert reason in told


def test_what_hangs_on_a_photo_is_not_stored(practitioner):
    evil = photo() + b"<script>alert(1)</script>"
    outcome_of(zipped(evil), practitioner, apply=True)
    (figure,) = Exercise.objects.of_clinic(practitioner.clinic).get().figures
    stored = read_asset(figure["asset"])
    assert b"<script" not in stored
    assert (figure["licence"], figure["attribution"]) == ("CC BY-SA 4.0", "Kim")


def in_folder(at: Path) -> Path:
    """Return a folder with the table, and no picture yet."""
    folder = at / "given"
    folder.mkdir()
    (folder / "table.csv").write_bytes(TABLE)
    return folder


def test_a_picture_that_is_a_link_to_elsewhere_is_left_out(tmp_path, practitioner):
    (tmp_path / "secret.jpg").write_bytes(photo())
    folder = in_folder(tmp_path)
    (folder / "squat.jpg").symlink_to(tmp_path / "secret.jpg")
    told = " ".join(outcome_of(files_at(folder), practitioner).reasons)
    assert "leads out of the folder" in told


def test_a_picture_that_is_a_pipe_stops_nobody(tmp_path, practitioner):
    folder = in_folder(tmp_path)
    os.mkfifo(folder / "squat.jpg")
    told = " ".join(outcome_of(files_at(folder), practitioner).reasons)
    assert "is no file" in told


@pytest.mark.requirement("I8")
def test_a_picture_may_not_be_told_by_a_way_out(tmp_path, practitioner):
    (tmp_path / "squat.jpg").write_bytes(photo())
    folder = in_folder(tmp_path)
    (folder / "table.csv").write_bytes(TABLE.replace(b"squat.jpg", b"../squat.jpg"))
    told = " ".join(outcome_of(files_at(folder), practitioner).reasons)
    assert "is not among the files" in told


# ZIPs


def patched(content: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """Return the ZIP with other bytes so far behind each mark."""
    changed, place = bytearray(content), content.find(mark)
    while place >= 0:
        changed[place + at : place + at + len(value)] = value
        place = content.find(mark, place + 1)
    return bytes(changed)


CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
TWO = packed({"a.csv": TABLE, "b.csv": TABLE})
BAD_ZIPS = {
    "twice the same name": (TWO.replace(b"b.csv", b"a.csv"), "stands twice"),
    "more than anybody needs": (
        patched(TWO, CENTRAL, 20, struct.pack("<II", 4_000_000, 300_000_000)),
        "more than 500 MB",
    ),
    "an odd way to pack": (
        patched(patched(TWO, CENTRAL, 10, b"\x0e\0"), LOCAL, 8, b"\x0e\0"),
        "not known here",
    ),
    "a way out of Windows": (packed({"..\\a.csv": TABLE}), "leads out"),
    "a name with a NUL": (
        packed({"a_b.csv": TABLE}).replace(b"a_b.csv", b"..\0.csv"),
        "leads out|no CSV|0",
    ),
}


@pytest.mark.parametrize("name", BAD_ZIPS)
def test_a_bad_zip_is_refused_as_a_whole(name):
    content, reason = BAD_ZIPS[name]
    with pytest.raises(FileError, match=reason):
        FORMATS["csv"](ZipFiles(io.BytesIO(content)))


@pytest.mark.requirement("I8")
def test_a_zip_of_too_many_files_is_refused():
    many = packed({f"{number}": b"" for number in range(20_001)})
    with pytest.raises(FileError, match="More than 20,000 files"):
        ZipFiles(io.BytesIO(many))


def test_a_photo_in_a_folder_is_taken(tmp_path, practitioner):
    folder = in_folder(tmp_path)
    Image.new("RGB", (40, 30), "navy").save(folder / "squat.jpg")
    outcome = outcome_of(files_at(folder), practitioner)
    assert (outcome.outcome, outcome.reasons) == ("created", ())
