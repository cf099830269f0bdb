"""./dev run with everything real: it starts, keeps its data, and ends completely."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from clinic.local.environment import ROOT
from clinic.local.leftovers import began, read_back
from clinic.local.redis_server import attempts
from tests.services.availability import require
from tests.services.redis import missing_redis

pytestmark = [pytest.mark.services, pytest.mark.slow]
PATIENCE = 150  # seconds; the first start collects the static files


@dataclass
class Started:
    """A ./dev run that is ready, and what it printed until then."""

    process: "subprocess.Popen[str]"
    data: Path
    output: str

    def children(self) -> list[int]:
        """The processes it looks after."""
        return read_back(self.data / "children.json")

    def readyz(self) -> dict[str, object]:
        """What /readyz says."""
        port = int((self.data / "address").read_text().rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/readyz")
        state: dict[str, object] = json.loads(connection.getresponse().read())
        connection.close()
        return state


def command(data: Path, *arguments: str) -> list[str]:
    run = [sys.executable, "-m", "clinic.local", "run", "--data", str(data)]
    return [*run, *arguments]


def clean_environment() -> dict[str, str]:
    """Without the settings of the tests."""
    ours = {"DJANGO_SETTINGS_MODULE", "PUBLIC_URL", "ALLOWED_HOSTS", "DATABASE_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours}


@contextmanager
def started(data: Path, *arguments: str) -> Iterator[Started]:
    """A ready ./dev run; ended by the signal of Ctrl-C."""
    log = data.with_suffix(".out")
    with log.open("w") as output:
        process = subprocess.Popen(
            command(data, *arguments),
            cwd=ROOT,
            env=clean_environment(),
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        assert becomes_ready(process, log), log.read_text()
        yield Started(process, data, log.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(40)


def becomes_ready(process: "subprocess.Popen[str]", log: Path) -> bool:
    """Whether the last line of the greeting appears before the process ends."""
    for _ in attempts(PATIENCE):
        if "Stop " in log.read_text():
            return True
        if process.poll() is not None:
            break
    return False


@dataclass
class FirstStart:
    """What was seen of a start without library, demo and keys, after it has ended."""

    data: Path
    output: str
    state: dict[str, object]
    children: list[int]
    second: int
    exit_code: int


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> FirstStart:
    """One start for all tests: it takes some seconds, and finds tables without rows."""
    require(missing_redis())
    data = tmp_path_factory.mktemp("run") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(migrated, data)
    with started(data) as run:
        state, children = run.readyz(), run.children()
        second = subprocess.run(
            command(data), cwd=ROOT, env=clean_environment(), check=False
        )
    return FirstStart(
        data=data,
        output=run.output,
        state=state,
        children=children,
        second=second.returncode,
        exit_code=run.process.returncode,
    )


def test_it_is_ready_when_it_says_so(first: FirstStart) -> None:
    assert first.state["ready"] is True


def test_it_shows_the_new_secrets_and_keeps_them_nowhere(first: FirstStart) -> None:
    password = first.output.partition("  password ")[2].split()[0]
    key = first.output.partition("API key")[2].split()[0]
    files = [path for path in first.data.rglob("*") if path.is_file()]
    assert len(password) >= 12
    assert key.startswith("ccm_")
    for secret in (password, key):
        assert [f for f in files if secret.encode() in f.read_bytes()] == []


def test_a_second_start_on_the_same_folder_is_refused(first: FirstStart) -> None:
    assert first.second == 9


def test_ctrl_c_ends_every_child(first: FirstStart) -> None:
    assert first.exit_code == 0
    assert len(first.children) == 4
    assert [pid for pid in first.children if began(pid)] == []
    assert not (first.data / "run" / "redis.sock").exists()


@pytest.mark.full
def test_after_a_kill_the_next_start_repairs_and_keeps_the_data(
    first: FirstStart,
) -> None:
    with started(first.data, "--no-demo") as killed:
        left = killed.children()
        killed.process.kill()
        killed.process.wait()
        with started(first.data) as again:
            assert "changepassword" in again.output
            assert again.readyz()["ready"] is True
    assert [pid for pid in left if began(pid)] == []


def test_manage_works_on_the_same_data_from_any_folder(
    first: FirstStart, tmp_path: Path
) -> None:
    # A file with the name of a package, as it may lie in anybody's folder.
    (tmp_path / "csp.py").write_text("raise SystemExit('not the package')")
    environment = clean_environment() | {"CATCAMEL_CALLED_FROM": str(tmp_path)}
    manage = [sys.executable, "-m", "clinic.local", "manage", "--data", str(first.data)]
    done = subprocess.run(
        [*manage, "load_library"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "0 created" in done.stdout
