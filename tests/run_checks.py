"""./dev test, ./dev lint and ./dev fmt.

The static steps run beside the first pytest run, which leaves a core idle now and
then; the database tests then run on PostgreSQL. The last line sums up all
runs, and the lines before it say what did not run and why.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from clinic.local.environment import Failure, apt_install, can_use_apt, say
from clinic.local.native import require_pdf
from tests import advisories
from tests.plugin import OF_SQLITE, REPORT
from tests.services.availability import first_on_path, services_are_required
from tests.services.chromium import missing_chromium
from tests.services.databases import TEMPLATE, migrate
from tests.services.postgres import (
    PostgresServer,
    missing_postgres,
    running_postgres,
)
from tests.services.redis import missing_redis
from tests.steps import Result, Step, format_steps, python, static_steps

# --ds, as importing the package `clinic` has named the product's own settings.
PYTEST = ("-m", "pytest", "-p", "tests.plugin", "--ds=tests.settings")
# In the order of the plugin: the usual one begins with the files of most tests.
TWO_CORES = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5  # pytest's exit code when the arguments select none


def missing_poppler() -> str | None:
    """Why PDFs cannot be looked at; None when they can."""
    return None if first_on_path(["pdftotext"]) else "no poppler-utils"


def missing_readme_tools() -> str | None:
    """Why the README's lines cannot be run; None when they can."""
    has_both = first_on_path(["curl"]) and first_on_path(["jq"])
    return None if has_both else "no curl or jq"


SERVICES = {
    "curl": missing_readme_tools,
    "jq": missing_readme_tools,
    "redis-server": missing_redis,
    "postgresql": missing_postgres,
    "chromium": missing_chromium,
    "poppler-utils": missing_poppler,
}


@dataclass
class Summary:
    """What all pytest runs and steps came to."""

    results: list[Result] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    ran: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Take in a step; one that failed counts like a failed test."""
        self.results.append(result)
        self.failed += not result.ok

    def add_report(self, result: Result, report: Path) -> None:
        """Take in a pytest run, also one that broke before its first test."""
        counts = json.loads(report.read_text()) if report.exists() else {}
        self.passed += len(counts.get("passed", []))
        self.ran.update(counts.get("passed", []))
        self.failed += counts.get("failed", 0) or int(not result.ok)
        self.skipped.update(counts.get("skipped", {}))
        self.results.append(result)

    def tell(self, seconds: float) -> None:
        """Print the summary; its last line is the one that counts."""
        say("\nSteps")
        for result in self.results:
            say(f"  {result}")
        # What one database skips may run on the other.
        nowhere = [why for test, why in self.skipped.items() if test not in self.ran]
        reasons = Counter(nowhere)
        self.not_run += [f"{count} skipped: {why}" for why, count in reasons.items()]
        say("\nNot run: " + ("; ".join(self.not_run) or "nothing"))
        skipped = f", {len(nowhere)} skipped" if nowhere else ""
        counts = f"{self.passed} passed, {self.failed} failed{skipped}"
        say(f"{seconds:.0f} s in all\n{counts}")


def run_steps(steps: Iterable[Step]) -> list[Result]:
    """Run steps one after the other; show the output of those that fail."""
    results = []
    for step in steps:
        result = step.run()
        results.append(result)
        text = "" if result.ok else f"\n{result.output.rstrip()}"
        say(f"[{result}]{text}")
    return results


def install_services() -> None:
    """Install the Debian packages of services that are missing, where allowed."""
    missing = [package for package, look in SERVICES.items() if look()]
    if missing and can_use_apt():
        problem = apt_install(missing)
        if problem:
            say(f"apt could not install {', '.join(missing)}:\n{problem}")


def pytest_run(summary: Summary, step: Step, *, may_be_empty: bool = False) -> None:
    """Run pytest with its output on the terminal."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        extra = {**step.extra, REPORT: str(report)}
        accepts = (0, NO_TESTS) if may_be_empty else (0,)
        result = replace(step, extra=extra, accepts=accepts).run(live=True)
        summary.add_report(result, report)


def run_faults(seed: int | None) -> int:
    """./dev test --faults: breaks processes for a quarter of an hour."""
    install_services()
    summary, began = Summary(), time.monotonic()
    command = python(*PYTEST, "-m", "faults", "-v", "-s", "tests/faults")
    extra = {} if seed is None else {"FAULT_SEED": str(seed)}
    pytest_run(summary, Step("pytest, faults", command, extra))
    summary.tell(time.monotonic() - began)
    return 1 if summary.failed else 0


