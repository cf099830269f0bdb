"""The diary as figures: what was due and done, and pain, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from prescriptions import phone
from prescriptions.documents import HandoutDocument
from prescriptions.models import DiaryEntry

# Measures of the chart in units of its view box
STEP, LEFT, TOP, UNIT = 22, 30, 10, 12
PAIN_HEIGHT = 10 * UNIT
MOST_DAYS = 28


@dataclass(frozen=True)
class DayFigures:
    """A day as reported: exercises due and done; without an entry nothing is known."""

    day: date
    due: int
    done: int
    entry: DiaryEntry | None
    x: int

    @property
    def y(self) -> int | None:
        """Height of the day's pain in the chart; None when it was not told."""
        if self.entry is None or self.entry.pain is None:
            return None
        return TOP + PAIN_HEIGHT - self.entry.pain * UNIT

    @property
    def share(self) -> str:
        """Word for what was done: all, some, none, or unknown without an entry."""
        if self.entry is None:
            return "unknown"
        if self.done >= self.due:
            return "all"
        return "some" if self.done else "none"


@dataclass(frozen=True)
class Course:
    """The last weeks of a diary, with a sentence that tells them."""

    days: tuple[DayFigures, ...]

    @property
    def width(self) -> int:
        """Width of the chart's view box."""
        return LEFT + STEP * len(self.days) + 8

    @property
    def lines(self) -> list[tuple[DayFigures, DayFigures]]:
        """Pairs of days to join: missing days are gaps."""
        told = [day for day in self.days if day.y is not None]
        return [(a, b) for a, b in pairwise(told) if (b.day - a.day).days == 1]

    @property
    def days_due(self) -> int:
        """Days with something to do."""
        return sum(day.due > 0 for day in self.days)

    @property
    def days_reported(self) -> int:
        """Days that were written down."""
        return sum(day.entry is not None for day in self.days)

    @property
    def days_all_done(self) -> int:
        """Days on which all that was due was done."""
        return sum(day.share == "all" for day in self.days)

    @property
    def pains(self) -> list[int]:
        """Pain of the days that tell it, in their order."""
        told = [day.entry.pain for day in self.days if day.entry]
        return [pain for pain in told if pain is not None]

    @property
    def highest_pain(self) -> int | None:
        """The highest pain; None when it was never told."""
        return max(self.pains, default=None)

    @property
    def sentence(self) -> str:
        """The course in words, for those who do not see the chart."""
        if not self.days_reported:
            return "No diary entries in these days."
        s = "" if len(self.days) == 1 else "s"
        text = f"{self.days_reported} of {len(self.days)} day{s} written down, "
        text += f"on {self.days_all_done} all exercises done."
        if told := self.pains:
            text += f" Pain first {told[0]}, last {told[-1]}, highest {max(told)}."
        return text


def course_of(
    document: HandoutDocument, entries: Mapping[date, DiaryEntry], today: date
) -> Course:
    """Return the days from the program's start to today, the last four weeks at most.

    What was due is that of the document, the revision in force.
    """
    start = date.fromisoformat(document.start_date)
    first = max(start, today - timedelta(days=MOST_DAYS - 1))
    days = (first + timedelta(days=n) for n in range((today - first).days + 1))
    return Course(
        tuple(
            _figures(document, entries.get(day), day, n) for n, day in enumerate(days)
        )
    )


def _figures(
    document: HandoutDocument, entry: DiaryEntry | None, day: date, place: int
) -> DayFigures:
    cards = phone.due(phone.phase_on(document, day), day)
    numbers = {card.number for card in cards if not card.as_needed}
    done = len(numbers & entry.numbers_done) if entry else 0
    x = LEFT + STEP * place + STEP // 2
    return DayFigures(day=day, due=len(numbers), done=done, entry=entry, x=x)
