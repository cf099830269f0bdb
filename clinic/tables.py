"""Tables: CSV that a spreadsheet opens without running anything, and CSV of others.

What others send is read with any of the usual delimiters (comma, semicolon, tab) and
encodings (UTF-8 with or without mark, Windows-1252).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

DELIMITERS = ",;\t"

# What spreadsheets take for the beginning of a formula, full-width forms included
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (the full-width forms are what is looked for)


def safe_cell(value: object) -> str:
    """Return the value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    bare = text.lstrip(" '\"")
    return f"'{text}" if bare.startswith(FORMULA_STARTS) else text


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file in UTF-8 with the mark that spreadsheets look for."""
    file = StringIO()
    table = csv.writer(file)
    table.writerow(head)
    table.writerows([safe_cell(cell) for cell in row] for row in rows)
    return ("\ufeff" + file.getvalue()).encode()


class TableError(ValueError):
    """A file is no table that can be read; the message is for the user."""


@dataclass(frozen=True)
class TableRow:
    """One row of a file by its line, with its cells by column."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Table:
    """Names of the columns in lower case, and the rows that are not empty."""

    header: tuple[str, ...]
    rows: Iterator[TableRow]


def decoded(content: bytes) -> str:
    """Return the text of a file; raise TableError for another encoding."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("This file is neither UTF-8 nor Windows-1252.")


def read_table(text: str) -> Table:
    """Return a CSV text as a table; raise TableError when it has no proper header.

    Reading on raises it too, at a line that is no CSV.
    """
    if not text.strip():
        raise TableError("This file is empty.")
    delimiter = max(DELIMITERS, key=text.lstrip().partition("\n")[0].count)
    lines = _lines(text, delimiter)
    _, first = next(lines, (0, [""]))
    header = tuple(cell.strip().lower() for cell in first)
    if len(set(header)) < len(header):
        raise TableError("A column stands twice.")
    return Table(header, (_row(line, header, cells) for line, cells in lines))


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        told = f"Line {reader.line_num} is no CSV: {error}."
        raise TableError(told) from error


def _row(line: int, header: Sequence[str], cells: list[str]) -> TableRow:
    fault = ""
    if len(cells) > len(header):
        fault = f"{len(cells)} cells in {len(header)} columns."
    return TableRow(line, dict(zip(header, cells, strict=False)), fault)
