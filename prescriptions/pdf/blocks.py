"""What pages are made of: a template, what it shows, and how tall it will be.

Heights repeat the style sheet's measures in millimeters; a test compares them with
what is printed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext

from prescriptions.documents import (
    ExerciseCard,
    HandoutDocument,
    NewsLine,
    NewsPart,
    PhasePart,
    PrintedLink,
)
from prescriptions.pdf import wording
from prescriptions.pdf.ruler import MM_PER_POINT, width_of
from prescriptions.pdf.sheet import Sheet

RULE = 2.5 * MM_PER_POINT
HALF_GUTTER = 3.0
PHASE_ASIDE = 104.0
NEWS_EDGE = 2 * 1.25 * MM_PER_POINT
# The rest is counted: the box stays short.
MOST_NEWS = 8
# Of the width, for a date on the first page
FACT_SHARE = 0.27


@dataclass(frozen=True, kw_only=True)
class Block:
    """One part of a page, not broken unless it is taller than one.

    Of a taller one, ``height`` is what stands on its last page.
    """

    template: str
    height: float
    view: Any = None
    full_pages: int = 0


@dataclass(frozen=True)
class HeaderView:
    """What the header shows besides the document."""

    minutes: str
    all_minutes: str
    is_tall: bool
    # That the practitioner's words are in another language
    hint: str = ""


def header(sheet: Sheet, document: HandoutDocument) -> Block:
    """Return clinic, patient, title, goal and dates."""
    minutes, all_minutes = wording.minutes_of(document.phases)
    is_tall = sheet.size == "large" or not _dates_fit(sheet, document)
    hint = wording.written_hint(document)
    view = HeaderView(minutes, all_minutes, is_tall, hint)
    height = (
        max(_clinic_height(sheet, document), _patient_height(sheet, document))
        + 3
        + _title_height(sheet, document)
        + (sheet.text(hint, sheet.width, sheet.type.caption, 1.3) if hint else 0)
        + _facts_height(sheet, is_tall=is_tall, has_sum=bool(all_minutes))
        + 2.5
        + 2 * sheet.text("", 1, sheet.type.label, 1.3)
    )
    return Block(template="handouts/_header.html", height=height, view=view)


def _dates_fit(sheet: Sheet, document: HandoutDocument) -> bool:
    """Tell whether each date has room beside the minutes."""
    dates = [document.start_date, document.review_date, document.end_date]
    room = sheet.width * FACT_SHARE - 2
    return all(
        width_of(wording.in_words(date), sheet.type.body, bold=True) <= room
        for date in dates
        if date
    )


def _clinic_height(sheet: Sheet, document: HandoutDocument) -> float:
    clinic, label = document.clinic, sheet.type.label
    width = sheet.width * 0.54 - 5 - (18 if clinic.logo else 0)
    lines = [clinic.header_text, wording.one_line(clinic.address), clinic.phone]
    name = sheet.text(clinic.name, width, sheet.type.body, 1.3, bold=True)
    rest = sum(sheet.text(line, width, label, 1.3) for line in lines if line)
    return max(name + rest, 15 if clinic.logo else 0)


def _patient_height(sheet: Sheet, document: HandoutDocument) -> float:
    patient, width = document.patient, sheet.width * 0.46
    name = sheet.text(patient.name, width, sheet.type.dose, 1.25, bold=True)
    born = gettext("Born %(date)s") % {"date": wording.in_words(patient.date_of_birth)}
    lines = [born]
    if patient.number:
        lines.append(gettext("Number %(number)s") % {"number": patient.number})
    return name + sum(sheet.text(line, width, sheet.type.label, 1.3) for line in lines)


def _title_height(sheet: Sheet, document: HandoutDocument) -> float:
    types, width = sheet.type, sheet.width
    kicker = sheet.text("", 1, types.label, 1.3)
    title = sheet.text(document.title, width, types.title, 1.15, bold=True)
    goal = 0.0
    if document.goal:
        words = f"{gettext('Your goal:')} {document.goal}"
        goal = 1.5 + sheet.text(words, width, types.dose - 1, 1.3)
    return RULE + 2 + kicker + 0.5 + title + goal


def _facts_height(sheet: Sheet, *, is_tall: bool, has_sum: bool) -> float:
    types = sheet.type
    key = sheet.text("", 1, types.caption, 1.25)
    minutes = key * (2 if has_sum else 1) + sheet.text("", 1, types.title, 1.05)
    dates = key + sheet.text("", 1, types.body, 1.3)
    return 6 + minutes + dates if is_tall else 3 + max(minutes, dates)


@dataclass(frozen=True)
class NewsView:
    """The first changes, and how many more there are."""

    since: str
    lines: tuple[NewsLine, ...]
    more: str


def news(sheet: Sheet, part: NewsPart) -> Block:
    """Return what is new since the handout before, in a box."""
    types, width = sheet.type, sheet.width - 7 - NEWS_EDGE
    rest = len(part.lines) - MOST_NEWS
    more = ""
    if rest > 0:
        words = ngettext(
            "And %(count)s more change.", "And %(count)s more changes.", rest
        )
        more = words % {"count": rest}
    since = gettext("What is new since %(date)s") % {
        "date": wording.in_words(part.since)
    }
    lines = part.lines[:MOST_NEWS]
    height = NEWS_EDGE + 5 + sheet.text(since, width, types.dose, 1.25, bold=True) + 1
    height += sum(_news_height(sheet, line, width - sheet.bullet) for line in lines)
    height += sheet.text(more, width, types.label, 1.3) if more else 0
    view = NewsView(since, lines, more)
    return Block(template="handouts/_news.html", height=height, view=view)


def _news_height(sheet: Sheet, line: NewsLine, width: float) -> float:
    # The longest of the words in front
    first = f"{gettext('Leave out:')} {line.name} (00)"
    height = sheet.item_gap + sheet.text(first, width, sheet.type.body, bold=True)
    if line.after:
        height += sheet.body(f"{gettext('Now:')} {line.after}", width)
    if line.before:
        before = f"{gettext('Before:')} {line.before}"
        height += sheet.text(before, width, sheet.type.label, 1.3)
    return height


def own_lines(sheet: Sheet, link: PrintedLink | None) -> Block:
    """Return the lines the patient fills in, and the way to the plan on the phone."""
    types = sheet.type
    online_width = 78.0 if sheet.size == "large" else 60.0
    label = sheet.text("", 1, types.label, 1.3)
    ask = gettext("Ask us for this in large print or another language.")
    width = sheet.width - (6 + online_width if link else 0)
    lines = 3 * (label + sheet.line_height + 2)
    lines += sheet.text(ask, width, types.label, 1.3)
    online = 0.0
    if link:
        width = online_width
        until = gettext("Works until %(date)s.") % {
            "date": wording.in_words(link.expires_on)
        }
        phone = gettext("See this plan on your phone")
        online = sheet.text(phone, width, types.label, 1.3, bold=True) + 26 + label
        online += sheet.text(link.short_url, width, types.body, 1.25, bold=True)
        online += sheet.text(until, width, types.label, 1.3)
    return Block(template="handouts/_own.html", height=max(lines, online))


@dataclass(frozen=True)
class PlanView:
    """The exercises in columns; brief without how often."""

    columns: tuple[tuple[ExerciseCard, ...], ...]
    is_brief: bool


def plan(sheet: Sheet, document: HandoutDocument, *, is_brief: bool = False) -> Block:
    """Return names and frequencies of all exercises at a glance."""
    cards = document.cards
    count = 1 if sheet.size == "large" else 2
    size = -(-len(cards) // count)
    columns = tuple(cards[i : i + size] for i in range(0, len(cards), size))
    width = sheet.width / count - HALF_GUTTER * (count - 1) - sheet.hang - 1.5
    tallest = max(
        sum(_plan_height(sheet, card, width, is_brief=is_brief) for card in column)
        for column in columns
    )
    height = sheet.text("", 1, sheet.type.section, 1.2) + 2 + tallest
    view = PlanView(columns, is_brief)
    return Block(template="handouts/_plan.html", height=height, view=view)


def _plan_height(
    sheet: Sheet, card: ExerciseCard, width: float, *, is_brief: bool
) -> float:
    points = sheet.type.body
    height = 1 + sheet.text(card.name, width, points, 1.25, bold=True)
    if is_brief or not card.dosage:
        return height
    return height + sheet.text(card.dosage[-1], width, points, 1.25)


@dataclass(frozen=True)
class PhaseView:
    """A phase's heading."""

    phase: PhasePart
    dates: str
    is_one_of_many: bool
    is_stacked: bool


