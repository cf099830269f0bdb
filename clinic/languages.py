"""The languages of patients: names, direction, and which one a text can be shown in.

``settings.LANGUAGES`` is the one list; adding to it needs no migration.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy

# What the product's own texts are written in
SOURCE = "en"
# As they stand inside a sentence; others are called by their own names.
IN_SENTENCES = {
    "en": pgettext_lazy("language in a sentence", "English"),
    "es": pgettext_lazy("language in a sentence", "Spanish"),
    "fr": pgettext_lazy("language in a sentence", "French"),
    "de": pgettext_lazy("language in a sentence", "German"),
}


def choices() -> list[tuple[str, str]]:
    """Return code and own name of each language, for a form or a column."""
    return list(settings.LANGUAGES)


def name(code: str) -> str:
    """Return what speakers call their language; the code when it is not known."""
    return str(dict(settings.LANGUAGES).get(code, code))


def direction(code: str) -> str:
    """Return ``ltr`` or ``rtl``, for the attribute ``dir``."""
    return "rtl" if code.partition("-")[0] in settings.LANGUAGES_BIDI else "ltr"


def best_of(available: Iterable[str], wanted: str) -> str:
    """Return the language to show a text in: as wanted, else English, else any.

    "es-MX" is content with "es". Whoever prints the text marks it with ``lang`` and
    the ``fallback_hint`` when the answer is not what was wanted. Raises ValueError
    when the text exists in no language.
    """
    found = set(available)
    if not found:
        raise ValueError("There is no language to choose from.")
    wishes = (wanted, wanted.partition("-")[0], SOURCE)
    return next((code for code in wishes if code in found), min(found))


def fallback_hint(shown: str, wanted: str) -> str:
    """Tell the reader, in the language wanted, that a text is not translated yet.

    Empty when it is.
    """
    if shown == wanted:
        return ""
    with translation.override(wanted):
        language = IN_SENTENCES.get(shown) or name(shown)
        # Translators: name your own language: "… not yet translated into German."
        hint = gettext("Shown in %(language)s: not yet translated.")
        return hint % {"language": language}


def written_hint(written: str, wanted: str) -> str:
    """Tell the reader that what the practitioner wrote is in another language.

    Empty when it is not.
    """
    if written in {wanted, ""}:
        return ""
    with translation.override(wanted):
        language = IN_SENTENCES.get(written) or name(written)
        hint = gettext("The words of your practitioner are in %(language)s.")
        return hint % {"language": language}


def long_date(day: date) -> str:
    """Return a date written out in the language in force: "January 5, 2026" in English.

    Django's own English format abbreviates months.
    """
    is_english = (translation.get_language() or SOURCE).startswith(SOURCE)
    return date_format(day, "F j, Y" if is_english else "DATE_FORMAT", use_l10n=True)
