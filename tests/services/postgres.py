"""A real PostgreSQL in a temporary folder, fast and unsafe, for tests only."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from clinic.local.environment import last_lines
from clinic.local.redis_server import attempts

USER = "catcamel"
# Nothing of a test database has to survive a crash of the machine.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


class Account(TypedDict, total=False):
    """The account of the server; empty means: the one of the tests."""

    user: int
    group: int
    extra_groups: list[int]


def find_programs() -> Path | None:
    """The folder of initdb and postgres: on PATH, else Debian's newest."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = {int(f.parent.name): f for f in folders if f.parent.name.isdigit()}
    return versions[max(versions)] if versions else None


def missing_postgres() -> str | None:
    """Why there can be no PostgreSQL; None when there can."""
    return None if find_programs() else "no postgresql"


def account() -> Account:
    """PostgreSQL refuses root: an account without rights stands in."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class PostgresServer:
    """A server on the loopback address; its superuser needs no password."""

    def __init__(self, folder: Path) -> None:
        programs = find_programs()
        assert programs, missing_postgres()
        self.programs, self.folder = programs, folder
        self.data, self.log = folder / "data", folder / "postgres.log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The DATABASE_URL; Django makes its test databases beside this one."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the database cluster."""
        who = account()
        if who:
            os.chown(self.folder, who["user"], who["group"])
        command = [str(self.programs / "initdb"), "-D", str(self.data), "-U", USER]
        command += ["--auth=trust", "--no-sync", "-E", "UTF8", f"--locale={LOCALE}"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **who
        )
        assert done.returncode == 0, last_lines(done.stdout + done.stderr)

    def start(self) -> None:
        """Start it; another process may take the free port first: try again."""
        for _ in range(5):
            # A restart must keep its address.
            self.port = self.port or free_port()
            self.process = self.launch()
            if self.accepts():
                return
            self.stop()
            self.port = 0
        raise AssertionError(last_lines(self.log.read_text()))

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server process on the chosen port."""
        settings = [*FAST, f"port={self.port}", "listen_addresses=127.0.0.1"]
        settings += [f"unix_socket_directories={self.folder}", "max_connections=100"]
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        command += [part for setting in settings for part in ("-c", setting)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, **account()
            )

    def accepts(self, seconds: float = 20) -> bool:
        """Whether the server we started answers, not another one on its port."""
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        for _ in attempts(seconds):
            if self.process is None or self.process.poll() is not None:
                return False
            command = [*ready, "-p", str(self.port)]
            if subprocess.run(command, check=False).returncode == 0:
                return True
        return False

    def add_database(self, name: str) -> str:
        """Make an empty database; returns its DATABASE_URL."""
        command = [str(self.programs / "createdb"), "-h", "127.0.0.1", "-U", USER]
        subprocess.run([*command, "-p", str(self.port), name], check=True)
        return self.url_of(name)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it: INT cuts open connections; with TERM they would hold it up."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def crash(self) -> None:
        """End it without a shutdown; a restart recovers from its log."""
        self.stop(signal.SIGQUIT)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A started server in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="catcamel-pg-") as folder:
        server = PostgresServer(Path(folder))
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
