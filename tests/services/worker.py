"""A whole installation for a test: data folder, Redis, worker, sweeper, web server.

with installation(tmp_path) as place, place.worker() as worker:
    place.manage("make_handout", "--out", "handout.pdf")
    worker.kill()
"""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinic.local.commands import QUEUES, sweeper_command, web_command, worker_command
from clinic.local.environment import ROOT
from clinic.local.folder import DataFolder
from clinic.local.redis_server import attempts
from tests.services.processes import ServiceProcess
from tests.services.redis import RedisServer


@dataclass(frozen=True)
class Installation:
    """A migrated database, a running Redis and the settings that reach both."""

    folder: DataFolder
    environment: Mapping[str, str]
    redis: RedisServer

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it printed, asserts its success."""
        return self._output_of("manage.py", *arguments)

    def run(self, *commands: str) -> str:
        """Run several of them in one start of Django, as ./dev run does."""
        return self._output_of("-m", "clinic.local.prepare", *commands)

    def _output_of(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def worker(
        self, *, queues: tuple[str, ...] = QUEUES, concurrency: int = 2
    ) -> ServiceProcess:
        """A Celery worker, started by `with`."""
        return self.process("worker", worker_command(queues, concurrency))

    def sweeper(self) -> ServiceProcess:
        """The sweeper, started by `with`."""
        return self.process("sweeper", sweeper_command())

    def process(
        self, name: str, command: list[str], descriptors: tuple[int, ...] = ()
    ) -> ServiceProcess:
        """Any process with the settings of this installation."""
        return ServiceProcess(
            name,
            command,
            environment=self.environment,
            logs=self.folder.logs,
            descriptors=descriptors,
        )

    @contextmanager
    def web(self) -> Iterator[str]:
        """A running web server; yields its address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            descriptor = listener.fileno()
            with self.process("web", web_command(descriptor), (descriptor,)) as web:
                assert lives(port), web.output()
                yield f"http://127.0.0.1:{port}"


@contextmanager
def installation(
    path: Path, *, extra: Mapping[str, str] | None = None, migrated: bool = False
) -> Iterator[Installation]:
    """A new installation in a folder; `extra` may name another DATABASE_URL."""
    folder = DataFolder(path)
    folder.prepare()
    environment = folder.environment() | {
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }
    with RedisServer(folder) as redis:
        place = Installation(folder, environment, redis)
        if not migrated:
            place.manage("migrate", "--verbosity=0")
        yield place


def lives(port: int, seconds: float = 20) -> bool:
    """Whether the web server on this port answers in time."""
    return any(answers(port) for _ in attempts(seconds, pause=0.1))


def answers(port: int) -> bool:
    """Whether /livez says that the process lives."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
