"""One file of many handouts: to print, with separators, or a ZIP of the originals."""

import csv
import io
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial

import pikepdf

from clinic.tables import safe_cell
from prescriptions import batches, pdf, sandbox, storage
from prescriptions.models import Batch, BatchItem

TITLE = "For printing only"
# Fixed, so that the same handouts give the same bytes
MOMENT = (1980, 1, 1, 0, 0, 0)


def file_of(batch: Batch) -> bytes:
    """Return the file that the batch asks for; raise OSError for a damaged handout."""
    items = list(batches.ready_handouts(batch))
    if batch.file_kind == Batch.FileKind.ZIP:
        return _zip(items)
    return _print_file(batch, items)


def _content(item: BatchItem) -> bytes:
    assert item.handout  # noqa: S101 (the query asks for ready handouts)
    return storage.open_stored(item.handout.pdf_name, item.handout.pdf_sha256).read()


def _zip(items: Iterable[BatchItem]) -> bytes:
    """File names hold no names: ``index.csv`` tells whose handout is which."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        index = io.StringIO()
        table = csv.writer(index)
        table.writerow(["file", "patient", "clinic number"])
        for item in items:
            name = f"{item.position:04}.pdf"
            archive.writestr(zipfile.ZipInfo(name, MOMENT), _content(item))
            patient = item.program.patient
            cells = (safe_cell(patient.name), safe_cell(patient.number))
            table.writerow([name, *cells])
        # A spreadsheet reads UTF-8 only after this mark
        archive.writestr(
            zipfile.ZipInfo("index.csv", MOMENT), "\ufeff" + index.getvalue()
        )
    return buffer.getvalue()


def _print_file(batch: Batch, items: list[BatchItem]) -> bytes:
    """Return all handouts in order: each behind a separator, each on its own leaves.

    A file to print and throw away: it carries no tags, and says so in its title.
    """
    merged = pikepdf.new()
    with ExitStack() as sources:  # read up to the moment of saving
        separators = sources.enter_context(_opened(_separators(batch, items)))
        for item, sheet in zip(items, separators.pages, strict=True):
            merged.pages.append(sheet)
            _pad(merged)
            handout = sources.enter_context(_opened(_content(item)))
            merged.pages.extend(handout.pages)
            _pad(merged)
        for page in merged.pages:
            # It points into a structure tree that is not merged
            if "/StructParents" in page:
                del page.StructParents
        with merged.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = TITLE
        return _bytes_of(merged)


def _opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def _pad(document: pikepdf.Pdf) -> None:
    """Fill up a leaf, so that the next page begins on a front side."""
    if len(document.pages) % 2:
        box = document.pages[-1].mediabox
        width, height = float(box[2]), float(box[3])
        document.add_blank_page(page_size=(width, height))


def _bytes_of(document: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


def _separators(batch: Batch, items: list[BatchItem]) -> bytes:
    sheets = [
        pdf.Separator(
            position=number,
            of=len(items),
            patient=item.program.patient.name,
            number=item.program.patient.number,
            program=item.program.title,
        )
        for number, item in enumerate(items, start=1)
    ]
    paper = batch.options.get("paper", batch.clinic.paper)
    job = partial(pdf.render_separators, sheets, clinic=batch.clinic.name, paper=paper)
    return sandbox.run(job, deadline_seconds=batches.FILE_SECONDS / 2).pdf
