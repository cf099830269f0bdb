"""Signed texts: pain rule, leaflets, safety net, balanced over columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from prescriptions.documents import HandoutDocument, LeafletPart, Size
from prescriptions.pdf import wording
from prescriptions.pdf.blocks import HALF_GUTTER, RULE, Block
from prescriptions.pdf.ruler import MM_PER_POINT, Run, height_of
from prescriptions.pdf.sheet import Sheet
from prescriptions.pdf.wording import Part, Section

BOX_EDGE = 2 * 1.25 * MM_PER_POINT
# Up to so many boxes of the pain rule stand side by side.
BOXES_IN_ROW = 2


@dataclass(frozen=True)
class PainView:
    """Boxes in rows."""

    rows: tuple[tuple[Section, ...], ...]
    language: str
    hint: str


def pain_rule(sheet: Sheet, document: HandoutDocument) -> Block:
    """Return the clinic's pain rule in boxes."""
    found = wording.sections(document.pain_rule)
    in_row = 1 if sheet.size == Size.LARGE else min(len(found), BOXES_IN_ROW)
    rows = tuple(
        tuple(found[i : i + in_row]) for i in range(0, len(found), max(in_row, 1))
    )
    language = document.pain_rule_language
    view = PainView(rows, language, wording.foreign_hint(language))
    height = sum(max(_box_height(sheet, box, len(row)) for box in row) for row in rows)
    height += 4 * max(len(rows) - 1, 0) + _hint_height(sheet, view.hint)
    return Block(template="handouts/_pain_rule.html", height=height, view=view)


def _hint_height(sheet: Sheet, hint: str) -> float:
    return sheet.text(hint, sheet.width, sheet.type.caption, 1.3) if hint else 0.0


def _box_height(sheet: Sheet, section: Section, in_row: int) -> float:
    types = sheet.type
    outer = (sheet.width - 6 * (in_row - 1)) / in_row
    width = outer - 7 - BOX_EDGE
    height = BOX_EDGE + 5 + 1
    height += sheet.text(section.heading or "-", width, types.dose, 1.25, bold=True)
    for action in section.actions:
        height += sheet.text(action, width, types.body, 1.3, bold=True) + 0.8
    return height + sum(_part_height(sheet, part, width) for part in section.parts)


def _part_height(sheet: Sheet, part: Part, width: float) -> float:
    points = sheet.type.label
    if bands := wording.bands(part):
        edge = 2 * MM_PER_POINT
        inner = width - sheet.band_width - 4 - edge
        rows = sum(
            max(
                sheet.text(meaning, inner, points, 1.3),
                sheet.text(band, sheet.band_width - 4, sheet.type.body, 1.25),
            )
            + 2
            + MM_PER_POINT
            for band, meaning in bands
        )
        return rows + edge + 2.7
    if part.kind == "item":
        inner = width - sheet.bullet
        items = [sheet.text(text, inner, points, 1.3) for text in part.texts]
        return sum(items) + sheet.item_gap * len(items)
    return sheet.text(part.texts[0], width, points, 1.3)


# Leaflets


@dataclass(frozen=True)
class LeafletView:
    """A leaflet with its sections in columns."""

    leaflet: LeafletPart
    columns: tuple[tuple[Section, ...], ...]
    hint: str


def leaflet(sheet: Sheet, part: LeafletPart) -> Block:
    """Return a leaflet."""
    found = wording.sections(part.blocks)
    is_wide = sheet.size != Size.LARGE and len(found) > 1
    count = 2 if is_wide else 1
    width = (sheet.width - 2 * HALF_GUTTER * (count - 1)) / count
    heights = [_section_height(sheet, section, width) for section in found]
    cut = balanced(heights) if is_wide else len(found)
    columns = tuple(
        tuple(column) for column in (found[:cut], found[cut:]) if column
    ) or ((),)
    view = LeafletView(part, columns, wording.foreign_hint(part.language))
    title = sheet.text(part.title, sheet.width, sheet.type.section, 1.2, bold=True)
    height = RULE + 1.5 + title + 1 + _hint_height(sheet, view.hint)
    height += max(sum(heights[:cut]), sum(heights[cut:]))
    return Block(template="handouts/_leaflet.html", height=height, view=view)


