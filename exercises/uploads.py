"""Uploaded pictures: judged by their content, within limits, encoded anew."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from clinic.assets import put_asset, read_asset
from clinic.errors import Invalid

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 8_000_000
MOST_PIXELS = 30_000_000
LONGEST_SIDE = 1600
QUALITY = 85
# Lengths of pictures are in units of drawings, of which the widest has about so many
UNITS = 1000
# More colors than a drawing has: a photo, which JPEG holds in far fewer bytes
MOST_COLORS = 4096


@dataclass(frozen=True)
class Upload:
    """A stored picture: its name, and its size in the units of drawings."""

    asset: str
    width: int
    height: int


@dataclass(frozen=True)
class Encoded:
    """A picture encoded anew, not stored yet."""

    content: bytes
    ending: str
    width: int
    height: int

    @property
    def asset(self) -> str:
        """The name it will be stored under."""
        return f"{hashlib.sha256(self.content).hexdigest()}.{self.ending}"

    def store(self) -> Upload:
        """Store it."""
        name = put_asset(self.content, self.ending)
        return Upload(name, self.width, self.height)


def store_picture(upload: Any) -> Upload:
    """Store an uploaded file as a fresh JPEG or PNG without anything around it.

    Raises Invalid when it is too large, or no picture in one of ``FORMATS``.
    """
    if upload.size > MOST_BYTES:
        raise Invalid("too_large", "This file is larger than 8 MB.")
    return encode(upload).store()


def encode(file: Any) -> Encoded:
    """Encode a picture anew; raise Invalid as ``store_picture`` does."""
    try:
        with _whole_alone(), Image.open(file, formats=FORMATS) as picture:
            return _encoded(picture)
    except Image.DecompressionBombError as error:
        raise Invalid("too_large", "This picture has too many pixels.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        told = "This is no JPEG, PNG or WEBP picture."
        raise Invalid("no_picture", told) from error


def known(content: bytes) -> Encoded | None:
    """Return a picture that was encoded and stored here before, as it is."""
    bad = (Image.DecompressionBombError, UnidentifiedImageError)
    with suppress(*bad, OSError, SyntaxError, ValueError):
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            ending = "png" if picture.format == "PNG" else "jpg"
            found = _scaled(content, ending, picture.size)
        read_asset(found.asset)
        return found
    return None


@contextmanager
def _whole_alone() -> Iterator[None]:
    """Refuse half pictures: WeasyPrint, where it is loaded, lets Pillow take them."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _encoded(picture: Image.Image) -> Encoded:
    # Only the head of the file has been read up to here
    if picture.width * picture.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Paper is white, and what was transparent must not turn black on it
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    is_drawing = plain.getcolors(MOST_COLORS) is not None
    encoded = BytesIO()
    if is_drawing:
        plain.save(encoded, format="PNG", optimize=True)
    else:
        plain.save(encoded, format="JPEG", quality=QUALITY, optimize=True)
    return _scaled(encoded.getvalue(), "png" if is_drawing else "jpg", plain.size)


def _scaled(content: bytes, ending: str, size: tuple[int, int]) -> Encoded:
    width, height = (max(1, round(UNITS * side / max(size))) for side in size)
    return Encoded(content, ending, width, height)
