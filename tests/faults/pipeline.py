"""A whole pipeline under test: processes to break, and the oracle of all faults."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.local.environment import ROOT
from tests.services.fixtures import copy_of
from tests.services.processes import ServiceProcess
from tests.services.worker import Installation, installation

SETTLED = {"ready", "failed", "revoked"}


class Driver:
    """The process that asks for handouts and judges what came of them."""

    def __init__(self, place: Installation) -> None:
        with (place.folder.logs / "driver.log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.driver"],
                cwd=ROOT,
                env=place.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._read() == "ready"

    def _read(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the driver has ended: see driver.log"
        return json.loads(line)

    def ask(self, *command: Any) -> Any:
        """Send a command; return its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


@dataclass(frozen=True)
class Pipeline:
    """An installation with a driver."""

    place: Installation
    driver: Driver

    def request(
        self, count: int, queue: str = "interactive", kind: str = "good"
    ) -> Any:
        """Ask for handouts; return their ids."""
        ids = self.driver.ask("request", count, queue, kind)
        assert isinstance(ids, list), ids
        return ids

    def states(self) -> dict[str, int]:
        """Count the handouts by state."""
        counts = self.driver.ask("states")
        return {} if "error" in counts else counts

    def wait_for(self, state: str, count: int = 1, seconds: float = 60) -> None:
        """Wait until so many handouts are in a state."""
        end = time.monotonic() + seconds
        while self.states().get(state, 0) < count:
            assert time.monotonic() < end, f"not {count} {state}: {self.states()}"
            time.sleep(0.05)

    def wait_until_settled(
        self, seconds: float, *, keep: Sequence[ServiceProcess] = ()
    ) -> float:
        """Wait until nothing is in work; return how long that took.

        ``keep`` are started again when they end, as a supervisor does.
        """
        began = time.monotonic()
        while not (states := self.states()) or set(states) - SETTLED:
            assert time.monotonic() - began < seconds, f"unsettled: {states}"
            for process in keep:
                if not process.is_alive():
                    process.start()
            time.sleep(0.2)
        return time.monotonic() - began

    def judge(
        self, *, seconds: float = 90, keep: Sequence[ServiceProcess] = ()
    ) -> dict[str, int]:
        """Wait, then let the oracle speak; return the states."""
        self.wait_until_settled(seconds, keep=keep)
        faults = self.driver.ask("verdict")
        assert faults == [], faults
        return self.states()


@contextmanager
def pipeline(
    prepared: Path, folder: Path, *, extra: dict[str, str] | None = None
) -> Iterator[Pipeline]:
    """An installation of its own with library and demo clinic; no worker yet.

    Where settings lead to another database or store, it is filled anew.
    """
    extra = {"SWEEP_SECONDS": "1"} | (extra or {})
    is_elsewhere = bool({"DATABASE_URL", "S3_BUCKET"} & set(extra))
    if not is_elsewhere:
        copy_of(prepared, folder)
    with installation(folder, extra=extra, migrated=not is_elsewhere) as place:
        if is_elsewhere:
            place.manage("load_library")
            place.manage("create_demo")
        driver = Driver(place)
        try:
            yield Pipeline(place, driver)
        finally:
            driver.close()
