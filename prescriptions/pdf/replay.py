"""Figures as operators of a PDF: recorded once per process, replayed in each handout.

Only drawings of our own kind are recorded: nothing but paths, so that there is nothing
to load, to name or to embed. The recorder uses internals of the printer; should they
change, the probe fails and figures are printed as plain SVG, only slower.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

logger = logging.getLogger(__name__)

# About 30 kB each: the shared library in three looks.
MOST_RECORDS = 320
MOST_BYTES = 32_000
NUMBER = r"-?\d+(?:\.\d+)?"
OWN_DRAWING = re.compile(
    rf'<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="{NUMBER} {NUMBER}'
    r' ([1-9]\d{0,3}) ([1-9]\d{0,3})"'
    r'(?: stroke-line(?:join|cap)="round")*>'
    r'(?:<path d="[MmLlHhVvCcQqAaZz0-9 .,-]+" fill="(?:none|#[0-9a-f]{3,6})"'
    r'(?: fill-opacity="\.\d{1,2}")?'
    r'(?: stroke="#[0-9a-f]{3,6}" stroke-width="[\d.]+")?'
    r'(?: stroke-dasharray="[\d ]+")?/>)+</svg>'
)
SAMPLE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-5 0 40 20">'
    b'<path d="M1 2l3 4Z" fill="#f00" stroke="#234" stroke-width="2"/></svg>'
)
# What the sample must come to, whatever the printer puts around it
EXPECTED = (b"1 0 0 1 5 0 cm", b"1 0 0 rg", b"2 w", b"1 2 m", b"4 6 l", b"h", b"B")
OPAQUE = {"a1.0", "A1.0"}

States = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Record:
    """Operators that draw a figure of ``width`` by ``height`` at full size."""

    width: float
    height: float
    operators: bytes
    states: States


Recorder = Callable[[bytes, float, float], tuple[bytes, States]]


class Records:
    """The records of a process; the least used ones are forgotten."""

    def __init__(self, recorder: Recorder) -> None:
        """Keep the recorder; it is probed with the first figure."""
        self._recorder = recorder
        self.kept = lru_cache(maxsize=MOST_RECORDS)(self._made)
        self._works = lru_cache(maxsize=1)(self._probe)

    def of(self, drawing: bytes) -> Record | None:
        """Return the record of a drawing; None for what must be printed as it is."""
        size = size_of_own(drawing)
        return self.kept(drawing, *size) if size and self._works() else None

    def _made(self, drawing: bytes, width: float, height: float) -> Record | None:
        try:
            return Record(width, height, *self._recorder(drawing, width, height))
        except Exception:
            logger.exception("a figure is printed as plain SVG")
            return None

    def _probe(self) -> bool:
        try:
            operators, states = self._recorder(SAMPLE, 40, 20)
        except Exception:
            logger.exception("figures are printed as plain SVG")
            return False
        lines = operators.split(b"\n")
        works = set(states) == OPAQUE and all(line in lines for line in EXPECTED)
        if not works:
            logger.error("figures are printed as plain SVG: the printer has changed")
        return works


def size_of_own(drawing: bytes) -> tuple[float, float] | None:
    """Return the size of a drawing of our own kind; None for any other picture."""
    if len(drawing) > MOST_BYTES or not drawing.startswith(b"<svg"):
        return None
    found = OWN_DRAWING.fullmatch(drawing.decode("ascii", "replace"))
    return (float(found[1]), float(found[2])) if found else None
