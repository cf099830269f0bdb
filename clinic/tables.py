"""Tables to save: CSV that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

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
