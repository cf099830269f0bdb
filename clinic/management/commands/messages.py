"""Message catalogs: find what is marked, merge it into the catalogs, compile them.

``./dev messages`` runs it, for it needs Babel, a library of developers; nobody needs
the tools of gettext. A further language: add it to ``settings.LANGUAGES``, run this,
translate the new files and run it again.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management import BaseCommand
from django.utils.translation.template import templatize

from clinic.languages import SOURCE

Keywords = dict[str, Any]
LOCALE: Path = settings.BASE_DIR / "locale"
COMMENT = "Translators:"
HEADER = "# Catcamel: see the command “messages”."
# Of the pure package exercises.dosage
DOSAGE: Keywords = {"say": None, "message": None, "plural": (1, 2)}
DJANGO: Keywords = DEFAULT_KEYWORDS | {
    f"{name}_lazy": spec for name, spec in DEFAULT_KEYWORDS.items()
}
DOMAINS = ("django", "dosage")


class Command(BaseCommand):
    """Bring the catalogs in line with code and templates."""

    help = "Update and compile the catalogs in locale/; tells what is not translated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it for every language and domain."""
        for domain in DOMAINS:
            template = marked(domain)
            for language in translated_languages():
                path = catalog_path(language, domain)
                catalog = merged(path, template)
                write(catalog, path)
                self.stdout.write(f"{path.relative_to(LOCALE)}: {state_of(catalog)}")


def translated_languages() -> list[str]:
    """Return the languages that have catalogs: all but the one of the code."""
    return [code for code, _ in settings.LANGUAGES if code != SOURCE]


def catalog_path(language: str, domain: str) -> Path:
    """Return where the source of a catalog lies."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def marked(domain: str) -> Catalog:
    """Return a catalog of all messages that are marked for a domain."""
    catalog = Catalog()
    for path in sources(domain):
        with path.open("rb") as file:
            for line, text, comments, context in extract(
                method_for(path), file, keywords_of(domain), [COMMENT]
            ):
                place = (path.relative_to(settings.BASE_DIR).as_posix(), line)
                catalog.add(text, None, [place], (), comments, context=context)
    return catalog


def sources(domain: str) -> Iterator[Path]:
    """Yield the files of a domain in a fixed order."""
    dosage = settings.BASE_DIR / "exercises" / "dosage"
    if domain == "dosage":
        yield from sorted(dosage.rglob("*.py"))
        return
    for package in ("clinic", "exercises", "prescriptions"):
        files = sorted((settings.BASE_DIR / package).rglob("*.py"))
        yield from (path for path in files if dosage not in path.parents)
    yield from sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def keywords_of(domain: str) -> Keywords:
    """Return the functions that mark a message, and where in their call it stands."""
    return DOSAGE if domain == "dosage" else DJANGO


def method_for(path: Path) -> Callable[..., Any]:
    """Return how the messages of a file are found."""
    return extract_python if path.suffix == ".py" else extract_template


def extract_template(
    file: IO[bytes], keywords: Keywords, comment_tags: list[str], options: Any
) -> Iterator[tuple[Any, ...]]:
    """Yield the messages of a Django template, which is first turned into code."""
    code = templatize(file.read().decode())
    # Where a line begins says nothing in a template, and much in Python.
    lines = "\n".join(line.strip() for line in code.splitlines())
    yield from extract_python(BytesIO(lines.encode()), keywords, comment_tags, {})


def merged(path: Path, template: Catalog) -> Catalog:
    """Return the stored catalog with the messages of the template and no others."""
    catalog = read(path) if path.exists() else Catalog(locale=language_of(path))
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.fuzzy = False
    catalog.header_comment = HEADER
    catalog.project, catalog.version = "Catcamel", "1"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    return catalog


def read(path: Path) -> Catalog:
    """Return a stored catalog."""
    with path.open("rb") as file:
        return read_po(file, locale=language_of(path))


def language_of(path: Path) -> str:
    """Return the language that a catalog's place names."""
    return path.parents[1].name


def write(catalog: Catalog, path: Path) -> None:
    """Store a catalog and, beside it, its compiled twin.

    A dosage is worded in one language: with gaps left in the catalog there is no twin
    and ``exercises.dosage.languages`` does not name the language.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=88, ignore_obsolete=True, include_lineno=False)
    compiled = path.with_suffix(".mo")
    compiled.unlink(missing_ok=True)
    if path.stem != "dosage" or not untranslated(catalog):
        with compiled.open("wb") as file:
            write_mo(file, catalog)


def untranslated(catalog: Catalog) -> list[str]:
    """Return the messages without a translation, or with one that is a mere guess."""
    return [
        str(message.id)
        for message in catalog
        if message.id and (message.fuzzy or not all(_texts(message.string)))
    ]


def state_of(catalog: Catalog) -> str:
    """Tell how far a catalog is."""
    missing = untranslated(catalog)
    return f"{len(catalog) - len(missing)} of {len(catalog)} translated"


def _texts(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)
