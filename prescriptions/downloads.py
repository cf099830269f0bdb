"""Private files as HTTP answers; the only writer of Content-Disposition."""

from typing import IO

from csp.constants import NONE
from django.http import FileResponse

from clinic.models import Patient
from prescriptions.models import Batch, Handout

# A PDF may hold script: whatever a viewer makes of it gets no origin of ours. More
# directives than these leave some viewers without the styles of their own page.
POLICY = {"sandbox": True, "frame-ancestors": [NONE]}


def pdf_response(handout: Handout, stream: IO[bytes], *, inline: bool) -> FileResponse:
    """Return the answer that shows the PDF, or saves it under an impersonal name."""
    name = f"home-program-{handout.pk.hex[:8]}.pdf"
    return _private(stream, name, "application/pdf", inline=inline)


def batch_file_response(batch: Batch, stream: IO[bytes]) -> FileResponse:
    """Return the answer that saves the one file of a batch."""
    ending = batch.file_name.rpartition(".")[2]
    name = f"handouts-{batch.pk.hex[:8]}.{ending}"
    return _private(stream, name, f"application/{ending}", inline=False)


def copy_response(patient: Patient, stream: IO[bytes]) -> FileResponse:
    """Return the answer that saves the copy of all that is kept about a patient."""
    name = f"patient-{patient.pk.hex[:8]}.zip"
    return _private(stream, name, "application/zip", inline=False)


def _private(
    stream: IO[bytes], name: str, content_type: str, *, inline: bool
) -> FileResponse:
    response = FileResponse(
        stream, as_attachment=not inline, filename=name, content_type=content_type
    )
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    # Read by django-csp in place of the policy for pages
    response._csp_config = POLICY  # type: ignore[attr-defined]
    return response
