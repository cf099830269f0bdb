"""Cards of exercises: what stands where in each layout, and how tall that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.utils.translation import gettext

from prescriptions.documents import ExerciseCard, Layout, Size
from prescriptions.pdf import wording
from prescriptions.pdf.arrangement import Rows, arrange
from prescriptions.pdf.blocks import Block
from prescriptions.pdf.ruler import MM_PER_POINT, Run, height_of
from prescriptions.pdf.sheet import Sheet

COLUMN = 70.0
COLUMN_GAP = 4.0
BAND_EDGE = 4 * MM_PER_POINT + 6
PAIR_GUTTER = 8.0
# What pictures above the text must save of a page to stand there
WORTH_A_BAND = 4.0
# What a phase's heading takes above a card
HEADING_ROOM = 22.0
# What stays empty at the foot of a page where a card is broken
BROKEN_LOSS = 15.0


@dataclass(frozen=True)
class Hint:
    """A labeled line of a card."""

    kind: str
    label: str
    text: str
    language: str = ""


@dataclass(frozen=True)
class Video:
    """Where a film of the exercise is; ``picture`` names its QR code."""

    address: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class CardView:
    """A card as its template shows it."""

    card: ExerciseCard
    rows: Rows = ()
    before: tuple[Hint, ...] = ()
    after: tuple[Hint, ...] = ()
    variants: tuple[Hint, ...] = ()
    need: str = ""
    hint: str = ""
    dosage: tuple[str, ...] = ()
    video: Video | None = None
    beside: bool = False
    is_split: bool = False
    runs_in: bool = False
    is_long: bool = False


def video_picture(number: int) -> str:
    """Return the name of the QR code of a card's film."""
    return f"video-{number}"


def _video(card: ExerciseCard) -> Video | None:
    if not card.video_url:
        return None
    parts = urlsplit(card.video_url)
    address = f"{parts.netloc}{parts.path}".removeprefix("www.").rstrip("/")
    if parts.query:
        address += f"?{parts.query}"
    return Video(address, video_picture(card.number))


def hints_before(card: ExerciseCard) -> tuple[Hint, ...]:
    """Return what is read before the steps."""
    return _hints(
        card,
        [
            ("why", "why", gettext("Why"), card.why),
            ("hint", "start", gettext("Start"), card.start),
        ],
    )


def hints_after(card: ExerciseCard) -> tuple[Hint, ...]:
    """Return what is read after the steps."""
    sentence = wording.as_sentence
    return _hints(
        card,
        [
            ("hint", "breathing", gettext("Breathe"), card.breathing),
            ("hint", "feel", gettext("Feel"), card.feel),
            ("hint", "mistakes", gettext("Avoid"), sentence(card.mistakes)),
            ("stopif", "stop_if", gettext("Stop if"), sentence(card.stop_if)),
            ("stopif", "precautions", gettext("Take care"), _care(card)),
        ],
    )


def variants(card: ExerciseCard) -> tuple[Hint, ...]:
    """Return the easier and the harder version, which share a line."""
    return _hints(
        card,
        [
            ("hint", "easier", gettext("Easier"), card.easier),
            ("hint", "harder", gettext("Harder"), card.harder),
        ],
    )


def _care(card: ExerciseCard) -> str:
    if not card.precautions:
        return ""
    ask = gettext("Ask us if you are not sure.")
    return f"{wording.as_sentence([wording.as_listed(card.precautions)])} {ask}"


def _hints(
    card: ExerciseCard, rows: Iterable[tuple[str, str, str, str]]
) -> tuple[Hint, ...]:
    languages = dict(card.languages)
    return tuple(
        Hint(kind, label, text, languages.get(field, ""))
        for kind, field, label, text in rows
        if text
    )


def _need(card: ExerciseCard) -> str:
    if not card.equipment:
        return ""
    things = wording.as_listed(card.equipment)
    return gettext("You need: %(things)s") % {"things": things}


def _foreign(card: ExerciseCard) -> str:
    """Return the line that tells of the language of steps that are not translated."""
    return wording.foreign_hint(dict(card.languages).get("steps", ""))


# One and two a page


def card(sheet: Sheet, one: ExerciseCard) -> Block:
    """Return a full card; one taller than a page is broken between its lines."""
    view, height = _full(sheet, one)
    pages = 0
    while height > sheet.height:
        height -= sheet.height - BROKEN_LOSS
        pages += 1
    return Block(
        template="handouts/_card.html", height=height, view=view, full_pages=pages
    )


