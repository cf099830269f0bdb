"""What a benchmark is made of: rows with a bar, and paired measurements.

A module of this folder is a benchmark when it has `rows() -> list[Row]`:

    def rows() -> list[Row]:
        pairs = paired(render_handout, reference=render_plain_page, rounds=9)
        return [
            Row.at_most("handout_seconds", pairs.subject, "s", 2.0),
            Row.at_most("handout_to_plain", pairs.ratio, "x", 6.0),
        ]
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self


@dataclass(frozen=True)
class Row:
    """One measured value and the bar it has to reach."""

    name: str
    value: float
    unit: str
    bar: float
    side: Literal["at most", "at least"]

    @classmethod
    def at_most(cls, name: str, value: float, unit: str, bar: float) -> Self:
        """A value that must not exceed its bar."""
        return cls(name, value, unit, bar, "at most")

    @classmethod
    def at_least(cls, name: str, value: float, unit: str, bar: float) -> Self:
        """A value that must reach its bar."""
        return cls(name, value, unit, bar, "at least")

    @property
    def ok(self) -> bool:
        """Whether the bar is kept."""
        if self.side == "at most":
            return self.value <= self.bar
        return self.value >= self.bar


@dataclass(frozen=True)
class Pairs:
    """Seconds of a subject and of a reference, measured by turns in one run."""

    subjects: list[float]
    references: list[float]

    @property
    def subject(self) -> float:
        """The median of the subject."""
        return statistics.median(self.subjects)

    @property
    def reference(self) -> float:
        """The median of the reference."""
        return statistics.median(self.references)

    @property
    def ratio(self) -> float:
        """The median of subject / reference within each pair.

        A machine that slows down for a while slows both halves of a pair.
        """
        pairs = zip(self.subjects, self.references, strict=True)
        return statistics.median(subject / reference for subject, reference in pairs)


def seconds_of(work: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def paired(
    subject: Callable[[], object], *, reference: Callable[[], object], rounds: int = 7
) -> Pairs:
    """Measure both by turns; who goes first changes from round to round."""
    subject(), reference()  # warm caches, unmeasured
    subjects, references = [], []
    for round_number in range(rounds):
        if round_number % 2:
            references.append(seconds_of(reference))
            subjects.append(seconds_of(subject))
        else:
            subjects.append(seconds_of(subject))
            references.append(seconds_of(reference))
    return Pairs(subjects, references)
