"""The style sheet of a sheet: one text of rules, filled in with its measures."""

import re
from functools import lru_cache

from django.template import Context
from django.utils import translation
from django.utils.translation import gettext

from prescriptions.pdf.sheet import Sheet
from prescriptions.pdf.templates import TEMPLATES, templates

# Widths and heights that templates name by class, in half millimeters, so that no
# element needs a style of its own, which the browser would refuse.
LARGEST_MM = 280
# Where the fonts of a style sheet come from
FONT = 'url("font:'
PLACE = re.compile(r"(%\((?:number|count)\)s)")


def halves(millimeters: float) -> int:
    """Return a length in half millimeters, as classes name it."""
    return max(0, min(round(millimeters * 2), LARGEST_MM * 2))


@lru_cache(maxsize=64)
def css(sheet: Sheet) -> str:
    """Return the rules for one look, without fonts and lengths."""
    with translation.override(sheet.language):
        numbering = _numbering(gettext("Page %(number)s of %(count)s"))
    values = {"s": sheet, "t": sheet.type, "numbering": numbering} | sheet.measures
    template = templates().get_template("handouts/handout.css")
    context = Context(values, autoescape=False, use_l10n=False)
    return str(template.render(context))


def _numbering(words: str) -> str:
    """Return the words as the value of a ``content`` property."""
    counters = {
        "%(number)s": "counter(page)",
        "%(count)s": "counter(pages)",
    }
    parts = [part for part in PLACE.split(words) if part]
    return " ".join(counters.get(part) or _quoted(part) for part in parts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def fonts_css() -> str:
    """Return the rules that name the fonts."""
    return (TEMPLATES / "handouts" / "fonts.css").read_text(encoding="utf-8")


def screen_css(sheet: Sheet, fonts: str) -> str:
    """Return all rules for a browser; ``fonts`` is the address of their folder."""
    template = templates().get_template("handouts/screen.css")
    values = Context({"s": sheet, "t": sheet.type}, autoescape=False, use_l10n=False)
    named = fonts_css().replace(FONT, f'url("{fonts}')
    return "\n".join([named, css(sheet), lengths_css(), str(template.render(values))])


@lru_cache(maxsize=1)
def lengths_css() -> str:
    """Return the classes of all widths and heights: ``w92`` is 46 mm wide."""
    steps = range(1, LARGEST_MM * 2 + 1)
    widths = [f".w{step}{{width:{step / 2}mm}}" for step in steps]
    heights = [f".h{step}{{height:{step / 2}mm}}" for step in steps]
    return "\n".join(widths + heights)
