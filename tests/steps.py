"""The parts of ./dev test that are not tests: what each is and how it is run."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clinic.local.environment import ROOT

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One command of the check."""

    name: str
    command: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict)
    accepts: tuple[int, ...] = (0,)

    def run(self, *, live: bool = False) -> "Result":
        """Run it; its output is kept unless it shall appear at once."""
        began = time.monotonic()
        done = subprocess.run(
            self.command,
            cwd=ROOT,
            env=os.environ | dict(self.extra),
            text=True,
            errors="replace",
            stdout=None if live else subprocess.PIPE,
            stderr=None if live else subprocess.STDOUT,
            check=False,
        )
        seconds = time.monotonic() - began
        ok = done.returncode in self.accepts
        return Result(self.name, seconds, ok, done.stdout or "")


@dataclass(frozen=True)
class Result:
    """What came of a step."""

    name: str
    seconds: float
    ok: bool
    output: str

    def __str__(self) -> str:
        return f"{self.name:<24} {self.seconds:6.1f} s  {'ok' if self.ok else 'FAILED'}"


def python(*arguments: str) -> tuple[str, ...]:
    """A command of the environment's Python."""
    return (sys.executable, *arguments)


def production(data: Path) -> dict[str, str]:
    """Settings as on a server, so that `check --deploy` has something to judge."""
    return {
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "DEBUG": "false",
        "HTTPS": "true",
        "SECRET_KEY": "".join(map(chr, range(48, 123))),
        "LINK_KEY": "".join(map(chr, range(122, 47, -1))),
        "ALLOWED_HOSTS": "catcamel.example",
        "PUBLIC_URL": "https://catcamel.example",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data / 'check.sqlite3'}",
        "BROKER_URL": "redis://127.0.0.1:6379/0",
        "CACHE_URL": "redis://127.0.0.1:6379/1",
    }


def static_steps(data: Path) -> list[Step]:
    """Everything that reads the code without running the product."""
    settings = production(data)
    deploy = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    return [
        Step("ruff check", python("-m", "ruff", "check", "--quiet", ".")),
        Step("ruff format", python("-m", "ruff", "format", "--check", "--quiet", ".")),
        Step("import contracts", (str(BIN / "lint-imports"),)),
        Step("migrations", python("manage.py", "makemigrations", "--check"), settings),
        Step("check --deploy", python(*deploy), settings),
        Step("mypy", python("-m", "mypy")),
    ]


def format_steps() -> list[Step]:
    """./dev fmt."""
    return [
        Step("ruff check --fix", python("-m", "ruff", "check", "--fix", ".")),
        Step("ruff format", python("-m", "ruff", "format", ".")),
    ]