def balanced(heights: Sequence[float]) -> int:
    """Return where to cut a list so that the taller column is as low as can be."""
    cuts = range(1, len(heights) + 1)
    return min(cuts, key=lambda cut: max(sum(heights[:cut]), sum(heights[cut:])))


def _section_height(sheet: Sheet, section: Section, width: float) -> float:
    types, height = sheet.type, 0.0
    if section.heading:
        heading = sheet.text(section.heading, width, types.dose, 1.25, bold=True)
        height += 1.5 + heading
    for action in section.actions:
        height += sheet.text(action, width, types.body, 1.3, bold=True)
    for part in section.parts:
        if part.kind == "item":
            items = [sheet.body(text, width - sheet.bullet) for text in part.texts]
            height += 0.5 + sum(items) + sheet.item_gap * len(items)
        else:
            height += sheet.body(part.texts[0], width)
    return height


# Safety net


@dataclass(frozen=True)
class SafetyView:
    """The levels of the safety net."""

    sections: tuple[Section, ...]
    language: str
    hint: str
    is_wide: bool
    begins: bool


def safety_net(sheet: Sheet, document: HandoutDocument) -> list[Block]:
    """Return whom to call, how fast, with which signs.

    It stays whole; where large print makes it taller than a page, its levels do.
    """
    found = wording.sections(document.safety_net)
    if not found:
        return []
    whole = _safety_block(sheet, document, found, begins=True)
    if whole.height <= sheet.height:
        return [whole]
    return [
        _safety_block(sheet, document, [section], begins=not number)
        for number, section in enumerate(found)
    ]


def _safety_block(
    sheet: Sheet, document: HandoutDocument, found: list[Section], *, begins: bool
) -> Block:
    language = document.safety_net_language
    hint = wording.foreign_hint(language) if begins else ""
    is_wide = sheet.size != Size.LARGE
    view = SafetyView(tuple(found), language, hint, is_wide, begins)
    height = 0.0
    if begins:
        height += sheet.text("", 1, sheet.type.section, 1.2) + 2
        height += _hint_height(sheet, hint)
    for number, section in enumerate(found):
        is_first = begins and not number
        height += _level_height(sheet, section, is_first=is_first, is_wide=is_wide)
    return Block(template="handouts/_safety_net.html", height=height, view=view)


def _level_height(
    sheet: Sheet, section: Section, *, is_first: bool, is_wide: bool
) -> float:
    types = sheet.type
    inner = sheet.width - (8 + 2 * 1.5 * MM_PER_POINT if is_first else 5)
    height = 9.0 + 1.5 * MM_PER_POINT if is_first else 4.0
    if section.heading:
        points = types.section if is_first else types.dose
        height += sheet.text(section.heading, inner, points, 1.2, bold=True)
    height += sum(_action_height(sheet, action, inner) for action in section.actions)
    for part in section.parts:
        if part.kind == "item":
            height += 0.8 + _items_height(sheet, part.texts, inner, is_wide=is_wide)
        else:
            height += sheet.body(part.texts[0], inner)
    return height


def _action_height(sheet: Sheet, action: str, width: float) -> float:
    types = sheet.type
    runs = [
        Run(piece.text, types.phone if piece.large else types.dose, bold=True)
        for piece in wording.telephones(action)
    ]
    return height_of(runs, width, types.dose * 1.3)


def _items_height(
    sheet: Sheet, texts: Sequence[str], width: float, *, is_wide: bool
) -> float:
    columns = wording.halved(texts) if is_wide else [texts]
    inner = (width - 6 if len(columns) > 1 else width) / len(columns) - sheet.bullet
    return max(
        sum(sheet.body(text, inner) + 1 for text in column) for column in columns
    )
