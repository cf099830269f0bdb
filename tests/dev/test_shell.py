"""The shell part of ./dev: it finds a Python or says how to get one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from clinic.local.environment import ROOT, USAGE


@pytest.fixture
def lone_dev(tmp_path: Path) -> Path:
    """A copy of ./dev without an environment beside it."""
    return Path(shutil.copy(ROOT / "dev", tmp_path / "dev"))


def call(dev: Path, path: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", str(dev), "run"]
    return subprocess.run(
        command, env={"PATH": path}, capture_output=True, text=True, check=False
    )


def fake_python(folder: Path, script: str) -> None:
    for name in ("python3.11", "python3.12", "python3.13", "python3"):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


def test_without_python_it_ends_with_2_and_three_parts(lone_dev: Path) -> None:
    done = call(lone_dev, "/nonexistent")
    assert done.returncode == 2
    positions = [done.stderr.index(part) for part in ("Missing:", "Why:", "To mend:")]
    assert positions == sorted(positions)


def test_a_python_that_is_too_old_counts_as_none(lone_dev: Path) -> None:
    fake_python(lone_dev.parent, "exit 1")
    assert call(lone_dev, str(lone_dev.parent)).returncode == 2


def test_an_empty_shim_counts_as_none(lone_dev: Path) -> None:
    fake_python(lone_dev.parent, 'echo "command not found" >&2; exit 127')
    assert call(lone_dev, str(lone_dev.parent)).returncode == 2


def test_help_names_every_sub_command() -> None:
    done = subprocess.run(
        [str(ROOT / "dev"), "help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert USAGE in done.stdout
