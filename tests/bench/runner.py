"""./dev bench [NAME ...] [--json FILE] [--markdown FILE] [--into FILE]: print rows.

NAME is a module of this folder. Exit code 1 when a bar is missed.
`./dev bench --markdown docs/benchmarks.md` writes the page of the documentation;
`./dev bench load --into docs/scaling.md` its table in a page that has a place for it.
"""

import argparse
import importlib
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import django

from tests.bench.measure import Row

FOLDER = Path(__file__).parent
NO_BENCHMARKS = {
    "__init__",
    "load_client",
    "load_data",
    "loop",
    "measure",
    "memory",
    "runner",
    "scale_data",
}


def benchmark_names() -> list[str]:
    """The modules of this folder that measure something."""
    return sorted({path.stem for path in FOLDER.glob("*.py")} - NO_BENCHMARKS)


def rows_of(name: str) -> list[Row]:
    """Run one benchmark."""
    rows: list[Row] = importlib.import_module(f"tests.bench.{name}").rows()
    return rows


def table(rows: list[Row]) -> str:
    """The rows for people."""
    width = max([len(row.name) for row in rows], default=4)
    return "\n".join(
        f"{row.name:<{width}}  {row.value:>10.4g} {row.unit:<6}"
        f"  {row.side:<8} {row.bar:<8g} {'ok' if row.ok else 'MISSED'}"
        for row in rows
    )


def as_json(rows: list[Row]) -> str:
    """The rows for machines."""
    return json.dumps([{**asdict(row), "ok": row.ok} for row in rows], indent=2)


def as_markdown(names: list[str], rows: list[Row]) -> str:
    """The rows as a page for readers."""
    summaries = [
        importlib.import_module(f"tests.bench.{name}").__doc__ for name in names
    ]
    lines = [
        "# Benchmarks",
        "",
        "Written by `./dev bench --markdown docs/benchmarks.md`. A value in x is the"
        " median ratio of two kinds of work done by turns in one process, so it says"
        " little about the machine.",
        "",
        *(f"- `{name}`: {text}" for name, text in zip(names, summaries, strict=True)),
        "",
        *markdown_table(rows),
    ]
    return "\n".join(lines) + "\n"


def markdown_table(rows: list[Row]) -> list[str]:
    """The rows as lines of a table."""
    return [
        "| measured | value | bar | kept |",
        "|---|--:|--:|---|",
        *(
            f"| {row.name.replace('_', ' ')} | {row.value:.3g} {row.unit}"
            f" | {row.side} {row.bar:g} | {'yes' if row.ok else 'no'} |"
            for row in rows
        ),
    ]


def put_into(page: str, name: str, rows: list[Row]) -> str:
    """The page with these rows between the marks of the benchmark.

    Raises ValueError when it has no place for them.
    """
    begin, end = f"<!-- ./dev bench {name} -->\n", "<!-- end of the figures -->"
    before, mark, rest = page.partition(begin)
    _, closing, after = rest.partition(end)
    if not (mark and closing):
        raise ValueError(f"the page has no place for {name}")
    today = datetime.now(UTC).date()
    when = f"Measured on {today:%Y-%m-%d} with {os.cpu_count()} cores:"
    table = "\n".join([when, "", *markdown_table(rows)])
    return f"{before}{begin}{table}\n{end}{after}"


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all."""
    known = benchmark_names()
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also a page")
    parser.add_argument("--into", type=Path, metavar="FILE", help="a page with marks")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(known):
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {known}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    names = options.names or known
    found = {name: rows_of(name) for name in names}
    rows = [row for mine in found.values() for row in mine]
    print(table(rows))
    if options.json:
        options.json.write_text(as_json(rows) + "\n")
    if options.markdown:
        options.markdown.write_text(as_markdown(names, rows))
    if options.into:
        page = options.into.read_text()
        for name, mine in found.items():
            page = put_into(page, name, mine)
        options.into.write_text(page)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
