"""Keeps the children of ./dev run alive and ends them all.

The web server is the reason for the others: when it dies, everything stops. The
worker, the sweeper and Redis are started again, up to five times a minute.
"""

import signal
import threading
import time
from types import FrameType
from typing import NoReturn

from clinic.local.child import Child
from clinic.local.environment import Exit, Failure, say

RESTARTS_A_MINUTE = 5
FIRST_PAUSE = 0.5  # seconds before the first restart; doubled each time
GRACE = 10.0  # seconds between TERM and KILL
TICK = 0.2


class Supervisor:
    """The children in the order of their start, Redis first and last to go."""

    def __init__(self, children: list[Child], *, essential: str = "web") -> None:
        self.children = {child.name: child for child in children}
        self.essential = essential
        self.due: dict[str, float] = {}
        self.stopping = threading.Event()
        self.hurry = threading.Event()

    def catch_signals(self) -> None:
        """Let Ctrl-C, TERM and a closed terminal end everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first signal stops in order, a second one at once."""
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()

    def pids(self) -> list[int]:
        """The processes that live now."""
        return [child.pid for child in self.children.values() if child.pid]

    def tick(self) -> bool:
        """Look after every child once; whether one was started again."""
        dead = [c for c in self.children.values() if not c.is_alive()]
        revived = [self.revive(child) for child in dead]
        return any(revived)

    def revive(self, child: Child) -> bool:
        """Start a dead child again when its time has come, or give up."""
        if child.name == self.essential or child.recent_starts() > RESTARTS_A_MINUTE:
            give_up(child)
        if child.name not in self.due:
            pause = FIRST_PAUSE * 2 ** (child.recent_starts() - 1)
            self.due[child.name] = time.monotonic() + pause
            say(f"{child.name} ended unexpectedly; starting it again in {pause:g} s")
        if time.monotonic() < self.due[child.name]:
            return False
        del self.due[child.name]
        child.start()
        return True

    def stop(self) -> None:
        """TERM to web, worker and sweeper, then to Redis; KILL after ten seconds."""
        first, *others = self.children.values()
        self.end(others)
        self.end([first])

    def end(self, children: list[Child]) -> None:
        """End some children together and leave no process of theirs."""
        for child in children:
            child.terminate()
        deadline = time.monotonic() + GRACE
        while any(child.is_alive() for child in children):
            if time.monotonic() > deadline or self.hurry.wait(0.05):
                break
        for child in children:
            child.kill()


def give_up(child: Child) -> NoReturn:
    """End with the last lines of a child that cannot be kept alive."""
    raise Failure(
        Exit.NOT_READY,
        f"a running {child.name} (exit code {child.exit_code()}).",
        "Catcamel needs all of its processes; this one does not stay up.",
        f"read {child.log}, then ./dev run",
        child.tail(),
    )
