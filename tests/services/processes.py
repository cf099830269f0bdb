"""A real process group for a test: stopped, killed or frozen at will."""

import os
import signal
from contextlib import suppress
from types import TracebackType
from typing import Self

from clinic.local.child import Child
from clinic.local.redis_server import attempts


class ServiceProcess(Child):
    """A child of ./dev run with the faults that tests inflict on it."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.thaw()
        self.stop()

    def stop(self, seconds: float = 10) -> int | None:
        """TERM, then KILL for whatever is left; returns the exit code."""
        self.terminate()
        for _ in attempts(seconds):
            if not self.is_alive():
                break
        self.kill()
        return self.exit_code()

    def freeze(self) -> None:
        """Suspend the whole group: it holds its connections and never answers."""
        self.send_to_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen group go on."""
        self.send_to_group(signal.SIGCONT)

    def send_to_group(self, number: signal.Signals) -> None:
        """Signal the leader and all of its children."""
        with suppress(ProcessLookupError):
            if self.process:
                os.killpg(self.process.pid, number)

    def output(self) -> str:
        """Everything it has said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until it says something; its output explains a failure."""
        for _ in attempts(seconds):
            if text in self.output():
                return
            if not self.is_alive():
                break
        raise AssertionError(f"{self.name} never said {text!r}:\n{self.output()}")
