"""Tells what is hard to read in the library's files, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises.data_files import LibraryError
from exercises.linting import Verdict, lint, linted_pages


class Command(BaseCommand):
    """Thin shell around ``exercises.linting``; with -v 2 the grade of each page."""

    help = "Check the files' texts: reading grade, hard words, gaps, unknown sources."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found; fail on errors."""
        try:
            verdicts = list(lint(linted_pages()))
        except LibraryError as error:
            raise CommandError(str(error)) from error
        for verdict in verdicts:
            self._tell(verdict, options["verbosity"])
        self.stdout.write(_summary(verdicts))
        if errors := sum(verdict.errors for verdict in verdicts):
            raise CommandError(f"{errors} to mend.")

    def _tell(self, verdict: Verdict, verbosity: int) -> None:
        page = verdict.page
        if verbosity > 1:
            self.stdout.write(f"{page.place}: {page.language}: {_grade(page.grade)}")
        for one in verdict.findings:
            kind = "error" if one.is_error else "warning"
            self.stdout.write(f"{page.place}: {one.field}: {kind}: {one.message}")


def _summary(verdicts: Iterable[Verdict]) -> str:
    """Return counts, and the highest grade of each language."""
    grades: dict[str, list[float]] = defaultdict(list)
    found = [one for verdict in verdicts for one in verdict.findings]
    for page in (verdict.page for verdict in verdicts):
        grades[page.language].append(page.grade or 0)
    highest = "; ".join(
        f"{language}: {len(each)} texts, {_grade(max(each))} at most"
        for language, each in sorted(grades.items())
    )
    errors = sum(one.is_error for one in found)
    return f"{highest}. {errors} errors, {len(found) - errors} warnings."


def _grade(number: float | None) -> str:
    return "no grade" if number is None else f"grade {number:.1f}"
