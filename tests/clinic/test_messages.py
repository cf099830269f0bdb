"""Message catalogs: whole, sound, compiled, and in line with the code."""

import re
from collections.abc import Sequence
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.core.management import call_command

from clinic.management.commands import messages

CATALOGS = [
    (language, domain) for language in ("es", "fr", "de") for domain in messages.DOMAINS
]
each_catalog = pytest.mark.parametrize(("language", "domain"), CATALOGS)
GAPS = re.compile(r"%\(\w+\)s|%\(\w+\)d|\{\w+\}|&\w+;")
HOW_TO_MEND = "Run ./dev messages, translate what is new, run it again."


def stored(language: str, domain: str) -> Catalog:
    return messages.read(messages.catalog_path(language, domain))


marked = cache(messages.marked)


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Return a text, or its forms for one and for several."""
    return (text,) if isinstance(text, str) else tuple(text)


def context_of(message: Message) -> str:
    """Return the context; Babel leaves it undecoded in compiled catalogs."""
    context = message.context or ""
    return context.decode() if isinstance(context, bytes) else context


def texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return each message, after its context, with what stands for it."""
    return {
        (context_of(message), *forms(message.id)): forms(message.string or "")
        for message in catalog
        if message.id
    }


@each_catalog
def test_everything_is_translated(language: str, domain: str) -> None:
    assert messages.untranslated(stored(language, domain)) == [], HOW_TO_MEND


@each_catalog
def test_a_catalog_holds_all_that_is_marked(language: str, domain: str) -> None:
    missing = set(texts(marked(domain))) - set(texts(stored(language, domain)))
    assert missing == set(), HOW_TO_MEND


@each_catalog
def test_the_compiled_catalog_is_up_to_date(language: str, domain: str) -> None:
    path = messages.catalog_path(language, domain)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = texts(read_mo(file))
    assert compiled == texts(stored(language, domain)), HOW_TO_MEND


@each_catalog
def test_translations_have_the_gaps_of_the_english(language: str, domain: str) -> None:
    for (_, *english), translated in texts(stored(language, domain)).items():
        found = [GAPS.findall(text) for text in translated]
        assert [sorted(gaps) for gaps in found] == [
            sorted(GAPS.findall(text)) for text in english
        ], translated


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_the_plural_rule_is_the_one_of_the_language(language: str) -> None:
    rule = {"es": "(n != 1)", "fr": "(n > 1)", "de": "(n != 1)"}
    assert stored(language, "django").plural_expr == rule[language]


TEMPLATE = b"""{% load i18n %}<p>{% translate "Save" %} it's {{ x|default:_("None") }}
  {% blocktranslate count n=tries trimmed %}
    One try
  {% plural %}
    {{ n }} tries
  {% endblocktranslate %}
    {% translate "Start" context "first day" %}</p>"""


def test_the_messages_of_a_template_are_found() -> None:
    found = messages.extract_template(BytesIO(TEMPLATE), messages.DJANGO, [], {})
    assert [text for _, _, text, _ in found] == [
        "Save",
        "None",
        ("One try", "%(n)s tries", None),
        ("first day", "Start"),
    ]


@pytest.fixture
def italian(settings, tmp_path: Path, monkeypatch) -> Path:
    """A further language whose catalogs are yet to be made, of dosages for speed."""
    monkeypatch.setattr(messages, "DOMAINS", ("dosage",))
    settings.LANGUAGES = [("en", "English"), ("it", "Italiano")]
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    return tmp_path / "it" / "LC_MESSAGES"


def test_a_further_language_gets_catalogs_to_fill_in(italian) -> None:
    out = StringIO()
    call_command("messages", stdout=out)
    assert "it/LC_MESSAGES/dosage.po: 0 of" in out.getvalue()
    assert "Do it {times}." in (italian / "dosage.po").read_text("utf-8")


def test_a_dosage_is_not_said_in_a_language_with_gaps(italian) -> None:
    call_command("messages", stdout=StringIO())
    assert not (italian / "dosage.mo").exists()


def test_what_is_translated_stays(italian) -> None:
    call_command("messages", stdout=StringIO())
    catalog = messages.read(italian / "dosage.po")
    catalog["once"].string = "una volta"
    messages.write(catalog, italian / "dosage.po")
    before = (italian / "dosage.po").read_bytes()
    call_command("messages", stdout=StringIO())
    assert (italian / "dosage.po").read_bytes() == before
