"""Tables of a handout: the patient's own record and the compact list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext

from prescriptions.documents import ExerciseCard, HandoutDocument, PhasePart, Size
from prescriptions.pdf import wording
from prescriptions.pdf.arrangement import Placed, place
from prescriptions.pdf.blocks import Block
from prescriptions.pdf.cards import Hint, hints_after
from prescriptions.pdf.ruler import MM_PER_POINT, Run, height_of
from prescriptions.pdf.sheet import LIST_DAY, Sheet
from prescriptions.pdf.style import halves

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_IN_TABLE = 14
MOST_DAYS = 28
LEAST_DAYS = 4
LIST_DAYS = 7
PICTURE_COLUMN = 40.0


@dataclass(frozen=True)
class Day:
    """A column: weekday and day of the month, or the day's number."""

    number: int
    weekday: str = ""
    key: str = ""


def days_from(phase: PhasePart, first: int, count: int) -> tuple[Day, ...]:
    """Return ``count`` days from the ``first`` of a phase on, with dates if known."""
    numbers = range(first, first + count)
    if not phase.start_date:
        return tuple(Day(number + 1) for number in numbers)
    start = date.fromisoformat(phase.start_date)
    return tuple(_dated(start + timedelta(days=number)) for number in numbers)


def _dated(day: date) -> Day:
    weekday = date_format(day, "D", use_l10n=True).rstrip(".")
    return Day(day.day, weekday, WEEKDAYS[day.weekday()])


def _due(card: ExerciseCard, days: Sequence[Day]) -> tuple[bool, ...]:
    """Tell on which days the card is due; only named weekdays leave out any."""
    return tuple(
        not (card.weekdays and day.key) or day.key in card.weekdays for day in days
    )


# The patient's own record


@dataclass(frozen=True)
class DiaryRow:
    """An exercise and the days it is due."""

    card: ExerciseCard
    due: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True)
class DiaryView:
    """Up to 14 days of a phase."""

    title: str
    dates: str
    days: tuple[Day, ...]
    column: int
    rows: tuple[DiaryRow, ...]
    is_first: bool


def diaries(sheet: Sheet, document: HandoutDocument) -> list[Block]:
    """Return the tables to tick, in the order of the phases."""
    found: list[Block] = []
    for phase in document.phases:
        for first, count in _stretches(document, phase):
            found.append(_diary(sheet, document, phase, first, count, not found))
    return found


def _stretches(document: HandoutDocument, phase: PhasePart) -> list[tuple[int, int]]:
    """Return first day and number of days of each table of a phase."""
    is_alone = len(document.phases) == 1
    total = min(_length(document, phase), MOST_DAYS if is_alone else DAYS_IN_TABLE)
    # A few days more are not worth a table of their own.
    firsts = range(0, max(total - LEAST_DAYS, 1), DAYS_IN_TABLE)
    return [(first, min(DAYS_IN_TABLE, total - first)) for first in firsts]


def _length(document: HandoutDocument, phase: PhasePart) -> int:
    """Return the days to record: to the end of the phase, else to the review."""
    last = phase.end_date or document.end_date
    if not (phase.start_date and (last or document.review_date)):
        return (phase.weeks or 2) * 7
    start = date.fromisoformat(phase.start_date)
    if last:
        return max((date.fromisoformat(last) - start).days + 1, 7)
    return max((date.fromisoformat(document.review_date) - start).days, 7)


def _diary(
    sheet: Sheet,
    document: HandoutDocument,
    phase: PhasePart,
    first: int,
    count: int,
    is_first: bool,
) -> Block:
    days = days_from(phase, first, count)
    several = len(document.phases) > 1
    number = gettext("Phase %(number)s") % {"number": phase.number}
    column = _column(sheet, count)
    view = DiaryView(
        title=number if several else "",
        dates=_dates(phase, first, count),
        days=days,
        column=halves(column),
        rows=tuple(DiaryRow(card, _due(card, days)) for card in phase.cards),
        is_first=is_first,
    )
    width = sheet.width - column * count
    return Block(
        template="handouts/_diary.html",
        height=_diary_height(sheet, view, width),
        view=view,
    )


def _column(sheet: Sheet, count: int) -> float:
    if count <= 7:
        return 13.0
    return {Size.NORMAL: 9.0, Size.MEDIUM: 9.5}.get(Size(sheet.size), 10.0)


def _dates(phase: PhasePart, first: int, count: int) -> str:
    if not phase.start_date:
        return ""
    start = date.fromisoformat(phase.start_date) + timedelta(days=first)
    ends = {
        "first": wording.day_and_month(start),
        "last": wording.day_and_month(start + timedelta(days=count - 1)),
    }
    return gettext("%(first)s to %(last)s") % ends


