"""pytest plugin of ./dev test: a choice of tests, and a report for the summary.

`--database=only` keeps the tests that use the database, for the run on PostgreSQL;
`--database=elsewhere` leaves them to that run, but for those marked `each_database`.
The report holds as JSON how many tests failed, which passed, and why others were
skipped.
"""

import gc
import json
import os
from pathlib import Path

import pytest
from django.test import TransactionTestCase

REPORT = "CATCAMEL_TEST_REPORT"  # where the report goes; nowhere when unset
DATABASE_FIXTURES = {"db", "transactional_db"}
# Marks of tests that run once, and not on PostgreSQL
OF_SQLITE = ("services", "slow", "full", "faults")


# Imports and collected tests stay: looking for garbage among them takes a tenth of
# the time of a run.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption(
        "--database",
        choices=["only", "elsewhere"],
        help="keep the tests that use the database, or leave them to another run",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Drop what does not use the database, if that was asked for; long files first.

    Tests of real processes share two cores with others and get one more try, which
    the summary names; all others have to pass at once.
    """
    for item in items:
        is_fault = item.get_closest_marker("faults")
        if item.get_closest_marker("services") and not is_fault:
            item.add_marker(pytest.mark.flaky(reruns=1))
    place = _places(items)
    items.sort(key=lambda item: place.get(item.path, len(items)))
    keeps = KEPT.get(config.getoption("database"))
    if keeps:
        config.hook.pytest_deselected(items=[one for one in items if not keeps(one)])
        items[:] = [one for one in items if keeps(one)]


def _places(items: list[pytest.Item]) -> dict[Path, int]:
    """Return where the long files stand: first, so that none keeps a core waiting.

    Those of real processes, which wait a lot, take turns with those that render.
    """
    real = dict.fromkeys(x.path for x in items if x.get_closest_marker("services"))
    long = dict.fromkeys(x.path for x in items if x.get_closest_marker("slow"))
    others = [path for path in long if path not in real]
    return {path: 2 * at for at, path in enumerate(real)} | {
        path: 2 * at + 1 for at, path in enumerate(others)
    }


def uses_database(item: pytest.Item) -> bool:
    """By its mark, by a fixture, or as one of Django's test cases."""
    owner = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or (isinstance(owner, type) and issubclass(owner, TransactionTestCase))
    )


def is_run_here(item: pytest.Item) -> bool:
    """What the run on PostgreSQL leaves out, and what both runs take."""
    marks = {mark.name for mark in item.iter_markers()}
    return not uses_database(item) or bool(marks & {*OF_SQLITE, "each_database"})


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and among what tests make alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


KEPT = {"only": uses_database, "elsewhere": is_run_here}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the report; only the main process has a terminal."""
    if REPORT not in os.environ:
        return
    stats = terminalreporter.stats
    failed = len(stats.get("failed", [])) + len(stats.get("error", []))
    report = {
        "passed": [one.nodeid for one in stats.get("passed", [])],
        "failed": failed,
        "skipped": {one.nodeid: skip_reason(one) for one in stats.get("skipped", [])},
    }
    Path(os.environ[REPORT]).write_text(json.dumps(report))


def skip_reason(report: pytest.TestReport) -> str:
    """The reason without the place."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return reason.removeprefix("Skipped: ")
