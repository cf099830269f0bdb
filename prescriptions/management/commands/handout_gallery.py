"""Prints made-up programs in every combination of two options, to be looked at."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, product
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from PIL import Image

from clinic import people
from clinic.assets import put_asset, read_asset
from clinic.models import Clinic, ClinicText, Membership, Patient
from exercises.models import Exercise
from prescriptions import documents, pdf
from prescriptions.documents import (
    CHOICES,
    PARTS,
    HandoutDocument,
    HandoutOptions,
    HandoutSpec,
    PrintedLink,
)
from prescriptions.models import Phase, Program
from prescriptions.programs import add_exercise

DATA = Path(__file__).parents[2] / "gallery.yaml"
LINK = PrintedLink(
    url="https://hep.example/p/k7wd4mxpk7wd4mxpk7wd4mxp.3fa9c1d23fa9c1d2",
    short_url="hep.example/p",
    code="k7wd-4mxp",
    expires_on="2027-01-15",
)
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
    b'<path d="M20 1A19 19 0 1 1 19.9 1Z" fill="#1f5a7a"/>'
    b'<path d="M9 27Q20 5 31 27" fill="none" stroke="#fff" stroke-width="4"/></svg>'
)
MOST_FILES = 40
DPI, THUMB_WIDTH = 96, 380

Choices = dict[str, Any]


class Command(BaseCommand):
    """Print the gallery."""

    help = (
        "Print made-up programs to DIR: PDFs, pages as pictures and contact sheets. "
        "Every pair of options comes up in one of them. Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the folder."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--only", help="print files whose name holds this")

    def handle(
        self, *args: Any, folder: Path, only: str | None, **options: Any
    ) -> None:
        """Compose in a transaction that is rolled back, then print."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, spec, assets in list(_specs()):
            if only and only not in name:
                continue
            rendered = pdf.render(spec, assets)
            file = folder / f"{name}.pdf"
            file.write_bytes(rendered.pdf)
            _draw(file)
            size = len(rendered.pdf) // 1000
            self.stdout.write(f"{name}: {rendered.pages} pages, {size} kB")


def _specs() -> Iterator[tuple[str, HandoutSpec, dict[str, bytes]]]:
    """Yield file name, spec and pictures of each combination."""
    found = _documents()
    languages = sorted({language for _, language in found})
    programs = list(dict.fromkeys(program for program, _ in found))
    for number, chosen in enumerate(_pairwise(programs, languages), start=1):
        document = found[chosen.pop("program"), chosen.pop("language")]
        program = next(key[0] for key, one in found.items() if one is document)
        spec = HandoutSpec(
            document=document,
            options=HandoutOptions(**chosen),
            link=LINK,
            key=f"{number:08x}" * 8,
        )
        words = [program, document.language, *map(str, _words(chosen))]
        assets = {name: read_asset(name) for name in document.assets}
        yield f"{number:02}-{'-'.join(words)}", spec, assets


def _words(chosen: Choices) -> list[str]:
    off = [f"no_{name}" for name, value in chosen.items() if value is False]
    return [value for value in chosen.values() if isinstance(value, str)] + off


def _pairwise(programs: list[str], languages: list[str]) -> list[Choices]:
    """Return few combinations in which every pair of values comes up.

    Greedy: the combination that holds most pairs not seen so far comes next.
    """
    values: dict[str, list[Any]] = {
        "program": programs,
        "language": languages,
        **{name: [value for value, _ in pairs] for name, pairs in CHOICES.items()},
        **{name: [True, False] for name in PARTS},
    }
    names = list(values)
    everything = [
        dict(zip(names, one, strict=True)) for one in product(*values.values())
    ]
    missing = {pair for one in everything for pair in _pairs(one, names)}
    found: list[Choices] = []
    while missing and len(found) < MOST_FILES:
        best = max(
            everything,
            key=lambda one: sum(pair in missing for pair in _pairs(one, names)),
        )
        missing.difference_update(_pairs(best, names))
        found.append(dict(best))
    return found


