"""./dev run with everything real: it starts, keeps its data, and ends completely."""

import http.client
import json
import os
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


@dataclass
class Started:
    """A ./dev run that is ready, and what it printed until then."""

    process: "subprocess.Popen[str]"
    data: Path
    output: str

    @property
    def port(self) -> int:
        return int((self.data / "address").read_text().rpartition(":")[2])

    def children(self) -> list[int]:
        return read_back(self.data / "children.json")

    def readyz(self) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        state: dict[str, object] = json.loads(answer.read())
        connection.close()
        return answer.status, state


def command(data: Path, *arguments: str) -> list[str]:
    run = [sys.executable, "-m", "clinic.local", "run", "--data", str(data)]
    return [*run, *arguments]


def clean_environment() -> dict[str, str]:
    """Without the settings of the tests."""
    ours = {"DJANGO_SETTINGS_MODULE", "PUBLIC_URL", "ALLOWED_HOSTS", "DATABASE_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours}


@contextmanager
def started(data: Path, *arguments: str) -> Iterator[Started]:
    """A ready ./dev run; ended by Ctrl-C's signal."""
    require(missing_redis())
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
        for _ in attempts(90):
            if "Stop " in log.read_text() or process.poll() is not None:
                break
        assert process.poll() is None, log.read_text()
        yield Started(process, data, log.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def test_it_starts_refuses_a_second_start_and_ends_completely(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data) as run:
        assert "password" in run.output
        assert run.readyz() == (200, run.readyz()[1])
        children = run.children()
        second = subprocess.run(
            command(data), cwd=ROOT, env=clean_environment(), check=False
        )
        assert second.returncode == 9
    assert run.process.returncode == 0
    assert len(children) == 4
    assert [pid for pid in children if began(pid)] == []
    assert not (data / "run" / "redis.sock").exists()


def test_a_later_start_keeps_the_data_and_shows_no_password(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data):
        pass
    with started(data) as again:
        assert "changepassword" in again.output
        assert "shown only now" not in again.output


def test_after_a_kill_the_next_start_repairs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "--no-demo") as killed:
        left = killed.children()
        killed.process.kill()
        killed.process.wait()
        with started(data, "--no-demo") as again:
            assert "create_clinic" in again.output
            assert set(left).isdisjoint(again.children())
    assert [pid for pid in left if began(pid)] == []
