"""Pictures of exercises as HTTP answers, for the admin and for the API."""

from django.http import Http404, HttpResponse

from clinic.assets import StoredFileError, read_asset
from exercises.models import Exercise
from exercises.raster import USUAL_PIXELS, png_of

TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}
# The name is the hash of the bytes: they never change
FOREVER = "private, max-age=31536000, immutable"


def picture_response(
    exercise: Exercise, name: str, *, width: int = USUAL_PIXELS
) -> HttpResponse:
    """Return a picture that the exercise names; any other one does not exist.

    A drawn one is there as PNG too, ``width`` pixels wide.
    """
    known = {figure.get("asset") for figure in exercise.figures}
    stem, _, ending = name.rpartition(".")
    drawn = f"{stem}.svg"
    kind = TYPES.get(ending)
    is_pixels = ending == "png" and name not in known and drawn in known
    if kind is None or not (name in known or is_pixels):
        raise Http404
    try:
        content = png_of(drawn, width) if is_pixels else read_asset(name)
    except StoredFileError as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