def _pairs(one: Choices, names: Sequence[str]) -> list[tuple[Any, ...]]:
    return [(a, one[a], b, one[b]) for a, b in combinations(names, 2)]


def _documents() -> dict[tuple[str, str], HandoutDocument]:
    """Return (program, language) -> document; the rows they come from are undone."""
    data = yaml.safe_load(DATA.read_text("utf-8"))
    with transaction.atomic():
        member = _member(data["clinic"])
        composed = {
            (name, language): _document(data, name, language, member)
            for name in data["programs"]
            for language, _ in settings.LANGUAGES
        }
        transaction.set_rollback(True)
    return composed


def _member(values: dict[str, str]) -> Membership:
    clinic = people.create_clinic(**values)
    Clinic.objects.filter(pk=clinic.pk).update(logo=put_asset(LOGO, "svg"))
    _, token = people.invite(clinic, Membership.Role.OWNER, licensed=True)
    return people.accept_invitation(
        token,
        email="gallery@handouts.example",
        name="Dana Ruiz",
        credential="PT, DPT",
        password="never used to sign in",  # noqa: S106 (the row is undone)
    )


def _document(
    data: dict[str, Any], name: str, language: str, by: Membership
) -> HandoutDocument:
    values = data["programs"][name] | {"language": language}
    phases = values.pop("phases")
    patient = values.pop("patient")
    start: date = data["start"]
    program = Program.objects.create(
        clinic=by.clinic,
        patient=Patient.objects.create(clinic=by.clinic, **patient),
        practitioner=by.practitioner,
        start_date=start,
        review_date=start + timedelta(days=14),
        **values,
    )
    for position, phase in enumerate(phases, start=1):
        _add_phase(program, position, dict(phase))
    loaded = Program.objects.visible_to(by).with_contents().get(pk=program.pk)
    texts = _texts(by.clinic, language)
    document = documents.compose(loaded, texts)
    return documents.issued(
        replace(document, shown_on=data["issued"].isoformat()),
        revision=1,
        on=data["issued"].isoformat(),
    )


def _texts(clinic: Clinic, language: str) -> dict[str, ClinicText]:
    rows = ClinicText.objects.of_clinic(clinic).filter(language__in=[language, "en"])
    ordered = sorted(rows, key=lambda text: text.language == language)
    return {text.kind: text for text in ordered}


def _add_phase(program: Program, position: int, values: dict[str, Any]) -> None:
    lines = values.pop("exercises")
    phase = Phase.objects.create(program=program, position=position, **values)
    shared = Exercise.objects.shared()
    for line in lines:
        exercise = shared.filter(slug=line["exercise"]).first()
        if exercise is None:
            raise CommandError("The library is empty. Run load_library first.")
        add_exercise(phase, exercise, note=line.get("note", ""))


def _draw(file: Path) -> None:
    """Draw the pages beside the file, and all of them on a contact sheet."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise CommandError("Install poppler-utils: pdftoppm draws the pages.")
    target = file.with_suffix("")
    command = [program, "-r", str(DPI), "-png", str(file), str(target)]
    subprocess.run(command, check=True)  # noqa: S603 (no shell, own file names)
    pages = [
        page
        for page in sorted(file.parent.glob(f"{file.stem}-*.png"))
        if not page.stem.endswith("-sheet")
    ]
    _contact_sheet(pages, target.with_name(f"{file.stem}-sheet.png"))


def _contact_sheet(pages: Sequence[Path], target: Path) -> None:
    thumbs = []
    for page in pages:
        with Image.open(page) as image:
            height = round(image.height * THUMB_WIDTH / image.width)
            thumbs.append(image.convert("RGB").resize((THUMB_WIDTH, height)))
    columns = min(4, len(thumbs))
    rows = -(-len(thumbs) // columns)
    width, height = THUMB_WIDTH + 8, max(thumb.height for thumb in thumbs) + 8
    sheet = Image.new("RGB", (columns * width, rows * height), "#888")
    for i, thumb in enumerate(thumbs):
        sheet.paste(thumb, (i % columns * width + 4, i // columns * height + 4))
    sheet.save(target)
