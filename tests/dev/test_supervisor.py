"""The supervisor: real processes die, come back, give up and end."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.local.child import Child
from clinic.local.environment import Exit, Failure
from clinic.local.leftovers import began, end_leftovers, read_back, write_down
from clinic.local.readiness import wait_until_ready
from clinic.local.redis_server import attempts
from clinic.local.supervisor import Supervisor

SLEEPS = "import time; time.sleep(60)"
# A child whose own child would outlive it.
HAS_CHILD = (
    "import subprocess, sys, time;"
    f"p = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]);"
    "print(p.pid, flush=True); time.sleep(60)"
)


def child(name: str, code: str, logs: Path) -> Child:
    command = [sys.executable, "-c", code]
    return Child(name, command, environment=os.environ, logs=logs)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Three children; only the web server is essential."""
    children = [child(name, SLEEPS, tmp_path) for name in ("redis", "web", "worker")]
    for one in children:
        one.start()
    supervisor = Supervisor(children)
    yield supervisor
    supervisor.stop()


def until(condition: object) -> bool:
    """Whether a condition becomes true within a few seconds."""
    assert callable(condition)
    return any(condition() for _ in attempts(8))


def test_a_killed_worker_comes_back(supervisor: Supervisor) -> None:
    worker = supervisor.children["worker"]
    worker.kill()
    assert until(supervisor.tick)
    assert worker.is_alive()


def test_a_worker_that_keeps_dying_ends_with_6_and_its_last_words(
    supervisor: Supervisor,
) -> None:
    worker = supervisor.children["worker"]
    worker.command = [sys.executable, "-c", "raise SystemExit('no such queue')"]
    for _ in range(5):
        worker.kill()
        worker.start()
    worker.process.wait()  # type: ignore[union-attr]  # started just now
    with pytest.raises(Failure, match="worker") as failure:
        supervisor.tick()
    assert failure.value.code == Exit.NOT_READY
    assert "no such queue" in failure.value.detail


def test_the_death_of_the_web_server_ends_everything(supervisor: Supervisor) -> None:
    supervisor.children["web"].kill()
    with pytest.raises(Failure, match="running web"):
        supervisor.tick()


def test_stopping_leaves_no_process(supervisor: Supervisor) -> None:
    pids = supervisor.pids()
    supervisor.stop()
    assert [pid for pid in pids if began(pid)] == []


def test_redis_is_the_last_to_go(supervisor: Supervisor) -> None:
    ended: list[list[str]] = []
    supervisor.end = lambda group: ended.append([c.name for c in group])  # type: ignore[method-assign]
    supervisor.stop()
    del supervisor.end
    assert ended == [["web", "worker"], ["redis"]]


def test_killing_a_child_takes_its_own_children_along(tmp_path: Path) -> None:
    parent = child("parent", HAS_CHILD, tmp_path)
    parent.start()
    assert until(lambda: parent.last_lines)
    grandchild = int(parent.last_lines[0])
    parent.kill()
    assert until(lambda: began(grandchild) is None or is_zombie(grandchild))


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and only waits to be collected."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_output_is_kept_and_shown(tmp_path: Path) -> None:
    shown: list[tuple[str, str]] = []
    talker = child("talker", "print('one'); print('two')", tmp_path)
    talker.show = lambda name, line: shown.append((name, line))
    talker.start()
    assert until(lambda: not talker.is_alive())
    talker.kill()
    assert talker.log.read_text() == "one\ntwo\n"
    assert shown == [("talker", "one"), ("talker", "two")]


def test_what_a_killed_start_left_is_ended(tmp_path: Path) -> None:
    notes = tmp_path / "children.json"
    left = child("left", SLEEPS, tmp_path)
    left.start()
    write_down(notes, [left.process.pid])  # type: ignore[union-attr]
    assert len(read_back(notes)) == 1
    end_leftovers(notes)
    assert left.process.wait(5) == -signal.SIGTERM  # type: ignore[union-attr]
    left.kill()


def test_a_number_that_now_belongs_to_somebody_else_is_spared(tmp_path: Path) -> None:
    notes = tmp_path / "children.json"
    notes.write_text(f'{{"{os.getpid()}": "another time"}}')
    assert read_back(notes) == []


def test_nobody_answering_is_told_as_the_web_server() -> None:
    failing = wait_until_ready(1, meanwhile=lambda: False, seconds=0.5)
    assert failing == {"web": "no answer"}
