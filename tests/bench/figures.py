"""Exercise pictures: drawing them all, their size, and their share of a handout."""

import gc
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from exercises.catalog.files import read_library
from exercises.figures import Figure, draw_series, read_figures
from prescriptions import pdf
from prescriptions.documents import HandoutSpec, Picture
from tests.bench.measure import Row, paired
from tests.prescriptions.specs import make_card, make_phase, make_spec

EXERCISES = 6
PICTURES_EACH = 2
ROUNDS = 15


def rows() -> list[Row]:
    """Draw the library; print a handout with and without its pictures."""
    library = series()
    drawings = {slug: draw_series(figures) for slug, figures in library.items()}
    sizes = [len(svg) / 1000 for each in drawings.values() for svg in each]
    spec, assets = illustrated(drawings, EXERCISES)
    plain = without_pictures(spec)
    pdf.warm_up()
    drawing = paired(
        lambda: [draw_series(figures) for figures in library.values()],
        reference=lambda: pdf.render(plain, {}),
        rounds=3,
    )
    with as_in_a_child():
        printing = paired(
            lambda: pdf.render(spec, assets),
            reference=lambda: pdf.render(plain, {}),
            rounds=ROUNDS,
        )
    return [
        Row.at_most("drawing_all_figures_to_a_handout", drawing.ratio, "x", 10),
        Row.at_most("figure_median", statistics.median(sizes), "kB", 10),
        Row.at_most("figure_largest", max(sizes), "kB", 16),
        Row.at_most("handout_12_figures_to_none", printing.ratio, "x", 1.6),
    ]


@contextmanager
def as_in_a_child() -> Iterator[None]:
    """Let no garbage be collected, as in the child process that prints handouts."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def series() -> dict[str, list[Figure]]:
    """The figures of every exercise of the library."""
    return {
        entry.slug: read_figures(entry.columns["figures"], entry.slug)
        for entry in read_library()
    }


def illustrated(
    drawings: dict[str, list[str]], exercises: int
) -> tuple[HandoutSpec, dict[str, bytes]]:
    """A handout whose exercises have two different pictures each, and those pictures.

    The slowest to print are those with most to draw; a spread of all is taken.
    """
    known = sorted(slug for slug, each in drawings.items() if len(each) >= 2)
    chosen = known[:: len(known) // exercises][:exercises]
    assets: dict[str, bytes] = {}
    cards = []
    for number, slug in enumerate(chosen, start=1):
        pictures = []
        for letter, svg in enumerate(drawings[slug][:PICTURES_EACH], start=1):
            name = f"{number:032d}{letter:032d}.svg"
            assets[name] = svg.encode()
            pictures.append(_picture(name, svg))
        cards.append(make_card(number, name=slug, pictures=tuple(pictures)))
    return make_spec(phases=(make_phase(tuple(cards)),)), assets


def without_pictures(spec: HandoutSpec) -> HandoutSpec:
    """The same handout in words alone."""
    cards = (make_card(card.number, name=card.name) for card in spec.document.cards)
    return make_spec(phases=(make_phase(tuple(cards)),))


def _picture(name: str, svg: str) -> Picture:
    _, _, width, height = svg.split('viewBox="')[1].split('"')[0].split()
    return Picture(
        asset=name, width=int(width), height=int(height), alt="A.", caption="Start"
    )
