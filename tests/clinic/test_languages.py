"""Languages of patients: their list, and what a text can be shown in."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils.translation import override

from clinic import languages


@pytest.mark.django_db
def test_a_further_language_needs_no_migration(settings) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("it", "Italiano")]
    # Exits with an error when a migration is missing
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize(
    ("available", "wanted", "best"),
    [
        (["en", "es"], "es", "es"),
        (["en", "es"], "es-MX", "es"),
        (["de", "en", "es"], "fr", "en"),
        (["fr", "es"], "de", "es"),
    ],
)
def test_a_text_is_shown_as_wanted_else_in_english(available, wanted, best) -> None:
    assert languages.best_of(available, wanted) == best


def test_a_text_in_no_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="no language"):
        languages.best_of([], "en")


def test_languages_are_called_by_their_own_names() -> None:
    names = [languages.name(code) for code in ("en", "es", "fr", "de", "xx")]
    assert names == ["English", "Español", "Français", "Deutsch", "xx"]


def test_the_direction_of_writing_is_known() -> None:
    assert languages.direction("es") == "ltr"
    assert languages.direction("ar") == "rtl"


def test_what_is_translated_needs_no_hint() -> None:
    assert languages.fallback_hint("fr", "fr") == ""


@pytest.mark.parametrize(
    ("shown", "wanted", "hint"),
    [
        ("en", "es", "Texto en inglés: aún no está traducido al español."),
        ("es", "fr", "Texte en espagnol\u00a0: pas encore traduit en français."),
        ("en", "de", "Text auf Englisch: noch nicht ins Deutsche übersetzt."),
        ("fr", "en", "Shown in French: not yet translated."),
    ],
)
def test_the_reader_is_told_of_a_fallback(shown, wanted, hint) -> None:
    assert languages.fallback_hint(shown, wanted) == hint


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "January 5, 2026"),
        ("es", "5 de enero de 2026"),
        ("fr", "5 janvier 2026"),
        ("de", "5. Januar 2026"),
    ],
)
def test_a_date_is_written_out(language, words) -> None:
    with override(language):
        assert languages.long_date(date(2026, 1, 5)) == words