def _diary_height(sheet: Sheet, view: DiaryView, width: float) -> float:
    types, border = sheet.type, 0.75 * MM_PER_POINT
    head = sheet.measures["tick_head"]
    lines = [line for line in (view.title, view.dates) if line]
    name = sum(sheet.text(line, width - 3.6, types.caption, 1.2) for line in lines)
    height = max(head, name) + 2 * border
    for row in view.rows:
        words = f"{row.card.number}  {row.card.name}"
        text = sheet.text(words, width - 3.6, types.caption, 1.2)
        height += max(sheet.tick, text) + border
    height += sheet.tick + 2 * MM_PER_POINT
    if view.is_first:
        height += sheet.text("", 1, types.section, 1.2) + 1 + 2
        long = gettext(
            "Tick a box each time you do it. Gray with a line is a day off. "
            "In the last row, write your pain."
        )
        height += sheet.text(long, sheet.width, types.label, 1.3)
    return height


# Compact list


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """An exercise in a line."""

    card: ExerciseCard
    placed: Placed | None
    dosage: str
    hints: tuple[Hint, ...]
    due: tuple[bool, ...]
    height: float


@dataclass(frozen=True, kw_only=True)
class ListView:
    """Rows of one phase on one page."""

    rows: tuple[ListRow, ...]
    days: tuple[Day, ...]
    has_pictures: bool
    has_pain_row: bool


def list_days(sheet: Sheet, phase: PhasePart, *, has_boxes: bool) -> tuple[Day, ...]:
    """Return the first week, to tick beside the exercises; large print has no room."""
    if not has_boxes or sheet.size == Size.LARGE:
        return ()
    return days_from(phase, 0, LIST_DAYS)


def list_row(
    sheet: Sheet, card: ExerciseCard, days: Sequence[Day], *, has_pictures: bool
) -> ListRow:
    """Return a row with its height."""
    shown = card.pictures[1:2] or card.pictures[:1]
    widest = PICTURE_COLUMN - 4
    placed = [place(one, widest=widest, scale=sheet.picture_scale) for one in shown]
    hints = [hint for hint in hints_after(card) if hint.kind == "stopif"]
    if card.note:
        spoken = dict(card.languages).get("note", "")
        note = wording.one_line(card.note)
        hints.insert(0, Hint("hint", gettext("For you:"), note, spoken))
    dosage = " ".join(card.dosage)
    width = sheet.width - sheet.number_width - LIST_DAY * len(days) - 2.5
    width -= PICTURE_COLUMN if has_pictures else 0
    text = _list_text_height(sheet, card, dosage, hints, width)
    picture = placed[0].height_mm if placed else 0.0
    return ListRow(
        card=card,
        placed=placed[0] if placed else None,
        dosage=dosage,
        hints=tuple(hints),
        due=_due(card, days),
        height=max(text, picture, sheet.badge * MM_PER_POINT) + 3.6 + 0.3,
    )


def _list_text_height(
    sheet: Sheet, card: ExerciseCard, dosage: str, hints: Sequence[Hint], width: float
) -> float:
    types = sheet.type
    runs = [
        Run(
            piece.text,
            types.body + 2 if piece.large else types.body,
            bold=piece.large,
        )
        for piece in wording.numbers(dosage)
    ]
    height = sheet.text(card.name, width, types.dose, 1.2, bold=True)
    height += height_of(runs, width, types.body * 1.25)
    for hint in hints:
        words = [
            Run(hint.label, types.label, bold=True),
            Run(f"\u2002{hint.text}", types.label),
        ]
        height += 0.5 + height_of(words, width, types.label * 1.25)
    if card.attribution:
        height += 1 + sheet.text(card.attribution, width, types.foot, 1.25)
    return height


def list_table(
    sheet: Sheet,
    rows: Sequence[ListRow],
    days: tuple[Day, ...],
    *,
    has_pictures: bool,
    is_last: bool,
) -> Block:
    """Return the rows of one phase that stand on one page."""
    view = ListView(
        rows=tuple(rows),
        days=days,
        has_pictures=has_pictures,
        has_pain_row=bool(days) and is_last,
    )
    height = list_head_height(sheet) + sum(row.height for row in rows)
    height += 11 if view.has_pain_row else 0
    return Block(template="handouts/_list.html", height=height, view=view)


def list_head_height(sheet: Sheet) -> float:
    """Return the height of the table's head."""
    return 2 * sheet.text("", 1, sheet.type.caption, 1.2) + 1.6
