"""What stops a handout: errors with their codes, and the bounds around a render."""

from dataclasses import dataclass

from prescriptions.models import FailureCode
from prescriptions.pdf.coverage import unprintable

MAX_HTML_CHARACTERS = 1_000_000
MAX_PAGES = 60
MAX_BYTES = 25_000_000


class RenderError(Exception):
    """A handout could not be made; ``permanent`` when trying again cannot help.

    ``detail`` is for logs and holds nothing of the document.
    """

    def __init__(self, code: FailureCode, *, permanent: bool, detail: str = "") -> None:
        """Keep code, whether it is permanent, and the detail."""
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.permanent = permanent
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A PDF and the number of its pages."""

    pdf: bytes
    pages: int


def check_html(html: str) -> None:
    """Refuse what is too long, or needs a letter that no shipped font holds."""
    if len(html) > MAX_HTML_CHARACTERS:
        raise _too_large(f"{len(html)} characters")
    if strange := unprintable(html):
        points = ", ".join(f"U+{ord(letter):04X}" for letter in strange[:10])
        raise RenderError(FailureCode.BAD_CONTENT, permanent=True, detail=points)


def check_pdf(rendered: Rendered) -> None:
    """Refuse what is no PDF or passes the bounds."""
    if not rendered.pdf.startswith(b"%PDF-") or rendered.pages < 1:
        raise RenderError(FailureCode.UNKNOWN, permanent=False, detail="not a PDF")
    if rendered.pages > MAX_PAGES:
        raise _too_large(f"{rendered.pages} pages")
    if len(rendered.pdf) > MAX_BYTES:
        raise _too_large(f"{len(rendered.pdf)} bytes")


def _too_large(detail: str) -> RenderError:
    return RenderError(FailureCode.TOO_LARGE, permanent=True, detail=detail)
