"""The handout as HTML, for the printer and for a preview in the browser."""

import io
from functools import cache
from pathlib import Path

import segno
from django.template import Context, Engine

from prescriptions.documents import HandoutSpec, PrintedLink

TEMPLATES = Path(__file__).parents[2] / "templates"
# Name of the picture made here; no stored picture is named so.
LINK_PICTURE = "link"
QUIET_ZONE_MODULES = 4


def html(spec: HandoutSpec) -> str:
    """Return the page; pictures have addresses such as ``figure:<name>``."""
    context = {
        "document": spec.document,
        "options": spec.options,
        "link": spec.link,
        "mark": spec.key[:8],
    }
    template = templates().get_template("handouts/handout.html")
    return str(template.render(Context(context, use_l10n=False, use_tz=False)))


def link_picture(link: PrintedLink) -> bytes:
    """Return the QR code of a link as SVG."""
    buffer = io.BytesIO()
    code = segno.make(link.url, error="m", micro=False)
    code.save(
        buffer,
        kind="svg",
        border=QUIET_ZONE_MODULES,
        xmldecl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return buffer.getvalue()


@cache
def templates() -> Engine:
    """Templates with autoescape and nothing else: no settings, no context processor."""
    return Engine(dirs=[str(TEMPLATES)], builtins=["prescriptions.pdf.filters"])
