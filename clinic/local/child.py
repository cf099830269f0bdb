"""One child process of ./dev run: its command, its log, its end."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from clinic.local.environment import ROOT
from clinic.local.leftovers import signal_group

LARGEST_LOG = 5_000_000  # bytes; a larger one is set aside at the next start
KEPT_LINES = 12


class Child:
    """A process in a group of its own, so that Ctrl-C reaches only its parent."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str],
        logs: Path,
        descriptors: tuple[int, ...] = (),
    ) -> None:
        self.name, self.command = name, command
        self.environment, self.descriptors = environment, descriptors
        self.log = logs / f"{name}.log"
        self.show: Callable[[str, str], None] | None = None
        self.starts: list[float] = []
        self.last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.process: subprocess.Popen[bytes] | None = None
        self.reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        return self.process.pid if self.is_alive() and self.process else None

    def is_alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def exit_code(self) -> int | None:
        """How it ended, if it did."""
        return self.process.poll() if self.process else None

    def start(self) -> None:
        """Start it, its output going to the log and, if wished, to the terminal."""
        set_aside(self.log)
        self.starts.append(time.monotonic())
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.descriptors,
        )
        assert self.process.stdout is not None  # noqa: S101 - narrows for mypy
        self.reader = threading.Thread(
            target=self.copy, args=(self.process.stdout,), daemon=True
        )
        self.reader.start()

    def copy(self, output: IO[bytes]) -> None:
        """Copy the output line by line until the process closes it."""
        with output, self.log.open("ab", buffering=0) as log:
            for raw in output:
                log.write(raw)
                line = raw.decode(errors="replace").rstrip()
                self.last_lines.append(line)
                if self.show:
                    self.show(self.name, line)

    def terminate(self) -> None:
        """Ask the process to end; it ends its own children itself."""
        if self.process and self.is_alive():
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group, also what outlived its leader."""
        if self.process:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.reader:
            self.reader.join(timeout=1)

    def tail(self) -> str:
        """The last lines of its output."""
        if self.reader and not self.is_alive():
            self.reader.join(timeout=1)  # the last lines may still be on their way
        return "\n".join(self.last_lines)

    def recent_starts(self, seconds: float = 60) -> int:
        """How often it was started within the last minute."""
        since = time.monotonic() - seconds
        return sum(start > since for start in self.starts)


def set_aside(log: Path) -> None:
    """Keep one older log file beside the current one."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
