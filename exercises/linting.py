"""The lint of shared texts: every page of every library file, in each language.

``settings.LINTED_TEXTS`` names what gives the pages; whoever keeps texts in files adds
a function of theirs. Errors are what must not be shipped: a grade over the ceiling, a
text that is missing, a code of a source that nothing explains.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

from exercises.readability import Finding, Text, findings, grade
from exercises.sources import unknown_codes


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a patient reads at once: texts by field, empty where one is missing.

    The fields ``together`` are graded as one. ``sources`` are told to practitioners.
    """

    place: str
    language: str
    texts: Mapping[str, Text]
    together: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def grade(self) -> float | None:
        """The school grade of the texts that are graded as one, or of all."""
        fields = self.together or tuple(self.texts)
        lines = (one for name in fields for one in _lines(self.texts[name]))
        return grade(tuple(lines), self.language)


@dataclass(frozen=True)
class Verdict:
    """What was found on one page."""

    page: Page
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings must not be shipped."""
        return sum(one.is_error for one in self.findings)


def linted_pages() -> Iterator[Page]:
    """Yield all pages of this installation's files."""
    for name in settings.LINTED_TEXTS:
        yield from import_string(name)()


def lint(pages: Iterable[Page]) -> Iterator[Verdict]:
    """Yield a verdict on each page."""
    for page in pages:
        hard = findings(page.texts, page.language, together=page.together)
        yield Verdict(page, (*hard, *_source_findings(page)))


def _source_findings(page: Page) -> Iterator[Finding]:
    for name, told in page.sources.items():
        for code in unknown_codes(told):
            said = f"No source has the code {code}: see sources.yaml."
            yield Finding(name, said, is_error=True)


def _lines(told: Text) -> Iterable[str]:
    return (told,) if isinstance(told, str) else told