def phase_heading(sheet: Sheet, document: HandoutDocument, phase: PhasePart) -> Block:
    """Return title, length and rule to move on of a phase."""
    is_one_of_many = len(document.phases) > 1
    title = phase.title or gettext("Your exercises")
    if is_one_of_many:
        title = f"{gettext('Phase %(number)s') % {'number': phase.number}}: {title}"
    types, dates = sheet.type, dates_of(phase)
    # Length of the words that follow the dates
    aside = f"{dates} about 00 minutes a day ····"
    beside = sheet.width - PHASE_ASIDE
    is_stacked = sheet.lines(title, beside, types.section, bold=True) > 1
    width = sheet.width if is_stacked else beside
    heading = sheet.text(title, width, types.section, 1.2, bold=True)
    length = sheet.text(
        aside, sheet.width if is_stacked else PHASE_ASIDE, types.label, 1.3
    )
    height = RULE + 1.5 + 3
    height += heading + length + 0.5 if is_stacked else max(heading, length)
    if phase.criterion:
        words = f"{gettext('Move on when:')} {phase.criterion}"
        height += 1 + sheet.body(words, sheet.width)
    view = PhaseView(phase, dates, is_one_of_many, is_stacked)
    return Block(template="handouts/_phase.html", height=height, view=view)


def dates_of(phase: PhasePart) -> str:
    """Return first and last day of a phase, if they are known."""
    if not (phase.start_date and phase.end_date):
        return ""
    ends = {
        "first": wording.day_and_month(date.fromisoformat(phase.start_date)),
        "last": wording.day_and_month(date.fromisoformat(phase.end_date)),
    }
    return gettext("%(first)s to %(last)s") % ends


@dataclass(frozen=True)
class NotesView:
    """Lines to write on."""

    lines: range


def notes(sheet: Sheet, room: float, *, most: int = 6) -> Block | None:
    """Return as many lines as the room holds; None when that is not worth it."""
    label = sheet.text("", 1, sheet.type.label, 1.3)
    count = min(most, int((room - label) // sheet.line_height))
    if count < 3:
        return None
    height = label + count * sheet.line_height
    view = NotesView(range(count))
    return Block(template="handouts/_notes.html", height=height, view=view)
