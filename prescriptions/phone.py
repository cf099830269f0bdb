"""What the patient's phone page shows of an issued program on one day."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.utils import translation

from clinic import languages
from clinic.assets import StoredFileError, read_asset
from prescriptions.documents import HandoutDocument, NewsLine
from prescriptions.documents.parts import ExerciseCard, PhasePart, Picture

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Drawn figures stand in the page itself: one request, also without a network. Those of
# two large programs are remembered, about 15 kB each.
REMEMBERED = 200
# So long the news of a revision stand open; later a tap opens them
NEWS_DAYS = 14
MIME = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}


@dataclass(frozen=True)
class Shown:
    """A picture with the address that an ``img`` takes."""

    picture: Picture
    source: str


@dataclass(frozen=True)
class DayCard:
    """An exercise of the day with its pictures, and what its timer counts."""

    card: ExerciseCard
    figures: tuple[Shown, ...]

    @property
    def easier(self) -> tuple[Shown, ...]:
        """Pictures of the easier version."""
        how = self.card.easier_how
        return tuple(_shown(how.pictures)) if how else ()

    @property
    def pace(self) -> dict[str, Any] | None:
        """The timer's numbers as the page's module reads them."""
        return asdict(self.card.pace) if self.card.pace else None

    @property
    def hint(self) -> str:
        """The line that tells of steps that are not translated."""
        spoken = self.languages.get("steps", "")
        shown_in = translation.get_language() or languages.SOURCE
        return languages.fallback_hint(spoken, shown_in) if spoken else ""

    @property
    def languages(self) -> dict[str, str]:
        """Field -> language of the texts that are not in the document's."""
        return dict(self.card.languages)


@dataclass(frozen=True)
class Day:
    """The phase of a day and what is due in it."""

    phase: PhasePart
    cards: tuple[DayCard, ...]
    is_last_phase: bool


@dataclass(frozen=True)
class News:
    """What changed since an earlier day, written out in the language in force.

    It stands open to the day ``until``.
    """

    since: str
    lines: tuple[NewsLine, ...]
    until: date
    is_open: bool


def day_of(document: HandoutDocument, day: date) -> Day:
    """Return the exercises of a day: those of its phase due on that weekday."""
    phase = phase_on(document, day)
    return Day(
        phase=phase,
        cards=tuple(DayCard(card, tuple(_figures(card))) for card in due(phase, day)),
        is_last_phase=phase is document.phases[-1],
    )


def all_days(document: HandoutDocument) -> list[Day]:
    """Return every phase with all its cards, for a phone to choose from by itself."""
    return [
        Day(
            phase=phase,
            cards=tuple(DayCard(card, tuple(_figures(card))) for card in phase.cards),
            is_last_phase=phase is document.phases[-1],
        )
        for phase in document.phases
    ]


def phase_on(document: HandoutDocument, day: date) -> PhasePart:
    """Return the phase of a day: the first before the start, the last after the end."""
    begun = [
        phase
        for phase in document.phases
        if phase.start_date and phase.start_date <= day.isoformat()
    ]
    return begun[-1] if begun else document.phases[0]


def due(phase: PhasePart, day: date) -> list[ExerciseCard]:
    """Return the cards of a phase to do on a day, those for when needed as well."""
    name = DAYS[day.weekday()]
    return [card for card in phase.cards if not card.weekdays or name in card.weekdays]


def news_on(document: HandoutDocument, day: date) -> News | None:
    """Return what is new in the program, as shown on a day."""
    if not document.news:
        return None
    until = date.fromisoformat(document.issued_on) + timedelta(days=NEWS_DAYS - 1)
    return News(
        since=languages.long_date(date.fromisoformat(document.news.since)),
        lines=document.news.lines,
        until=until,
        is_open=day <= until,
    )


def _figures(card: ExerciseCard) -> Iterator[Shown]:
    yield from _shown(card.pictures)


def _shown(pictures: Iterable[Picture]) -> Iterator[Shown]:
    for picture in pictures:
        if source := address_of(picture.asset):
            yield Shown(picture, source)


def address_of(asset: str) -> str:
    """Return a stored picture as a data address; empty when the file is lost."""
    try:
        return _data_address(asset)
    except StoredFileError:
        return ""


@lru_cache(maxsize=REMEMBERED)
def _data_address(asset: str) -> str:
    """Return the address; drawings as text, which the transport can compress."""
    ending = asset.rpartition(".")[2]
    content = read_asset(asset)
    if ending == "svg":
        return f"data:{MIME[ending]}," + quote(content.decode(), safe=" ='/:;,()")
    return f"data:{MIME[ending]};base64,{base64.b64encode(content).decode()}"
