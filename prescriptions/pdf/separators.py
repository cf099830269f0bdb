"""Sheets that stand between the handouts of a print file."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template import Context

from prescriptions.pdf.templates import templates


@dataclass(frozen=True, kw_only=True)
class Separator:
    """One sheet: its place in the file, and whose handout follows."""

    position: int
    of: int
    patient: str
    number: str
    program: str


def separators_html(sheets: Sequence[Separator], *, clinic: str, paper: str) -> str:
    """Return the page with one sheet each, in order."""
    values = {"sheets": sheets, "clinic": clinic, "paper": paper}
    template = templates().get_template("handouts/separators.html")
    return str(template.render(Context(values, use_l10n=False, use_tz=False)))