def add_template(server: PostgresServer) -> dict[str, str]:
    """Migrate a database that the tests copy; empty if that fails: they tell why."""
    with tempfile.TemporaryDirectory() as folder, suppress(AssertionError):
        migrate(Path(folder), server.add_database("migrated"))
        return {TEMPLATE: "migrated"}
    return {}


def run_tests(
    summary: Summary, arguments: list[str], *, full: bool, lane: Executor
) -> None:
    """Those of the database on PostgreSQL, the others and the main ones on SQLite.

    Everything on SQLite too with ``full``, or where there is no PostgreSQL.
    """
    chosen = ["-m", "not faults" if full else "not full and not faults"]
    reason = missing_postgres()
    if not full:
        summary.not_run.append("tests marked full (./dev test --full)")
        if reason is None:
            chosen.append("--database=elsewhere")
            told = "database tests on SQLite too, but for the main ones"
            summary.not_run.append(f"{told} (./dev test --full)")
    summary.not_run.append("faults of minutes (./dev test --faults)")
    command = python(*PYTEST, *TWO_CORES, *chosen, *arguments)
    on_sqlite = Step("pytest, SQLite", command)
    if reason is None:
        with running_postgres() as server:
            # Few tests make their own sooner.
            template = None if arguments else lane.submit(add_template, server)
            pytest_run(summary, on_sqlite, may_be_empty=True)
            extra = template.result() if template else {}
            run_on_postgres(summary, arguments, {"DATABASE_URL": server.url, **extra})
        return
    pytest_run(summary, on_sqlite, may_be_empty=True)
    if services_are_required():
        summary.add(Result("pytest, PostgreSQL", 0, ok=False, output=reason))
    else:
        summary.not_run.append(f"database tests on PostgreSQL: {reason}")


def run_on_postgres(
    summary: Summary, arguments: list[str], extra: dict[str, str]
) -> None:
    """Run the tests that use the database, but for those that run once."""
    left = " and ".join(f"not {mark}" for mark in OF_SQLITE)
    command = python(*PYTEST, *TWO_CORES, "--database=only", "-m", left, *arguments)
    step = Step("pytest, PostgreSQL", command, extra)
    pytest_run(summary, step, may_be_empty=True)


def check_everything(arguments: list[str], *, full: bool) -> int:
    """./dev test."""
    began = time.monotonic()
    require_pdf()
    install_services()
    # Dozens of processes start from the same modules: they are compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    summary = Summary()
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lane = stack.enter_context(ThreadPoolExecutor(1))
        steps = [] if arguments else static_steps(data)
        if arguments:
            summary.not_run.append("static checks (pytest arguments were given)")
        static = lane.submit(run_steps, steps)
        asked = None if arguments else lane.submit(advisories.look_up)
        run_tests(summary, arguments, full=full, lane=lane)
        for result in static.result():
            summary.add(result)
        if asked:
            add_advisories(summary, asked.result())
    summary.tell(time.monotonic() - began)
    return 1 if summary.failed else 0


def add_advisories(summary: Summary, result: Result | None) -> None:
    """Take in what is known of our packages, or that nobody told."""
    if result is None:
        summary.not_run.append(advisories.NOBODY)
        return
    summary.add(result)
    if not result.ok:
        say(f"\n{result.output}")


def check_statically() -> int:
    """./dev lint."""
    with tempfile.TemporaryDirectory() as data:
        results = run_steps(static_steps(Path(data)))
    return 0 if all(result.ok for result in results) else 1


def reformat() -> int:
    """./dev fmt."""
    return 0 if all(result.ok for result in run_steps(format_steps())) else 1


def main(arguments: list[str]) -> int:
    """Do what ./dev was asked for; what is not known goes to pytest."""
    parser = argparse.ArgumentParser(prog="./dev test", allow_abbrev=False)
    parser.add_argument("--full", action="store_true", help="also the slow tests")
    parser.add_argument("--faults", action="store_true", help="only the fault suite")
    parser.add_argument("--seed", type=int, help="of the random faults")
    parser.add_argument("--static", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--format", action="store_true", help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args(arguments)
    # TERM unwinds like Ctrl-C, so that no PostgreSQL is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.format:
            return reformat()
        if options.static:
            return check_statically()
        if options.faults:
            return run_faults(options.seed)
        return check_everything(rest, full=options.full)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
