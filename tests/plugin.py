"""pytest plugin of ./dev test: a choice of tests, and a report for the summary.

`--only-database` keeps the tests that use the database, for the second run on
PostgreSQL. The report holds as JSON how many tests failed, which passed, and why
others were skipped.
"""

import json
import os
from pathlib import Path

import pytest
from django.test import TransactionTestCase

REPORT = "CATCAMEL_TEST_REPORT"  # where the report goes; nowhere when unset
DATABASE_FIXTURES = {"db", "transactional_db"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption(
        "--only-database",
        action="store_true",
        help="keep the tests that use the database",
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
    # A long file begun last would keep one core waiting for the other.
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    if config.getoption("only_database"):
        dropped = [item for item in items if not uses_database(item)]
        items[:] = [item for item in items if uses_database(item)]
        config.hook.pytest_deselected(items=dropped)


def uses_database(item: pytest.Item) -> bool:
    """By its mark, by a fixture, or as one of Django's test cases."""
    owner = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or (isinstance(owner, type) and issubclass(owner, TransactionTestCase))
    )


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
