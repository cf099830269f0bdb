"""A rendered handout as an HTTP answer; the only writer of Content-Disposition."""

from typing import BinaryIO

from csp.constants import NONE
from django.http import FileResponse

from prescriptions.models import Handout

# A PDF may hold script: whatever a viewer makes of it gets no origin of ours. More
# directives than these leave some viewers without the styles of their own page.
POLICY = {"sandbox": True, "frame-ancestors": [NONE]}


def pdf_response(handout: Handout, stream: BinaryIO, *, inline: bool) -> FileResponse:
    """Return the answer that shows the PDF, or saves it under an impersonal name."""
    response = FileResponse(
        stream,
        as_attachment=not inline,
        filename=f"home-program-{handout.pk.hex[:8]}.pdf",
        content_type="application/pdf",
    )
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    # Read by django-csp in place of the policy for pages
    response._csp_config = POLICY  # type: ignore[attr-defined]
    return response
