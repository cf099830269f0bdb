"""Pictures of exercises as HTTP answers, for the admin and for the API."""

from django.http import Http404, HttpResponse

from clinic.assets import StoredFileError, read_asset
from exercises.models import Exercise

TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}
# The name is the hash of the bytes: they never change
FOREVER = "private, max-age=31536000, immutable"


def picture_response(exercise: Exercise, name: str) -> HttpResponse:
    """Return a picture that the exercise names; any other one does not exist."""
    known = {figure.get("asset") for figure in exercise.figures}
    kind = TYPES.get(name.rpartition(".")[2])
    if name not in known or kind is None:
        raise Http404
    try:
        content = read_asset(name)
    except StoredFileError as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
