"""Rows of all tables as lines of JSON, the same for every database.

Written by the models of this release, read back by those of the migrations that the
backup was made with: so a later release, or another database, can read it.
"""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.duration import duration_string

AT_ONCE = 2_000
# Sign-ins do not come back from a backup.
LEFT_OUT = {"clinic.staffsession", "sessions.session"}
Node = tuple[str, str]


class OtherReleaseError(RuntimeError):
    """The tables here are not those the backup needs."""


@contextmanager
def snapshot() -> Iterator[None]:
    """See all tables as of one moment; writers go on meanwhile."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Django's own transactions would keep writers out.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
            return
        with transaction.atomic():
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def applied() -> list[Node]:
    """Return the migrations that the tables have come through.

    Raises OtherReleaseError while some wait: the models would not fit the tables.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise OtherReleaseError("Migrations wait to be run: manage.py migrate first.")
    return sorted(MigrationRecorder(connection).applied_migrations())


def tables(registry: Any = apps) -> dict[str, type[models.Model]]:
    """Return the tables that a backup holds, by label."""
    found = {
        model._meta.label_lower: model
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return {label: found[label] for label in sorted(set(found) - LEFT_OUT)}


def dump(model: type[models.Model]) -> Iterator[tuple[int, bytes]]:
    """Yield the table in parts: number of rows, and gzipped lines after the columns."""
    columns = [field.attname for field in _columns(model)]
    rows = model._base_manager.order_by("pk").values_list(*columns)
    part: list[str] = []
    for row in rows.iterator(chunk_size=AT_ONCE):
        part.append(_line(row))
        if len(part) == AT_ONCE:
            yield len(part), _zipped(columns, part)
            part = []
    if part:
        yield len(part), _zipped(columns, part)


def load(model: type[models.Model], content: bytes) -> int:
    """Add the rows of a part as they were; return how many."""
    lines = gzip.decompress(content).decode().splitlines()
    fields = {field.attname: field for field in _columns(model)}
    chosen = [fields[name] for name in json.loads(lines[0])]
    made = [
        model(
            **{
                field.attname: field.to_python(value)
                for field, value in zip(chosen, json.loads(line), strict=True)
            }
        )
        for line in lines[1:]
    ]
    with _clocks_stopped(chosen):
        model._base_manager.bulk_create(made, batch_size=500)
    return len(made)


@contextmanager
def _clocks_stopped(fields: Iterable[Any]) -> Iterator[None]:
    """Have moments stored as they are told, not as of now."""
    with ExitStack() as again:
        for field in fields:
            for clock in ("auto_now", "auto_now_add"):
                if getattr(field, clock, False):
                    setattr(field, clock, False)
                    again.callback(setattr, field, clock, True)
        yield


def count(content: bytes) -> int:
    """Return how many rows a part holds."""
    return len(gzip.decompress(content).splitlines()) - 1


def migrate_to(nodes: Iterable[Node]) -> Any:
    """Bring an empty database to these migrations; return the models as of then."""
    wanted = set(nodes)
    executor = MigrationExecutor(connection)
    if unknown := wanted - set(executor.loader.graph.nodes):
        names = ", ".join(sorted(".".join(node) for node in unknown))
        raise OtherReleaseError(f"A newer release made this backup: {names}.")
    if ahead := set(executor.loader.applied_migrations) - wanted:
        names = ", ".join(sorted(".".join(node) for node in ahead))
        raise OtherReleaseError(f"Use an empty database; here is already: {names}.")
    last = [
        node
        for node in wanted
        if not any(
            child.key in wanted and child.key[0] == node[0]
            for child in executor.loader.graph.node_map[node].children
        )
    ]
    executor.migrate(last)
    loader = MigrationExecutor(connection).loader
    return loader.project_state(last).apps


def empty(registry: Any) -> None:
    """Delete what migrations and commands have filled in."""
    for model in tables(registry).values():
        model._base_manager.all()._raw_delete(connection.alias)


def reset_sequences(registry: Any) -> None:
    """Let counted ids go on after those that were loaded."""
    found = list(tables(registry).values())
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(statement)


def _columns(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _zipped(columns: list[str], lines: list[str]) -> bytes:
    text = "\n".join([json.dumps(columns), *lines])
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def _line(row: Iterable[Any]) -> str:
    return json.dumps(list(row), default=_plain, ensure_ascii=True)


def _plain(value: Any) -> str:
    """Return a value as what the field's ``to_python`` reads without loss."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return duration_string(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be written to a backup.")
