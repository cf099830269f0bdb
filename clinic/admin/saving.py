"""Tables as files to save."""

from io import BytesIO

from django.http import FileResponse


def csv_response(content: bytes, name: str) -> FileResponse:
    """Return the answer that saves a table under an impersonal name."""
    response = FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename=f"{name}.csv",
        content_type="text/csv; charset=utf-8",
    )
    response["Cache-Control"] = "no-store"
    return response
