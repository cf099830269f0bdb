"""The virtual environment of ./dev: made, left alone, repaired, or explained."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clinic.local.environment import (
    BUILDING,
    DEV_LOCK,
    RUNTIME_LOCK,
    Environment,
    Exit,
    Failure,
    uv_environment,
)

NOWHERE = "nowhere==1.0 --hash=sha256:" + "0" * 64 + "\n"
Installer = Callable[[str], Environment]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a package index."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


@pytest.fixture
def environment(tmp_path: Path, offline: None) -> Environment:
    """An environment to make, whose lock files hold no package."""
    for lock in (RUNTIME_LOCK, DEV_LOCK):
        (tmp_path / lock).touch()
    return Environment(tmp_path)


@pytest.mark.parametrize("tool", ["uv", pytest.param("pip", marks=pytest.mark.full)])
def test_it_is_made_and_then_left_alone(
    environment: Environment, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tool == "pip":
        monkeypatch.setattr("clinic.local.environment.find_uv", lambda: None)
    environment.prepare(RUNTIME_LOCK)
    made = environment.stamp_file.stat().st_mtime_ns
    environment.prepare(RUNTIME_LOCK)
    assert environment.stamp_file.stat().st_mtime_ns == made


def test_a_changed_lock_file_is_installed(environment: Environment) -> None:
    environment.prepare(RUNTIME_LOCK)
    (environment.root / RUNTIME_LOCK).write_text("# other packages\n")
    assert not environment.is_current(RUNTIME_LOCK)
    environment.prepare(RUNTIME_LOCK)
    assert environment.is_current(RUNTIME_LOCK)


def test_the_tools_of_a_developer_serve_a_run_as_well(environment: Environment) -> None:
    environment.prepare(DEV_LOCK)
    assert environment.is_current(RUNTIME_LOCK)
    assert environment.lock_for(RUNTIME_LOCK) == DEV_LOCK


def test_an_interrupted_installation_is_begun_anew(environment: Environment) -> None:
    environment.prepare(RUNTIME_LOCK)
    half_made = environment.folder / "half-made"
    half_made.touch()
    environment.stamp_file.unlink()
    (environment.root / ".venv.lock").write_text(BUILDING)
    environment.prepare(RUNTIME_LOCK)
    assert not half_made.exists()


def test_a_removed_interpreter_is_replaced(environment: Environment) -> None:
    environment.prepare(RUNTIME_LOCK)
    environment.python.unlink()
    environment.python.symlink_to("/nonexistent/python")
    environment.prepare(RUNTIME_LOCK)
    assert environment.works()


@pytest.mark.parametrize("tool", ["uv", pytest.param("pip", marks=pytest.mark.full)])
def test_an_unreachable_index_ends_with_4_and_the_tools_words(
    environment: Environment, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tool == "pip":
        monkeypatch.setattr("clinic.local.environment.find_uv", lambda: None)
    (environment.root / RUNTIME_LOCK).write_text(NOWHERE)
    with pytest.raises(Failure, match="packages of requirements") as failure:
        environment.prepare(RUNTIME_LOCK)
    assert failure.value.code == Exit.NETWORK
    assert "nowhere" in failure.value.detail


def test_a_folder_that_cannot_be_written_ends_with_9(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.touch()
    with (
        pytest.raises(Failure) as failure,
        Environment(not_a_folder).exclusive(),
    ):
        pass
    assert failure.value.code == Exit.FOLDER


def test_uv_obeys_what_was_set_for_pip() -> None:
    environment = uv_environment({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/a /b"})
    assert environment["UV_NO_INDEX"] == "1"
    assert environment["UV_FIND_LINKS"] == "/a,/b"


def test_uv_never_fetches_an_interpreter() -> None:
    assert uv_environment({})["UV_PYTHON_DOWNLOADS"] == "never"


def test_a_failure_tells_three_parts_below_its_details() -> None:
    failure = Failure(Exit.PORT, "a port.", "For a browser.", "free it", "in use")
    assert str(failure).splitlines() == [
        "  | in use",
        "Missing: a port.",
        "Why:     For a browser.",
        "To mend: free it",
    ]