def _full(sheet: Sheet, one: ExerciseCard) -> tuple[CardView, float]:
    """Return the card in its arrangement, shortened if no page could hold it."""
    view = _best_arranged(sheet, one)
    height = _height(sheet, view)
    if height > sheet.height - HEADING_ROOM:
        return _shortened(sheet, view)
    return view, height


def _best_arranged(sheet: Sheet, one: ExerciseCard) -> CardView:
    """Choose where the pictures go: large ones above, others where they save height.

    A single picture above two columns of text would leave a hole beside it.
    """
    above = _arranged(sheet, one, beside=False)
    if sheet.layout == Layout.ONE:
        fits = _height(sheet, above) <= sheet.height - HEADING_ROOM
        return above if fits else _arranged(sheet, one, beside=False, in_row=3)
    if sheet.size == Size.LARGE or not one.pictures:
        return above
    beside = _arranged(sheet, one, beside=True)
    saved = _height(sheet, beside) - _height(sheet, above)
    return above if len(one.pictures) > 1 and saved > WORTH_A_BAND else beside


def _shortened(sheet: Sheet, view: CardView) -> tuple[CardView, float]:
    """Leave out easier and harder versions if that keeps a card on one page."""
    shorter = replace(view, variants=())
    height = _height(sheet, shorter)
    return replace(shorter, is_long=height > sheet.height), height


def _arranged(
    sheet: Sheet, one: ExerciseCard, *, beside: bool, in_row: int = 0
) -> CardView:
    """Return the card with pictures in that place; ``in_row`` of them made to fit."""
    in_columns = sheet.size != Size.LARGE and sheet.layout != Layout.ONE
    width = COLUMN - COLUMN_GAP if beside else sheet.width
    return CardView(
        card=one,
        rows=arrange(
            one.pictures,
            width=width,
            scale=sheet.picture_scale,
            most=in_row or (2 if sheet.layout == Layout.ONE else 3),
            in_row=in_row,
        ),
        before=hints_before(one),
        after=hints_after(one),
        variants=variants(one),
        need=_need(one),
        hint=_foreign(one),
        dosage=dosage_lines(sheet, one.dosage, sheet.width),
        video=_video(one),
        beside=beside,
        is_split=in_columns and not beside,
    )


def _height(sheet: Sheet, view: CardView) -> float:
    top = _top_height(sheet, view, sheet.width)
    top += dosage_height(sheet, view.dosage, sheet.width)
    if view.beside:
        text = sheet.width - COLUMN
        beside = _text_height(sheet, view, text)
        return top + max(pictures_height(sheet, view.rows, COLUMN - COLUMN_GAP), beside)
    top += pictures_height(sheet, view.rows, sheet.width)
    if view.is_split:
        left, right = sheet.width * 0.54 - 6, sheet.width * 0.46
        steps = _steps_height(sheet, view, left)
        return top + max(steps, _after_height(sheet, view, right))
    return top + _text_height(sheet, view, sheet.width)


def _top_height(sheet: Sheet, view: CardView, width: float) -> float:
    types = sheet.type
    need = sheet.need_width if view.need else 0.0
    name = sheet.text(
        view.card.name, width - sheet.number_width - need, types.name, 1.25, bold=True
    )
    height = max(name + 0.3, sheet.badge * MM_PER_POINT)
    if view.need:
        words = sheet.text(view.need, need - 4, types.label, 1.3)
        height = max(height, words + sheet.need_top * MM_PER_POINT)
    if view.hint:
        height += sheet.text(view.hint, width, types.caption, 1.3)
    return height


def dosage_height(sheet: Sheet, lines: Sequence[str], width: float) -> float:
    """Return the height of the dosage band with the space around it."""
    inner = width - BAND_EDGE
    text = sum(_dosage_line(sheet, line, inner) for line in lines)
    return 2 + 3 + (2 if sheet.tight else 3) + text


def dosage_lines(sheet: Sheet, lines: Sequence[str], width: float) -> tuple[str, ...]:
    """Return the lines of the band, run together where paper is short."""
    joined, inner = " ".join(lines), width - BAND_EDGE
    apart = sum(_dosage_line(sheet, line, inner) for line in lines)
    is_lower = _dosage_line(sheet, joined, inner) < apart
    return (joined,) if sheet.tight and is_lower else tuple(lines)


def _dosage_line(sheet: Sheet, line: str, width: float) -> float:
    types = sheet.type
    runs = [
        Run(piece.text, types.number if piece.large else types.dose, bold=True)
        for piece in wording.numbers(line)
    ]
    return height_of(runs, width, types.dose * sheet.dose_leading)


