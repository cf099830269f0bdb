"""The wall chart: all exercises on one page, pictures as large as it allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from prescriptions.documents import ExerciseCard, HandoutDocument
from prescriptions.pdf import wording
from prescriptions.pdf.arrangement import Placed, place
from prescriptions.pdf.blocks import RULE, Block
from prescriptions.pdf.ruler import MM_PER_POINT, Run, height_of, width_of
from prescriptions.pdf.sheet import CHART_TYPES, Sheet
from prescriptions.pdf.style import halves

GUTTER = 6.0
MOST_COLUMNS = 5
LARGEST_SCALE, SMALLEST_SCALE, STEP = 0.075, 0.016, 0.0015
# Between the pictures of one cell
GAP = 3.0


@dataclass(frozen=True, kw_only=True)
class ChartCell:
    """One exercise of the chart."""

    card: ExerciseCard
    placed: tuple[Placed, ...]
    dosage: str
    phase: str


@dataclass(frozen=True)
class ChartRow:
    """Cells side by side; empty ones fill the last row. Height in half millimeters."""

    cells: tuple[ChartCell | None, ...]
    picture_height: int


@dataclass(frozen=True)
class Stop:
    """What ends an exercise, in one paragraph, and the hint at its language."""

    heading: str
    text: str
    hint: str


@dataclass(frozen=True)
class ChartView:
    """The whole page."""

    rows: tuple[ChartRow, ...]
    stop: Stop | None
    credits: tuple[str, ...] = ()
    hint: str = ""


def chart(
    sheet: Sheet, document: HandoutDocument, reserve: float
) -> tuple[Sheet, Block]:
    """Return the sheet with the density that was chosen, and the page.

    Of all ways that fit, the one with the best mean of type and pictures wins. When
    nothing fits, the densest is taken.
    """
    stop = _stop(document)
    found = [way for way in _ways(sheet, document, stop, reserve) if way]
    if found:
        _, chosen, rows = max(found, key=lambda way: way[0])
    else:
        chosen = replace(sheet, density=len(CHART_TYPES) - 1)
        rows = _rows(chosen, document, MOST_COLUMNS, SMALLEST_SCALE)
    hint = wording.written_hint(document)
    view = ChartView(rows, stop, _credits(document), hint)
    page = Block(template="handouts/_chart.html", height=sheet.height, view=view)
    return chosen, page


Way = tuple[float, Sheet, tuple["ChartRow", ...]]


def _ways(
    sheet: Sheet, document: HandoutDocument, stop: Stop | None, reserve: float
) -> Iterator[Way | None]:
    for density in range(len(CHART_TYPES)):
        tried = replace(sheet, density=density)
        room = tried.height - _head_height(tried, document) - reserve
        room -= _stop_height(tried, document, stop) if stop else 0
        room -= _credits_height(tried, document)
        if hint := wording.written_hint(document):
            room -= tried.text(hint, tried.width, tried.type.caption, 1.3)
        for columns in range(1, MOST_COLUMNS + 1):
            for most in (1, 2):
                yield _fitting(tried, document, columns, room, most)


def _fitting(
    sheet: Sheet, document: HandoutDocument, columns: int, room: float, most: int
) -> Way | None:
    """Return the rows with the largest pictures that fit into so many columns.

    ``most`` pictures stand in a cell.
    """
    count = len(document.cards)
    if columns > count or (columns == 1 and count > 3):
        return None
    width = _cell_width(sheet, columns)
    if not _names_fit(sheet, document, width):
        return None
    widest = [one.width for card in document.cards for one in card.pictures[:2]]
    has_pictures = bool(widest)
    texts = _texts_height(sheet, document, columns)
    scale = min(LARGEST_SCALE, width / max(widest)) if has_pictures else SMALLEST_SCALE
    while scale >= SMALLEST_SCALE and texts < room:
        rows = _rows(sheet, document, columns, scale, most)
        pictures = sum(_picture_row(row) for row in rows)
        if texts + pictures <= room:
            return _quality(sheet, rows, scale), sheet, rows
        scale -= STEP
    return None


def _names_fit(sheet: Sheet, document: HandoutDocument, width: float) -> bool:
    """Tell whether no word of a name has to be broken."""
    inner = width - sheet.measures["chart_number"] - 1
    return all(
        width_of(word, sheet.chart.name, bold=True) <= inner
        for card in document.cards
        for word in card.name.split()
    )


def _quality(sheet: Sheet, rows: Sequence[ChartRow], scale: float) -> float:
    """Weigh type against pictures, and prefer to show start and end of a movement."""
    cells = [cell for row in rows for cell in row.cells if cell]
    both = sum(len(cell.placed) > 1 for cell in cells) / len(cells)
    return min(scale, 0.055) / 0.03 + sheet.chart.dose / 9 + 0.2 * both


def _texts_height(sheet: Sheet, document: HandoutDocument, columns: int) -> float:
    rows = _rows(sheet, document, columns, SMALLEST_SCALE)
    width = _cell_width(sheet, columns)
    return sum(
        max(_text_height(sheet, cell, width) for cell in row.cells if cell)
        + sheet.chart.gap
        for row in rows
    )


def _picture_row(row: ChartRow) -> float:
    return row.picture_height / 2 + 1.2 if row.picture_height else 0.0


def _cell_width(sheet: Sheet, columns: int) -> float:
    return (sheet.width - GUTTER * (columns - 1)) / columns


def _rows(
    sheet: Sheet,
    document: HandoutDocument,
    columns: int,
    scale: float,
    most: int = 1,
) -> tuple[ChartRow, ...]:
    width = _cell_width(sheet, columns)
    cells = [
        ChartCell(
            card=card,
            placed=_placed(card, width, scale, most),
            dosage=" ".join(card.dosage),
            phase=gettext("Phase %(number)s:") % {"number": phase.number}
            if len(document.phases) > 1
            else "",
        )
        for phase in document.phases
        for card in phase.cards
    ]
    return tuple(
        _row(cells[i : i + columns], columns) for i in range(0, len(cells), columns)
    )


def _row(cells: Sequence[ChartCell], columns: int) -> ChartRow:
    heights = [placed.height_mm for cell in cells for placed in cell.placed]
    height = halves(max(heights, default=0))
    level = [_lowered(cell, height) for cell in cells]
    filled: list[ChartCell | None] = [*level, *[None] * (columns - len(cells))]
    return ChartRow(tuple(filled), height)


def _placed(
    card: ExerciseCard, width: float, scale: float, most: int
) -> tuple[Placed, ...]:
    """Return start and end side by side where they fit, else the end alone."""
    two = [place(one, widest=width, scale=scale) for one in card.pictures[:2]]
    if most == 1 or sum(one.width_mm for one in two) + GAP > width:
        two = two[1:] or two
    cells = [halves(one.width_mm + GAP) for one in two]
    return tuple(replace(one, cell=cell) for one, cell in zip(two, cells, strict=True))


def _lowered(cell: ChartCell, height: int) -> ChartCell:
    """Push the pictures down so that all of a row stand on one line."""
    placed = tuple(
        replace(one, above=max(height - halves(one.height_mm), 0))
        for one in cell.placed
    )
    return replace(cell, placed=placed)


def _text_height(sheet: Sheet, cell: ChartCell, width: float) -> float:
    types, measures = sheet.chart, sheet.measures
    inner = width - measures["chart_number"]
    name = sheet.text(cell.card.name, inner, types.name, 1.2, bold=True)
    runs = [Run(f"{cell.phase} ", types.dose, bold=True)] if cell.phase else []
    runs += [
        Run(piece.text, types.dose + 2 if piece.large else types.dose, bold=piece.large)
        for piece in wording.numbers(cell.dosage)
    ]
    leading = types.dose * 1.25
    height = max(name, measures["chart_badge"] * MM_PER_POINT) + 1.2
    height += height_of(runs, width, leading)
    if cell.card.note:
        words = f"{gettext('For you:')} {wording.one_line(cell.card.note)}"
        height += sheet.text(words, width, types.dose, 1.25)
    return height


def _head_height(sheet: Sheet, document: HandoutDocument) -> float:
    types = sheet.type
    title = sheet.text(document.title, sheet.width * 0.54, types.title, 1.15, bold=True)
    patient = sheet.text(
        document.patient.name, sheet.width * 0.46, types.dose, 1.25, bold=True
    )
    clinic = sheet.text(
        f"{document.clinic.name} · {gettext('DRAFT')}",
        sheet.width * 0.46,
        types.label,
        1.3,
    )
    return max(title, patient + clinic) + 2 + RULE + sheet.chart.gap


def _stop(document: HandoutDocument) -> Stop | None:
    """Return the last box of the pain rule, which tells when to stop."""
    found = wording.sections(document.pain_rule)
    if not found:
        return None
    last = found[-1]
    parts = [text for part in last.parts for text in part.texts]
    words = " ".join(_ended(text) for text in [*last.actions, *parts])
    heading = _ended(last.heading) if last.heading else ""
    return Stop(heading, words, wording.foreign_hint(document.pain_rule_language))


def _ended(text: str) -> str:
    return text if text[-1:] in {".", ":", "!", "?", ""} else f"{text}."


def _stop_height(sheet: Sheet, document: HandoutDocument, stop: Stop) -> float:
    clinic = document.clinic
    words = f"{stop.heading} {stop.text} {clinic.name}, {clinic.phone}"
    inner = sheet.width - 6 - 2 * 1.25 * MM_PER_POINT
    hint = sheet.text("", 1, sheet.type.caption, 1.3) if stop.hint else 0
    return sheet.text(words, inner, sheet.type.label, 1.3) + 4 + 0.9 + hint


def _credits(document: HandoutDocument) -> tuple[str, ...]:
    """Return each credit once, after the numbers of its exercises."""
    numbers: dict[str, list[str]] = {}
    for card in document.cards:
        if card.attribution:
            numbers.setdefault(card.attribution, []).append(str(card.number))
    return tuple(f"{', '.join(of)}: {told}" for told, of in numbers.items())


def _credits_height(sheet: Sheet, document: HandoutDocument) -> float:
    lines = _credits(document)
    return sum(1 + sheet.text(one, sheet.width, sheet.type.foot, 1.25) for one in lines)
