"""Searching the library on PostgreSQL: 5,000 exercises beside 50."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, product

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from environ import Env

from exercises.catalog import read_library
from exercises.models import Exercise
from exercises.search import find
from tests.bench.measure import Row, paired
from tests.services.postgres import running_postgres

FEW, MANY = 50, 5_000
ROUNDS = 15
PAGE = 10
QUERIES = (
    "plank",
    "plnak",
    "brige",
    "low back",
    "knee to chest",
    "hamstring strech",
    "twist",
    "face down",
)
MANNERS = ("", "Easy", "Slow", "Strong", "Half", "Deep", "Long", "Short", "Twofold")
ENDINGS = ("", "with a ball", "on a step", "with a stick", "at a desk", "in a pool")


def rows() -> list[Row]:
    """Search both libraries by turns, up to the ten best rows."""
    with (
        running_postgres() as server,
        library(server.url, FEW) as few,
        library(server.url, MANY) as many,
    ):
        pairs = paired(
            lambda: search(many), reference=lambda: search(few), rounds=ROUNDS
        )
    each = pairs.subject / len(QUERIES) * 1000
    return [
        Row.at_most("search_5000_to_50_exercises", pairs.ratio, "x", 3),
        Row.at_most("search_5000_exercises", each, "ms", 150),
    ]


def search(database: str) -> None:
    """Ask everything once and fetch the best rows."""
    for text in QUERIES:
        visible = Exercise.objects.using(database).shared().published()
        page = find(visible, text)[:PAGE]
        assert len(visible.in_bulk(page)) == len(page) > 0


@contextmanager
def library(url: str, size: int) -> Iterator[str]:
    """A database of its own with so many exercises; its alias."""
    alias = f"library_{size}"
    server = connections.configure_settings({"default": Env.db_url_config(url)})
    connections.databases[alias] = server["default"]
    with connections[alias].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {alias}")
    connections[alias].close()
    connections[alias].settings_dict["NAME"] = alias
    try:
        # Data migrations ask the default database, whichever it is
        connections[DEFAULT_DB_ALIAS] = connections[alias]
        call_command("migrate", database=alias, verbosity=0)
        del connections[DEFAULT_DB_ALIAS]
        Exercise.objects.using(alias).bulk_create(islice(exercises(), size))
        with connections[alias].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        yield alias
    finally:
        connections[alias].close()
        del connections.databases[alias]


def exercises() -> Iterator[Exercise]:
    """The library, then variations with longer names."""
    entries = read_library()
    for number, (turn, manner, ending) in enumerate(
        product(range(1, 3), MANNERS, ENDINGS)
    ):
        for entry in entries:
            row = entry.apply_to(Exercise())
            if number:
                row.slug = f"{entry.slug[:50]}-{number}"
                row.name = f"{manner} {row.name} {ending} {turn}".strip()[:100]
            row.index()
            yield row
