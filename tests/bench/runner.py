"""./dev bench [NAME ...] [--json FILE] [--markdown FILE]: run, print rows.

NAME is a module of this folder. Exit code 1 when a bar is missed.
`./dev bench --markdown docs/benchmarks.md` writes the page of the documentation.
"""

import argparse
import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import django

from tests.bench.measure import Row

FOLDER = Path(__file__).parent
NO_BENCHMARKS = {"__init__", "scale_data", "loop", "measure", "memory", "runner"}


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
        "| measured | value | bar | kept |",
        "|---|--:|--:|---|",
        *(
            f"| {row.name.replace('_', ' ')} | {row.value:.3g} {row.unit}"
            f" | {row.side} {row.bar:g} | {'yes' if row.ok else 'no'} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all."""
    known = benchmark_names()
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also a page")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(known):
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {known}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    names = options.names or known
    rows = [row for name in names for row in rows_of(name)]
    print(table(rows))
    if options.json:
        options.json.write_text(as_json(rows) + "\n")
    if options.markdown:
        options.markdown.write_text(as_markdown(names, rows))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
