"""Words that must not stand in product code, and the few places that may hold them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("clinic", "exercises", "prescriptions")

# pattern -> (why, files that may hold it)
FORBIDDEN: dict[str, tuple[str, set[str]]] = {
    r"\.delay\(|\.apply_async\(": (
        "work is requested through the ring in tasks.py, after commit",
        {"prescriptions/tasks.py"},
    ),
    r"\.unscoped\(": (
        "queries for somebody start with visible_to",
        {
            "clinic/models/tenancy.py",
            "clinic/models/keys.py",
            "clinic/models/idempotency.py",
            "clinic/models/webhooks.py",
            "clinic/people.py",
            "clinic/chain.py",
            "clinic/archive.py",
            "exercises/models/exercise.py",
            "exercises/catalog.py",
            "exercises/models/importing.py",
            "exercises/imports.py",
            "prescriptions/models/handout.py",
            "prescriptions/models/link.py",
            "prescriptions/models/message.py",
            "prescriptions/models/reminder.py",
            "prescriptions/reminders.py",
            "prescriptions/models/program.py",
            "prescriptions/links.py",
            "prescriptions/tasks.py",
            "prescriptions/batches.py",
            "prescriptions/janitor.py",
            "prescriptions/operations.py",
            "prescriptions/rights/ledger.py",
            "prescriptions/rights/leaving.py",
            "prescriptions/backups/making.py",
            "prescriptions/backups/reading.py",
            "clinic/models/rights.py",
            # what the queries do is said beside each
            "exercises/own.py",
            "prescriptions/admin/lines.py",
            "prescriptions/management/commands/make_handout.py",
            "prescriptions/management/commands/export_patient.py",
        },
    ),
    r"mark_safe|\|\s*safe\b|autoescape off": ("texts are escaped", set()),
    r"\.extra\(|\.raw\(|RawSQL|\beval\(|shell=True|verify=False": ("unsafe", set()),
    r"Content-Disposition": (
        "one writer of file names",
        {"prescriptions/downloads.py"},
    ),
    r"\.status\s*=[^=]": (
        "states of a job change by UPDATE; an exercise is just archived",
        {"exercises/catalog/rows.py", "exercises/own.py", "exercises/importing.py"},
    ),
    r"\bTODO\b|\bFIXME\b|\bXXX\b": ("unfinished work is an issue", set()),
}


def product_files() -> list[Path]:
    """Return code and templates of the product, migrations left out."""
    roots = [ROOT / name for name in (*PACKAGES, "templates", "static")]
    files = [file for root in roots for file in root.rglob("*.*")]
    wanted = {".py", ".html", ".js", ".css", ".txt"}
    return [
        file
        for file in files
        if file.suffix in wanted and "migrations" not in file.parts
    ]


@pytest.mark.requirement("I2", "C4")
@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_a_forbidden_word_stands_only_where_it_may(pattern):
    why, allowed = FORBIDDEN[pattern]
    found = {
        str(file.relative_to(ROOT))
        for file in product_files()
        if re.search(pattern, file.read_text(), re.MULTILINE)
    }
    assert found <= allowed, why


def test_lock_files_name_no_address():
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text(), lock.name


def test_handout_styles_use_neither_flex_nor_grid():
    for css in (ROOT / "templates" / "handouts").glob("*.css"):
        assert not re.search(r"display:\s*(inline-)?(flex|grid)", css.read_text())