def pictures_height(sheet: Sheet, rows: Rows, width: float) -> float:
    """Return the height of rows of pictures with their captions."""
    total = 0.0
    for row in rows:
        pictures = max(placed.height_mm for placed in row)
        alone = len(row) == 1
        captions = [
            sheet.text(
                f"{placed.letter}  {placed.picture.caption}",
                width if alone else placed.cell / 2 - 3,
                sheet.type.caption,
                1.25,
            )
            for placed in row
            if placed.picture.caption or not alone
        ]
        total += pictures + (0.8 + max(captions) + 2.5 if captions else 0)
    return total


def _text_height(sheet: Sheet, view: CardView, width: float) -> float:
    return _steps_height(sheet, view, width) + _after_height(sheet, view, width)


def _steps_height(sheet: Sheet, view: CardView, width: float) -> float:
    if view.runs_in:
        return _hints_height(sheet, view.before, width) + _run_in(sheet, view, width)
    inner = width - sheet.hang
    steps = [sheet.body(step, inner) for step in view.card.steps]
    between = sheet.item_gap * max(len(steps) - 1, 0)
    return _hints_height(sheet, view.before, width) + 0.8 + sum(steps) + between + 2


def _run_in(sheet: Sheet, view: CardView, width: float) -> float:
    """Return the height of steps that follow one another in one paragraph."""
    points = sheet.type.body
    runs: list[Run] = []
    for number, step in enumerate(view.card.steps, start=1):
        runs += [Run(f"{number}\u00a0", points, bold=True), Run(f"{step} ", points)]
    return 0.8 + 1 + height_of(runs, width, points * sheet.leading)


def _after_height(sheet: Sheet, view: CardView, width: float) -> float:
    extras = extras_height(sheet, view, width)
    height = _hints_height(sheet, view.after, width) + extras
    if view.variants:
        points = sheet.type.body
        runs: list[Run] = []
        for hint in view.variants:
            words = f"\u00a0\u00a0{hint.text}\u2003 "
            runs += [Run(hint.label, points, bold=True), Run(words, points)]
        height += 0.5 + height_of(runs, width - sheet.hang, points * sheet.leading)
    return height


def _hints_height(sheet: Sheet, hints: Sequence[Hint], width: float) -> float:
    return sum(_hint_height(sheet, hint, width) for hint in hints)


def _hint_height(sheet: Sheet, hint: Hint, width: float) -> float:
    points = sheet.type.body
    runs = [Run(hint.label, points, bold=True), Run(f"\u2002{hint.text}", points)]
    indent = 0 if sheet.layout == Layout.FOUR else sheet.hang
    height = height_of(runs, width - indent, points * sheet.leading)
    return height + (1.0 if hint.kind == "why" else 0.5)


def extras_height(sheet: Sheet, view: CardView, width: float) -> float:
    """Return the height of note, film and credit."""
    height = 0.0
    if view.card.note:
        words = f"{gettext('For you:')} {view.card.note}"
        height += 2 + 3 + 0.8 + sheet.body(words, width - 6)
    if view.video:
        words = f"{gettext('Watch it:')} {view.video.address}"
        height += 2 + max(22, sheet.body(words, width - 25))
    if view.card.attribution:
        text = sheet.text(view.card.attribution, width, sheet.type.foot, 1.25)
        height += 1 + text
    return height


# Four a page


@dataclass(frozen=True)
class PairView:
    """Two cards side by side, the second of which may be missing."""

    cards: tuple[CardView, ...]


def pair(sheet: Sheet, cards: Sequence[ExerciseCard]) -> Block:
    """Return one or two small cards side by side."""
    width = (sheet.width - PAIR_GUTTER) / 2
    views = tuple(_small(sheet, one, width) for one in cards)
    height = max(_small_height(sheet, view, width) for view in views)
    return Block(template="handouts/_pair.html", height=height, view=PairView(views))


def _small(sheet: Sheet, one: ExerciseCard, width: float) -> CardView:
    """Keep what reminds of a known exercise, and all that keeps it safe."""
    kept = {"stopif"}
    return CardView(
        card=one,
        rows=arrange(one.pictures[:2], width=width, scale=sheet.picture_scale, most=2),
        before=hints_before(one),
        after=tuple(hint for hint in hints_after(one) if hint.kind in kept),
        hint=_foreign(one),
        dosage=dosage_lines(sheet, one.dosage, width),
        video=_video(one),
        runs_in=True,
    )


def _small_height(sheet: Sheet, view: CardView, width: float) -> float:
    return (
        _top_height(sheet, view, width)
        + dosage_height(sheet, view.dosage, width)
        + pictures_height(sheet, view.rows, width)
        + _text_height(sheet, view, width)
    )
