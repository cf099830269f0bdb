"""What every importer makes of one exercise, whatever file it came from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from exercises.dosage import Dosage

MOST_ROWS = 5000
MOST_ID = 120
MOST_PICTURES = 6


class FileError(Exception):
    """The file as a whole cannot be imported; the message tells why."""


class RowError(Exception):
    """One exercise of the file cannot be imported; ``faults`` name the fields."""

    def __init__(self, faults: Sequence[str], source_id: str = "", name: str = ""):
        super().__init__(" ".join(faults))
        self.faults, self.source_id, self.name = tuple(faults), source_id, name


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What a patient reads, in one language, and whose words these are.

    ``version`` and ``of_version`` are told by our own bundles alone, else 0.
    """

    name: str
    also_called: tuple[str, ...] = ()
    start: str = ""
    steps: tuple[str, ...] = ()
    breathing: str = ""
    feel: str = ""
    mistakes: tuple[str, ...] = ()
    stop_if: tuple[str, ...] = ()
    licence: str = ""
    attribution: str = ""
    version: int = 0
    of_version: int = 0


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture: a file by its name among the files given, or a pose to be drawn.

    ``description`` and ``caption`` map a language to words; ``original`` is the
    SHA-256 of the file that our own bundle's picture was once made from.
    """

    path: str = ""
    pose: Mapping[str, Any] | None = None
    description: Mapping[str, str] = field(default_factory=dict)
    caption: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    attribution: str = ""
    original: str = ""


@dataclass(frozen=True, kw_only=True)
class Former:
    """An exercise as it stood in an older version, as our own bundles tell it."""

    version: int
    language: str
    texts: Mapping[str, Texts]
    equipment: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    video_url: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImportedExercise:
    """One exercise; ``source`` and ``source_id`` tell it apart for good.

    ``texts`` maps languages to texts and has ``language``, that of the exercise
    itself. Terms and tags are of the closed lists; what has no place in them is told
    in ``unmapped`` and kept in ``review_notes``, which a practitioner has to judge.
    """

    source: str
    source_id: str
    language: str
    texts: Mapping[str, Texts]
    category: str
    regions: tuple[str, ...] = ()
    muscles: tuple[str, ...] = ()
    position: str = "other"
    direction: str = "neutral"
    equipment: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    difficulty: int = 1
    cautions: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    # Gaps to fill in by hand where the source tells no dosage
    dosage: Dosage = field(default_factory=partial(Dosage, fill_in=True))
    dosage_source: str = ""
    easier: str = ""
    harder: str = ""
    video_url: str = ""
    origin: str = ""
    pictures: tuple[Picture, ...] = ()
    review_notes: tuple[str, ...] = ()
    # Sentences for the report
    unmapped: tuple[str, ...] = ()
    slug: str = ""
    cloned_from: tuple[str, ...] = ()
    version: int = 1
    former: tuple[Former, ...] = ()

    @property
    def name(self) -> str:
        """The name in the exercise's own language."""
        return self.texts[self.language].name


@dataclass(frozen=True)
class Rows:
    """The exercises of a file: numbers people count in, data, and what reads one.

    ``build`` raises RowError; nothing is built before its turn.
    """

    items: Sequence[tuple[int, Any]]
    build: Callable[[Any], ImportedExercise]

    def __post_init__(self) -> None:
        """Refuse an empty file, and one that is too long."""
        if not self.items:
            raise FileError("There is no exercise in this file.")
        if len(self.items) > MOST_ROWS:
            count = len(self.items)
            raise FileError(
                f"{count:,} exercises; at most {MOST_ROWS:,} at once. Split the file."
            )
