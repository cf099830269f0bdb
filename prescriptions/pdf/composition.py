"""Pages composed before they are printed, so that none has a hole or a lone heading.

Blocks keep a fixed order of kinds; cards are spread over the fewest pages, as evenly
as can be, and what may stand anywhere fills the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import permutations, product

from prescriptions.documents import (
    HandoutDocument,
    HandoutOptions,
    Layout,
    PrintedLink,
)
from prescriptions.pdf import advice, blocks, cards, chart, tables
from prescriptions.pdf.blocks import Block
from prescriptions.pdf.sheet import Sheet
from prescriptions.pdf.style import halves

LARGEST_GAP = 14.0
# Kept free on each page, since heights are estimates
RESERVE = 1.5
# A page with less on it looks forgotten.
LEAST_SHARE = 0.35
# Worth of a page against its looks
TIGHT_PENALTY = 0.08
LONELY_PENALTY = 0.6
# More of them are not tried in every order.
MOST_PERMUTED = 6

SAFETY_NET = "handouts/_safety_net.html"

Page = list[Block]


@dataclass(frozen=True)
class Composition:
    """Pages of (space before in half millimeters, block), and the look they fit."""

    sheet: Sheet
    pages: tuple[tuple[tuple[int, Block], ...], ...]
    # None when a block is taller than a page
    expected_pages: int | None


def compose(
    sheet: Sheet,
    document: HandoutDocument,
    options: HandoutOptions,
    link: PrintedLink | None,
    *,
    reserve: float = RESERVE,
) -> Composition:
    """Return the pages, with tighter lines if that saves one or evens them out."""
    if sheet.layout == Layout.CHART:
        chosen, page = chart.chart(sheet, document, reserve)
        return Composition(chosen, (((0, page),),), 1)
    tried = [
        Composer(replace(sheet, tight=tight), document, options, link, reserve)
        for tight in (False, True)
    ]
    best = min((way for composer in tried for way in composer.ways()), key=_cost)
    return _spaced(best)


@dataclass
class Way:
    """One way to fill the pages."""

    sheet: Sheet
    pages: list[Page]
    room: float


def _used(page: Sequence[Block], gap: float) -> float:
    return sum(block.height for block in page) + gap * max(len(page) - 1, 0)


def _cost(way: Way) -> float:
    gap = way.sheet.gap
    shares = [min(_used(page, gap) / way.room, 1.0) for page in way.pages]
    cost = len(shares) + sum((1 - share) ** 2 for share in shares[:-1])
    cost += 0.4 * (1 - shares[-1]) ** 2
    cost += LONELY_PENALTY if shares[-1] < LEAST_SHARE and len(shares) > 1 else 0
    return cost + (TIGHT_PENALTY if way.sheet.tight else 0)


def _spaced(way: Way) -> Composition:
    pages = tuple(_with_gaps(way, page) for page in way.pages)
    is_known = all(
        _used(page, way.sheet.gap) <= way.room
        and not any(block.full_pages for block in page)
        for page in way.pages
    )
    return Composition(way.sheet, pages, len(pages) if is_known else None)


def _with_gaps(way: Way, page: Page) -> tuple[tuple[int, Block], ...]:
    """Give what is left of a page to the spaces between its blocks."""
    count = max(len(page) - 1, 1)
    free = max(way.room - _used(page, way.sheet.gap), 0)
    gap = halves(min(LARGEST_GAP, way.sheet.gap + free / count) - 0.25)
    return tuple((gap if number else 0, block) for number, block in enumerate(page))


@dataclass(frozen=True)
class Unit:
    """What stays together: a card, a pair of cards or a row of the list."""

    block: Block | None
    heading: Block | None = None
    phase: int = 0
    row: tables.ListRow | None = None


@dataclass
class Composer:
    """The ways to fill pages in one look."""

    sheet: Sheet
    document: HandoutDocument
    options: HandoutOptions
    link: PrintedLink | None
    reserve: float = RESERVE
    _front: list[Block] = field(init=False)

    def __post_init__(self) -> None:
        """Make what every way begins with."""
        sheet, document = self.sheet, self.document
        self.room = sheet.height - self.reserve
        self._front = [blocks.header(sheet, document)]
        if document.news and self.options.news:
            self._front.append(blocks.news(sheet, document.news))
        if document.pain_rule:
            self._front.append(advice.pain_rule(sheet, document))

    def ways(self) -> Iterator[Way]:
        """Yield ways that differ in how many cards stand on the first page."""
        lead = self._lead()
        last = lead[-1]
        most = min(len(self.units), self._most_in_page)
        for count in range(most + 1):
            taken = self._made(0, count)
            fits = _used([*last, *taken], self.gap) <= self.room
            if count and (not fits or self._is_tall(count - 1)):
                break
            if self._is_lone_row(0, count):
                continue
            begun = [*lead[:-1], [*last, *taken]]
            yield self._way(begun, count, own_first=True)
            yield self._way(begun, count, own_first=False)

    def _lead(self) -> list[Page]:
        """Return header, news and pain rule, on more pages if one cannot hold them."""
        pages: list[Page] = [[]]
        for block in self._front:
            if pages[-1] and not self._fits(pages[-1], block):
                pages.append([])
            pages[-1].append(block)
        return pages

    def _way(self, begun: list[Page], count: int, *, own_first: bool) -> Way:
        lead = [list(page) for page in begun]
        floats = [blocks.own_lines(self.sheet, self.link)]
        for page in lead:
            if own_first and floats and self._fits(page, floats[0]):
                page.append(floats.pop())
        self._add_plan(lead, count)
        pages = [*lead, *(self._made(i, j) for i, j in self._spread(count))]
        leaflets = self._leaflets()
        self._fill_holes(pages[len(lead) : -1], leaflets)
        floats += [*self._diaries, *leaflets]
        floats += advice.safety_net(self.sheet, self.document)
        pages[-1:] = self._tail(pages[-1], floats)
        self._add_notes(pages[len(lead) : -1])
        return Way(self.sheet, pages, self.room)

    @property
    def gap(self) -> float:
        """Least space between blocks."""
        return self.sheet.gap

    def _fits(self, page: Page, block: Block) -> bool:
        return _used([*page, block], self.gap) <= self.room

    def _add_plan(self, lead: list[Page], count: int) -> None:
        if count or len(self.document.cards) < 2 or self.sheet.layout == Layout.LIST:
            return
        for is_brief, page in product((False, True), reversed(lead)):
            plan = blocks.plan(self.sheet, self.document, is_brief=is_brief)
            if self._fits(page, plan):
                page.append(plan)
                return

    # Exercises

    @cached_property
    def units(self) -> list[Unit]:
        """What is spread over pages."""
        return [
            unit
            for number, phase in enumerate(self.document.phases)
            for unit in self._units_of(number)
        ]

    def _units_of(self, number: int) -> list[Unit]:
        sheet, phase = self.sheet, self.document.phases[number]
        heading = blocks.phase_heading(sheet, self.document, phase)
        if sheet.layout == Layout.LIST:
            days = self._days_of(number)
            has_pictures = self._has_pictures
            rows = [
                tables.list_row(sheet, card, days, has_pictures=has_pictures)
                for card in phase.cards
            ]
            units = [Unit(None, phase=number, row=row) for row in rows]
        elif sheet.layout == Layout.FOUR:
            pairs = [phase.cards[i : i + 2] for i in range(0, len(phase.cards), 2)]
            units = [Unit(cards.pair(sheet, two), phase=number) for two in pairs]
        else:
            units = [Unit(cards.card(sheet, one), phase=number) for one in phase.cards]
        return [replace(units[0], heading=heading), *units[1:]]

    def _days_of(self, number: int) -> tuple[tables.Day, ...]:
        phase = self.document.phases[number]
        return tables.list_days(self.sheet, phase, has_boxes=self.options.diary)

    @cached_property
    def _has_pictures(self) -> bool:
        return any(card.pictures for card in self.document.cards)

    @property
    def _most_in_page(self) -> int:
        most = {Layout.ONE: 1, Layout.TWO: 2, Layout.FOUR: 2}
        return most.get(Layout(self.sheet.layout), len(self.units))

    def _made(self, i: int, j: int) -> Page:
        """Return the blocks of units ``i`` to before ``j`` on one page."""
        if self.sheet.layout == Layout.LIST:
            return self._tables(i, j)
        return [
            _glued(unit.heading, unit.block, self.sheet.height)
            if unit.heading
            else unit.block
            for unit in self.units[i:j]
            if unit.block
        ]

    def _tables(self, i: int, j: int) -> Page:
        found: Page = []
        units = self.units[i:j]
        for number in dict.fromkeys(unit.phase for unit in units):
            mine = [unit for unit in units if unit.phase == number]
            rows = [unit.row for unit in mine if unit.row]
            last = self.document.phases[number].cards[-1]
            table = tables.list_table(
                self.sheet,
                rows,
                self._days_of(number),
                has_pictures=self._has_pictures,
                is_last=rows[-1].card == last,
            )
            heading = mine[0].heading
            found.append(
                _glued(heading, table, self.sheet.height) if heading else table
            )
        return found

    def _spread(self, first: int) -> list[tuple[int, int]]:
        """Return (from, to) of each page after the first, by exact search."""
        total = len(self.units)

        @cache
        def best(i: int) -> tuple[float, tuple[tuple[int, int], ...]]:
            if i == total:
                return 0.0, ()
            ways = []
            for j in range(i + 1, min(i + self._most_in_page, total) + 1):
                used = _used(self._made(i, j), self.gap)
                if j > i + 1 and (used > self.room or self._is_tall(j - 1)):
                    break
                # The last page of cards is filled up with what follows.
                free = 0.0 if j == total else max(1 - used / self.room, 0)
                cost, rest = best(j)
                lone = 0.3 if self._is_lone_row(i, j) else 0
                ways.append((1 + free**2 + lone + cost, ((i, j), *rest)))
            return min(ways)

        return list(best(first)[1])

    def _is_tall(self, i: int) -> bool:
        """Tell whether a unit is broken over pages, so that it has to begin one."""
        return any(block.full_pages for block in self._made(i, i + 1))

    def _is_lone_row(self, i: int, j: int) -> bool:
        """Tell whether a phase of the list has one row here and others elsewhere."""
        if self.sheet.layout != Layout.LIST:
            return False
        phases = [unit.phase for unit in self.units]
        here = phases[i:j]
        return any(here.count(one) == 1 < phases.count(one) for one in set(here))

    # What follows

    @cached_property
    def _diaries(self) -> list[Block]:
        has_boxes = self.sheet.layout == Layout.LIST and self._days_of(0)
        if not self.options.diary or has_boxes:
            return []
        return tables.diaries(self.sheet, self.document)

    def _leaflets(self) -> list[Block]:
        chosen = self.document.leaflets if self.options.leaflets else ()
        return [advice.leaflet(self.sheet, leaflet) for leaflet in chosen]

    def _fill_holes(self, pages: list[Page], leaflets: list[Block]) -> None:
        """Put leaflets under cards that stand alone."""
        for page in pages:
            fitting = [leaflet for leaflet in leaflets if self._fits(page, leaflet)]
            if len(page) == 1 and fitting:
                page.append(fitting[0])
                leaflets.remove(fitting[0])

    def _add_notes(self, pages: list[Page]) -> None:
        """Put lines to write on under cards that still stand alone."""
        for page in pages:
            room = self.room - _used(page, self.gap) - 2 * self.gap
            is_lone = len(page) == 1 and not page[0].full_pages
            if is_lone and (lines := blocks.notes(self.sheet, room)):
                page.append(lines)

    def _tail(self, page: Page, floats: list[Block]) -> list[Page]:
        """Return the pages from the last one of cards on, in the best order."""
        if len(floats) > MOST_PERMUTED:
            return self._flowed(page, floats)
        kinds = [block.template for block in floats]
        orders = (o for o in permutations(range(len(floats))) if _keeps_order(o, kinds))
        ways = [
            (order, self._flowed(page, [floats[i] for i in order])) for order in orders
        ]
        _, best = min(ways, key=lambda way: self._tail_cost(*way))
        return best

    def _flowed(self, page: Page, floats: list[Block]) -> list[Page]:
        pages = [list(page)]
        for block in floats:
            if pages[-1] and not self._fits(pages[-1], block):
                pages.append([])
            pages[-1].append(block)
        return pages

    def _tail_cost(
        self, order: tuple[int, ...], pages: list[Page]
    ) -> tuple[int, bool, int, float]:
        shares = [_used(page, self.gap) / self.room for page in pages]
        inversions = sum(a > b for i, a in enumerate(order) for b in order[i + 1 :])
        uneven = sum((1 - share) ** 2 for share in shares)
        return len(pages), shares[-1] < LEAST_SHARE, inversions, uneven


def _keeps_order(order: Sequence[int], kinds: Sequence[str]) -> bool:
    """Tell whether blocks of one kind follow each other as they were given.

    Nothing may come between the levels of the safety net.
    """
    levels = [i for i, place in enumerate(order) if kinds[place] == SAFETY_NET]
    if levels and levels[-1] - levels[0] >= len(levels):
        return False
    return all(
        a < b
        for i, a in enumerate(order)
        for b in order[i + 1 :]
        if kinds[a] == kinds[b]
    )


def _glued(heading: Block, block: Block, page: float) -> Block:
    """Return heading and what follows as one block, broken if a page cannot hold it."""
    height, pages = heading.height + block.height, block.full_pages
    if height > page and not pages and isinstance(block.view, cards.CardView):
        block = replace(block, view=replace(block.view, is_long=True))
        height, pages = height - page + cards.BROKEN_LOSS, 1
    return Block(
        template="handouts/_glued.html",
        height=height,
        view=(heading, block),
        full_pages=pages,
    )
