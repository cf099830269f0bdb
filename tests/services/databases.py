"""One migrated database for all of a run: migrating takes ten seconds, copying none."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from clinic.local.environment import ROOT, last_lines
from clinic.local.folder import DataFolder

FILE = "catcamel.sqlite3"
TEMPLATE = "CATCAMEL_TEST_TEMPLATE"  # names a migrated database of PostgreSQL


def made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]
) -> Path:
    """A folder that the first process of a run makes, and the others find."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def migrate(folder: Path, url: str | None = None) -> None:
    """Run all migrations on a database: of this address, else in the folder."""
    data = DataFolder(folder)
    data.prepare()
    environment = data.environment() | {"DJANGO_SETTINGS_MODULE": "clinic.settings"}
    environment |= {"DATABASE_URL": url or f"sqlite:///{folder / FILE}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, last_lines(done.stdout + done.stderr)


@contextmanager
def in_memory(name: str, content: Path) -> Iterator[None]:
    """A database in memory, filled from a file; it lives as long as a connection."""
    with (
        closing(sqlite3.connect(name, uri=True)) as memory,
        closing(sqlite3.connect(content)) as file,
    ):
        file.backup(memory)
        yield
