"""Says which migrations a running installation would not survive."""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

OURS = ("clinic", "exercises", "prescriptions")
# Code of the former release still asks for what these take away.
TAKES_AWAY = {
    operations.RemoveField: "removes a column that running code still reads",
    operations.RenameField: "renames a column that running code still reads",
    operations.DeleteModel: "removes a table that running code still reads",
    operations.RenameModel: "renames a table that running code still reads",
    operations.AlterModelTable: "renames a table that running code still reads",
}
# PostgreSQL keeps writers out until the whole table has been read.
LOCKS = {
    operations.AddIndex: "builds an index while nobody can write: AddIndexConcurrently",
    operations.AddConstraint: "checks all rows while nobody can write:"
    " AddConstraintNotValid, then ValidateConstraint",
    operations.AlterUniqueTogether: "builds an index while nobody can write",
}


def faults_of(migration: Migration) -> Iterator[str]:
    """Yield what is dangerous about a migration, an operation at a time."""
    made = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, operations.CreateModel)
    }
    for operation in migration.operations:
        # A table that this migration makes is empty, and nobody uses it yet.
        if getattr(operation, "model_name_lower", "") in made:
            continue
        if fault := _fault(operation):
            yield f"{operation.describe()}: {fault}"


def _fault(operation: Any) -> str:
    kinds = {**TAKES_AWAY, **LOCKS}
    # Concurrent and not-valid ones are subclasses that do no harm.
    if fault := kinds.get(type(operation)):
        return fault
    if isinstance(operation, operations.AddField):
        return _fault_of_new(operation.field)
    if isinstance(operation, operations.AlterField):
        return _fault_of_changed(operation.field)
    if isinstance(operation, operations.RunSQL | operations.RunPython):
        return "" if operation.reversible else "cannot be undone"
    return ""


def _fault_of_new(field: Any) -> str:
    if field.null or field.db_default is not NOT_PROVIDED or field.many_to_many:
        return ""
    return (
        "running code adds rows without this column: give it null=True or a db_default"
    )


def _fault_of_changed(field: Any) -> str:
    if field.unique and not field.primary_key:
        return "may build a unique index while nobody can write"
    return ""


def pending() -> list[Migration]:
    """Return our migrations that the database does not have yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _ in plan if migration.app_label in OURS]


class Command(BaseCommand):
    """Look at what `migrate` would do now."""

    help = (
        "Before an upgrade: which migrations lock large tables or take away what the"
        " running release needs. Exit code 1 if there are any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--all`."""
        parser.add_argument(
            "--all", action="store_true", help="also those that are applied"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each finding."""
        migrations = every_one() if options["all"] else pending()
        found = 0
        for migration in migrations:
            for fault in faults_of(migration):
                found += 1
                self.stdout.write(f"{migration.app_label} {migration.name}: {fault}")
        self.stdout.write(f"{len(migrations)} migrations, {found} findings")
        if found:
            sys.exit(1)


def every_one() -> list[Migration]:
    """Return all our migrations."""
    loader = MigrationLoader(None)
    return [
        migration
        for (label, _), migration in sorted(loader.disk_migrations.items())
        if label in OURS
    ]
