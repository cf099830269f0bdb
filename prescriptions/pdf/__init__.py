"""Turn a handout's document into the bytes of a PDF.

``render`` is pure: no database, no clock, no network. One direction inside: ``page``
lays out by ``composition``, which fills pages with the blocks of ``blocks``, ``cards``,
``tables``, ``advice`` and ``chart``; all of them measure with ``ruler`` on a ``sheet``,
which ``style`` turns into rules. ``engine`` (the only user of WeasyPrint, imported
late) prints with ``replay``; ``sample`` is what it prints to warm up.
"""

import gc
from collections.abc import Mapping, Sequence
from types import ModuleType

from prescriptions.documents import HandoutSpec
from prescriptions.models import FailureCode
from prescriptions.pdf import sample
from prescriptions.pdf.coverage import font, unprintable
from prescriptions.pdf.gates import Rendered, RenderError, check_html, check_pdf
from prescriptions.pdf.page import (
    Laid,
    html,
    lay_out,
    made_pictures,
    qr_addresses,
    qr_code,
    sheet_from,
)
from prescriptions.pdf.separators import Separator, separators_html
from prescriptions.pdf.style import screen_css
from prescriptions.pdf.version import template_version

__all__ = [
    "RenderError",
    "Rendered",
    "Separator",
    "font",
    "html",
    "lay_out",
    "qr_addresses",
    "qr_code",
    "render",
    "render_separators",
    "screen_css",
    "sheet_from",
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
    pictures = {**assets, **made_pictures(spec)}
    laid = lay_out(spec)
    rendered = _printed(laid, pictures)
    if laid.expected_pages not in {rendered.pages, None}:
        # A few lines ran over: composed again with more room they do not.
        again = _printed(lay_out(spec, reserve=BOLD_RESERVE), pictures)
        rendered = min(rendered, again, key=lambda one: one.pages)
    check_pdf(rendered)
    return rendered


# Kept free on each page when the first estimate was too bold
BOLD_RESERVE = 16.0


def _printed(laid: Laid, pictures: Mapping[str, bytes]) -> Rendered:
    check_html(laid.html)
    rendered: Rendered = _engine().print_pdf(laid.html, pictures, laid.sheet)
    return rendered


def render_separators(
    sheets: Sequence[Separator], *, clinic: str, paper: str
) -> Rendered:
    """Return one page for each sheet; raise RenderError when they cannot be made."""
    page = separators_html(sheets, clinic=clinic, paper=paper)
    rendered: Rendered = _engine().print_pdf(page, {})
    return rendered


def warm_up() -> None:
    """Load all that prints, so that forked children start at once.

    One whole handout: templates, rules and parts of the printer that are loaded at
    first use cost each child 75 ms otherwise.
    """
    _engine().warm_up()
    render(sample.SPEC, sample.ASSETS)
    # Out of the garbage collector's sight, whose marks would copy shared memory
    gc.collect()
    gc.freeze()


def _engine() -> ModuleType:
    # WeasyPrint costs a process 0.7 s and 38 MB; web processes never print.
    from prescriptions.pdf import engine  # noqa: PLC0415 (see above)

    return engine
