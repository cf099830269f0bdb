"""Print options, the printed link, and with the document all that a PDF depends on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.conf import settings
from django.utils import timezone

from clinic.models import Clinic
from exercises.dosage import Choice
from prescriptions.documents.parts import HandoutDocument
from prescriptions.documents.storing import sha256_of
from prescriptions.models import Program

# From this age on, print is a size larger unless somebody chooses otherwise.
LARGER_FROM_AGE = 60


class Layout(Choice):
    """How much of an exercise stands on a page."""

    ONE = "one", "One exercise a page"
    TWO = "two", "Two exercises a page"
    FOUR = "four", "Four exercises a page"
    LIST = "list", "Compact list"
    CHART = "chart", "Wall chart, one page"


class Size(Choice):
    """Size of the type: 12, 14 and 18 point."""

    NORMAL = "normal", "Normal (12 pt)"
    MEDIUM = "medium", "Larger (14 pt)"
    LARGE = "large", "Large print (18 pt)"


class Color(Choice):
    """Colors, or gray shades for a printer without them."""

    COLOR = "color", "Color"
    MONO = "mono", "Black and white"


CHOICES: Mapping[str, list[tuple[str, str]]] = {
    "paper": list(Clinic.Paper.choices),
    "layout": Layout.choices(),
    "size": Size.choices(),
    "color": Color.choices(),
}


# What can be left out
PARTS = ("diary", "leaflets", "pictures", "news")


class UnknownOptionError(ValueError):
    """A print option has a value that does not exist."""


@dataclass(frozen=True, kw_only=True)
class HandoutOptions:
    """Print options; they choose look and language, never the content."""

    paper: str = Clinic.Paper.A4
    layout: str = Layout.TWO
    size: str = Size.NORMAL
    color: str = Color.COLOR
    # One that the revision was frozen in; its own while empty
    language: str = ""
    diary: bool = True
    leaflets: bool = True
    pictures: bool = True
    # Prints something from the second revision on
    news: bool = True

    def __post_init__(self) -> None:
        """Refuse what no layout is made for."""
        if self.language not in {"", *dict(settings.LANGUAGES)}:
            raise UnknownOptionError(f"language: {self.language!r}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in dict(choices):
                raise UnknownOptionError(f"{name}: {getattr(self, name)!r}")
        for name in PARTS:
            if not isinstance(getattr(self, name), bool):
                raise UnknownOptionError(f"{name}: {getattr(self, name)!r}")

    @property
    def printed_layout(self) -> str:
        """The layout as printed: four cards in large print have no room."""
        is_too_large = self.size == Size.LARGE and self.layout == Layout.FOUR
        return Layout.TWO if is_too_large else self.layout

    def key(self, *, template_version: str, link_id: str) -> str:
        """Digest that tells two renderings of one revision apart."""
        return sha256_of(asdict(self) | {"template": template_version, "link": link_id})


# What chooses the look; the languages differ from one revision to the next.
OPTION_NAMES = tuple(
    field.name for field in fields(HandoutOptions) if field.name != "language"
)


def options_from(data: Mapping[str, Any]) -> HandoutOptions:
    """Return stored options; what was not asked for then keeps its default."""
    known = {*OPTION_NAMES, "language"}
    return HandoutOptions(**{k: v for k, v in data.items() if k in known})


def default_options(*, paper: str, age: int | None = None) -> HandoutOptions:
    """Return what is printed unless somebody chooses: larger type for older eyes."""
    is_older = age is not None and age >= LARGER_FROM_AGE
    return HandoutOptions(paper=paper, size=Size.MEDIUM if is_older else Size.NORMAL)


def usual_options(program: Program) -> HandoutOptions:
    """Return the clinic's paper, and type that suits the patient's age."""
    born, today = program.patient.date_of_birth, timezone.localdate()
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    age = today.year - born.year - (not had_birthday)
    return default_options(paper=program.clinic.paper, age=age)


@dataclass(frozen=True, kw_only=True)
class PrintedLink:
    """The way back to the program that the handout prints."""

    url: str
    short_url: str
    code: str
    expires_on: str


@dataclass(frozen=True, kw_only=True)
class HandoutSpec:
    """Everything that the bytes of a PDF depend on."""

    document: HandoutDocument
    options: HandoutOptions
    link: PrintedLink | None
    key: str
