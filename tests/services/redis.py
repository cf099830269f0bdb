"""A real Redis on a socket of its own, as ./dev run starts it."""

from pathlib import Path

from clinic.local.folder import DataFolder
from clinic.local.redis_server import (
    present_redis,
    redis_command,
    remove_stale_socket,
    wait_for_redis,
)
from tests.services.processes import ServiceProcess


def missing_redis() -> str | None:
    """Why there can be no Redis; None when there can."""
    return None if present_redis() else "no redis-server"


class RedisServer(ServiceProcess):
    """Redis for one data folder; `start` again after `kill` keeps the queue."""

    def __init__(self, folder: DataFolder) -> None:
        server = present_redis()
        assert server, missing_redis()
        self.socket: Path = folder.socket
        command = redis_command(server, socket_path=self.socket, folder=folder.queue)
        super().__init__("redis", command, environment={}, logs=folder.logs)

    def start(self) -> None:
        """Start it and wait for its answer."""
        remove_stale_socket(self.socket)
        super().start()
        assert wait_for_redis(self.socket), self.tail()
