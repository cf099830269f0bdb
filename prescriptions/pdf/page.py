"""The handout as HTML, for the printer and for a preview in the browser."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import segno
from django.template import Context
from django.utils import translation
from django.utils.translation import gettext

from prescriptions.documents import (
    HandoutDocument,
    HandoutOptions,
    HandoutSpec,
    PhasePart,
)
from prescriptions.pdf import wording
from prescriptions.pdf.cards import video_picture
from prescriptions.pdf.composition import RESERVE, Composition, compose
from prescriptions.pdf.sheet import Sheet, sheet_of
from prescriptions.pdf.templates import templates

# Name of the picture made here; no stored picture is named so.
LINK_PICTURE = "link"
QUIET_ZONE_MODULES = 4


@dataclass(frozen=True)
class Foot:
    """What stands on the edges of every page."""

    head: str
    first: str
    second: str


@dataclass(frozen=True)
class Laid:
    """The handout laid out: markup, the look it needs, the pages it should take."""

    html: str
    sheet: Sheet
    expected_pages: int | None


def lay_out(
    spec: HandoutSpec, *, reserve: float = RESERVE, stylesheet: str = ""
) -> Laid:
    """Return the page; pictures have addresses such as ``figure:<name>``.

    ``stylesheet`` is the address of the rules in a browser; ``%s`` in it stands for
    the look that was chosen.
    """
    document = _shown(spec)
    with translation.override(document.language):
        foot = _foot(document, spec.key[:8])
        sheet = _with_foot(sheet_of(document, spec.options), foot)
        made = compose(sheet, document, spec.options, spec.link, reserve=reserve)
        address = stylesheet and stylesheet % quote(look_of(made.sheet))
        context = _context(spec, document, made, foot) | {"stylesheet": address}
        template = templates().get_template("handouts/handout.html")
        markup = str(template.render(Context(context, use_l10n=False, use_tz=False)))
    return Laid(markup, made.sheet, made.expected_pages)


def html(spec: HandoutSpec) -> str:
    """Return the markup alone."""
    return lay_out(spec).html


def _context(
    spec: HandoutSpec, document: HandoutDocument, made: Composition, foot: Foot
) -> dict[str, object]:
    return {
        "document": document,
        "link": spec.link,
        "sheet": made.sheet,
        "pages": made.pages,
        "foot": foot,
    }


def _shown(spec: HandoutSpec) -> HandoutDocument:
    """Return the document without the pictures when they are not wanted."""
    if spec.options.pictures:
        return spec.document
    phases = tuple(map(_without_pictures, spec.document.phases))
    return replace(spec.document, phases=phases)


def _without_pictures(phase: PhasePart) -> PhasePart:
    return replace(
        phase, cards=tuple(replace(card, pictures=()) for card in phase.cards)
    )


def _foot(document: HandoutDocument, mark: str) -> Foot:
    clinic, patient = document.clinic, document.patient
    if document.revision:
        version = gettext("version %(number)s") % {"number": document.revision}
        issue = [version, wording.in_words(document.issued_on)]
    else:
        issue = [gettext("DRAFT")]
    named = " ".join(
        part for part in (wording.isolated(clinic.name), clinic.phone) if part
    )
    number = patient.number or wording.in_words(patient.date_of_birth)
    demo = gettext("Demo") if clinic.is_demo else ""
    second = [*issue, wording.signature(document.practitioner), named]
    second += [clinic.footer_text, mark]
    return Foot(
        head=_joined([wording.isolated(clinic.name), document.title, demo]),
        first=_joined([wording.isolated(patient.name), number, document.title]),
        second=_joined(second),
    )


def _joined(parts: list[str]) -> str:
    return " · ".join(part for part in parts if part)


def _with_foot(sheet: Sheet, foot: Foot) -> Sheet:
    """Return the sheet with room for all lines of the footer."""
    lines = sum(
        sheet.lines(text, sheet.foot_width - 2, sheet.type.foot)
        for text in (foot.first, foot.second)
    )
    return replace(sheet, foot_lines=lines)


# What a browser has to know of a sheet to ask for its rules


LOOK_FIELDS = ("paper", "layout", "size", "brand", "language")
LOOK = re.compile(
    r"(?P<paper>[a-z0-9]+)-(?P<layout>[a-z]+)-(?P<size>[a-z]+)-"
    r"(?P<brand>#[0-9A-Fa-f]{6})-(?P<language>[A-Za-z-]{2,8})-"
    r"(?P<flags>[01]{2}[0-4][0-9]{1,2})"
)


def look_of(sheet: Sheet) -> str:
    """Return the sheet as one word for an address."""
    flags = f"{sheet.is_mono:d}{sheet.tight:d}{sheet.density}{sheet.foot_lines}"
    return "-".join([*(getattr(sheet, name) for name in LOOK_FIELDS), flags])


def sheet_from(look: str) -> Sheet:
    """Return the sheet of ``look_of``; raise ValueError for any other word."""
    found = LOOK.fullmatch(look)
    if found is None:
        raise ValueError("no look of a handout")
    flags = found["flags"]
    # Refuses what does not exist
    HandoutOptions(paper=found["paper"], layout=found["layout"], size=found["size"])
    return Sheet(
        **{name: found[name] for name in LOOK_FIELDS},
        is_mono=flags[0] == "1",
        tight=flags[1] == "1",
        density=int(flags[2]),
        foot_lines=int(flags[3:]),
    )


def qr_addresses(spec: HandoutSpec) -> Mapping[str, str]:
    """Return the address in each QR code that the page shows, by picture."""
    link = {LINK_PICTURE: spec.link.url} if spec.link else {}
    return link | {
        video_picture(card.number): card.video_url
        for card in spec.document.cards
        if card.video_url
    }


def made_pictures(spec: HandoutSpec) -> Mapping[str, bytes]:
    """Return the QR codes that the page shows, by name."""
    return {name: qr_code(address) for name, address in qr_addresses(spec).items()}


def qr_code(address: str) -> bytes:
    """Return the QR code of an address as SVG."""
    buffer = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
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
