"""A clinic's logo: judged by its content, within limits, drawn anew."""

from io import BytesIO
from typing import Any

from django import forms
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 2_000_000
MOST_PIXELS = 20_000_000
LONGEST_SIDE = 800


class LogoField(forms.FileField):
    """A picture to print; the answer is the bytes of a PNG."""

    widget = forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "PNG, JPEG or WEBP, at most 2 MB.")
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the picture as PNG, None when none was chosen."""
        upload = super().clean(data, initial)
        return as_png(upload) if upload else None


def as_png(upload: Any) -> bytes:
    """Decode a picture within the limits and encode it without anything around it."""
    if upload.size > MOST_BYTES:
        raise forms.ValidationError("This file is larger than 2 MB.")
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            return _drawn_anew(picture)
    except Image.DecompressionBombError as error:
        raise forms.ValidationError("This picture has too many pixels.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        message = "This is no PNG, JPEG or WEBP picture."
        raise forms.ValidationError(message) from error


def _drawn_anew(picture: Image.Image) -> bytes:
    # Only the head of the file has been read up to here.
    if picture.width * picture.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new("RGBA", upright.size)
    plain.paste(upright)
    png = BytesIO()
    plain.save(png, format="PNG", optimize=True)
    return png.getvalue()
