"""Pages and lists of one clinic while the installation grows, on PostgreSQL."""

import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.utils import timezone
from environ import Env

from clinic.models import ApiKey
from clinic.roles import KEY_SCOPES
from prescriptions.management.commands.sweep import SWEEP
from prescriptions.operations import of_installation
from prescriptions.reminders import send_due
from tests.bench.measure import Row, seconds_of
from tests.bench.scale_data import browser_of, grow, membership_of, program_id
from tests.services.postgres import running_postgres

# Sizes in percent of scale_data; BENCH_SIZES="1,10,100" for the whole of it
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "1,10").split(",")]
ROUNDS = 7
# A plan that reads a table of this many rows from end to end needs an index.
LARGE = 10_000
PAGES = {
    "home page": "/admin/",
    "list of patients": "/admin/clinic/patient/",
    "search for a patient": "/admin/clinic/patient/?q=Novak",
    "list of programs": "/admin/prescriptions/program/",
    "search for a program": "/admin/prescriptions/program/?q=Novak",
    "list of handouts": "/admin/prescriptions/handout/",
    "builder": f"/admin/prescriptions/program/{program_id(0)}/build/",
    "link not opened": "/admin/prescriptions/program/?follow=unopened",
    "diary not begun": "/admin/prescriptions/program/?follow=unstarted",
    "diary has stopped": "/admin/prescriptions/program/?follow=stopped",
    "pain got worse": "/admin/prescriptions/program/?follow=worse",
    "library": "/admin/exercises/exercise/",
    "deliveries": "/admin/clinic/webhookdelivery/",
    "audit trail": "/api/v1/audit-events",
    "API, patients": "/api/v1/patients",
    "API, programs": "/api/v1/programs",
    "API, handouts": "/api/v1/handouts",
    "API, revisions": "/api/v1/revisions",
    "API, diary": "/api/v1/diary-entries",
    "API, alerts": "/api/v1/alerts",
    "API, links": "/api/v1/links",
    "API, jobs": "/api/v1/jobs",
    "API, deliveries": "/api/v1/webhook-deliveries",
}
# What looks at all clinics, again and again: its plans alone are judged.
TURNS: dict[str, Callable[[], object]] = {
    **{turn.__name__: turn for turn in SWEEP},
    "send_due": send_due,
    "of_installation": of_installation,
}


def rows() -> list[Row]:
    """Fill a database step by step; after each step look at every page."""
    found: dict[int, dict[str, float]] = {}
    made: list[Row] = []
    with running_postgres() as server, database(server.url):
        for size in SIZES:
            spent = seconds_of(lambda size=size: grow(size / 100))  # type: ignore[misc]
            print(f"{size} %: filled in {spent:.0f} s, {told_size()}", flush=True)
            found[size] = {name: look(name, path) for name, path in PAGES.items()}
            for name, seconds in found[size].items():
                print(f"  {name:<24}{seconds * 1000:8.1f} ms", flush=True)
        first, last = found[SIZES[0]], found[SIZES[-1]]
        for name in PAGES:
            ratio = last[name] / first[name]
            label = f"{name}, {SIZES[-1]} to {SIZES[0]} %"
            made.append(Row.at_most(label, ratio, "x", 1.5))
            made.append(Row.at_most(f"{name}, {SIZES[-1]} %", last[name], "s", 1))
        looks: dict[str, Callable[[], object]] = {
            path: partial(client_for(path).get, path) for path in PAGES.values()
        }
        works = (looks | TURNS).items()
        scans = sorted(
            {scan for name, work in works for scan in full_scans(name, work)}
        )
        print("read from end to end:", ", ".join(scans) or "no large table")
        made.append(Row.at_most("large tables read whole", len(scans), "", 0))
    return made


@contextmanager
def database(url: str) -> Iterator[None]:
    """The default database is a new one there, migrated and with the library."""
    config = connections.configure_settings({"default": Env.db_url_config(url)})
    former = connections[DEFAULT_DB_ALIAS]
    former_config = connections.databases[DEFAULT_DB_ALIAS]
    connections.databases[DEFAULT_DB_ALIAS] = config["default"]
    del connections[DEFAULT_DB_ALIAS]
    try:
        setup_test_environment()
        call_command("migrate", verbosity=0)
        call_command("load_library", verbosity=0)
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections.databases[DEFAULT_DB_ALIAS] = former_config
        connections[DEFAULT_DB_ALIAS] = former


def told_size() -> str:
    """Size of the database on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str(cursor.fetchone()[0])


def clients() -> dict[str, Client]:
    """A person signed in to a clinic, and a system with a key of it."""
    membership = membership_of(0)
    _, key = ApiKey.objects.mint(
        clinic=membership.clinic,
        name="Bench",
        scopes=sorted(KEY_SCOPES),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    return {
        "/admin/": browser_of(membership),
        "/api/": Client(HTTP_AUTHORIZATION=f"Bearer {key}"),
    }


def client_for(path: str) -> Client:
    """Who asks for the path."""
    return next(who for start, who in clients().items() if path.startswith(start))


def look(name: str, path: str) -> float:
    """Median seconds of an answer."""
    client = client_for(path)
    answer = client.get(path)
    assert answer.status_code == 200, (name, answer.status_code, answer.content[:300])
    return statistics.median(
        seconds_of(lambda: client.get(path)) for _ in range(ROUNDS)
    )


def full_scans(name: str, work: Callable[[], object]) -> set[str]:
    """Large tables that the plans of its queries read from end to end."""
    with CaptureQueriesContext(connection) as captured:
        work()
    found: set[str] = set()
    large = large_tables()
    for query in captured.captured_queries:
        if query["sql"].startswith(("SELECT", "UPDATE")):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"])
                plan = cursor.fetchone()[0][0]["Plan"]
            found |= {f"{table} ({name})" for table in scanned(plan) & large}
    return found


def scanned(plan: dict[str, Any]) -> set[str]:
    """Tables below this node that are read from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scanned(part) for part in plan.get("Plans", [])))


def large_tables() -> set[str]:
    """Tables of many rows, by the planner's own numbers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples > %s", [LARGE])
        return {row[0] for row in cursor.fetchall()}
