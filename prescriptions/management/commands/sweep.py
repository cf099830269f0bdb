"""Run the sweeper without a scheduler."""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from clinic import health
from clinic.tasks import drop_answers, sweep_webhooks
from exercises.tasks import drop_uploads, sweep_imports
from prescriptions.batch_tasks import drop_batch_files, sweep_batches
from prescriptions.janitor import check_files, remove_orphans
from prescriptions.operations import raise_alarms
from prescriptions.rights.erasing import finish_erasures
from prescriptions.tasks import sweep_handouts

logger = logging.getLogger(__name__)

Step = Callable[[], object]
JANITOR_EVERY_SECONDS = 3600
ALARMS_EVERY_SECONDS = 60
# Whatever starts together with the sweeper is not missed yet.
WORKERS_START_SECONDS = 30
SWEEP: tuple[Step, ...] = (
    sweep_handouts,
    sweep_batches,
    sweep_imports,
    sweep_webhooks,
)
HOURLY: tuple[Step, ...] = (
    remove_orphans,
    drop_batch_files,
    drop_uploads,
    check_files,
    drop_answers,
    finish_erasures,
)


class Command(BaseCommand):
    """Sweep once, or go on until told to stop."""

    help = "Ring for waiting handouts, take back what lost workers held."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--loop``."""
        parser.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        """Sweep."""
        if not loop:
            self.stdout.write(f"{sweep_handouts() + sweep_batches()} bells rung")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # Apart, as they may read for minutes while bells have to be rung.
        for rarely in (
            (stop, ALARMS_EVERY_SECONDS, (raise_alarms,), WORKERS_START_SECONDS),
            (stop, JANITOR_EVERY_SECONDS, HOURLY),
        ):
            threading.Thread(target=every, args=rarely, daemon=True).start()
        try:
            every(stop, settings.SWEEP_SECONDS, SWEEP)
        finally:
            health.end("sweeper")


def every(
    stop: threading.Event, seconds: float, steps: Iterable[Step], first: float = 0
) -> None:
    """Do the steps again and again until told to stop, from ``first`` seconds on."""
    stop.wait(first)
    while not stop.is_set():
        for step in steps:
            attempt(step)
        close_old_connections()
        stop.wait(seconds)


def attempt(step: Step) -> None:
    """Do a step; what goes wrong is logged and keeps no other step from its turn."""
    try:
        step()
    except Error as error:
        logger.error("ALARM database_away %s", type(error).__name__)
    except Exception:
        logger.exception("%s failed", step.__name__)
