"""Turn a handout's document into the bytes of a PDF.

``render`` is pure: no database, no clock, no network. One direction inside:
``engine`` (the only user of WeasyPrint, imported late) on ``replay``, and both it and
``page`` on ``arrangement``, ``coverage`` and ``gates``; ``separators`` on ``page``.
"""

from collections.abc import Mapping, Sequence
from types import ModuleType

from prescriptions.documents import HandoutSpec
from prescriptions.models import FailureCode
from prescriptions.pdf.coverage import unprintable
from prescriptions.pdf.gates import Rendered, RenderError, check_html, check_pdf
from prescriptions.pdf.page import LINK_PICTURE, html, link_picture
from prescriptions.pdf.separators import Separator, separators_html
from prescriptions.pdf.version import template_version

__all__ = [
    "RenderError",
    "Rendered",
    "Separator",
    "html",
    "prepare",
    "render",
    "render_separators",
    "template_version",
    "unprintable",
    "warm_up",
]


def render(spec: HandoutSpec, assets: Mapping[str, bytes]) -> Rendered:
    """Return the PDF of a handout; raise RenderError when it cannot be made.

    ``assets`` holds the bytes of ``spec.document.assets`` by name.
    """
    missing = [name for name in spec.document.assets if not assets.get(name)]
    if missing:
        raise RenderError(
            FailureCode.PICTURE_MISSING, permanent=True, detail=", ".join(missing)
        )
    page = html(spec)
    check_html(page)
    pictures = dict(assets)
    if spec.link:
        pictures[LINK_PICTURE] = link_picture(spec.link)
    rendered: Rendered = _engine().print_pdf(page, pictures)
    check_pdf(rendered)
    return rendered


def render_separators(
    sheets: Sequence[Separator], *, clinic: str, paper: str
) -> Rendered:
    """Return one page for each sheet; raise RenderError when they cannot be made."""
    page = separators_html(sheets, clinic=clinic, paper=paper)
    rendered: Rendered = _engine().print_pdf(page, {})
    return rendered


def warm_up() -> None:
    """Load WeasyPrint and the fonts, so that forked children start at once."""
    _engine().warm_up()


def prepare(assets: Mapping[str, bytes]) -> None:
    """Record the figures among the assets in this process, before children are forked.

    Nothing but drawings of our own kind is looked at.
    """
    _engine().prepare(assets)


def _engine() -> ModuleType:
    # WeasyPrint costs a process 0.7 s and 38 MB; web processes never print.
    from prescriptions.pdf import engine  # noqa: PLC0415 (see above)

    return engine
