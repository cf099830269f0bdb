"""Run the sweeper without a scheduler."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from clinic import health
from prescriptions.batch_tasks import drop_batch_files, sweep_batches
from prescriptions.operations import raise_alarms
from prescriptions.tasks import check_files, remove_orphans, sweep_handouts

logger = logging.getLogger(__name__)
ORPHANS_EVERY_SECONDS = 3600


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
        try:
            sweep_until(stop)
        finally:
            health.end("sweeper")


def sweep_until(stop: threading.Event) -> None:
    """Sweep every few seconds, now and then with what no row names."""
    since_orphans = ORPHANS_EVERY_SECONDS
    while not stop.is_set():
        since_orphans += settings.SWEEP_SECONDS
        with_orphans = since_orphans >= ORPHANS_EVERY_SECONDS
        since_orphans = 0 if with_orphans else since_orphans
        sweep(with_orphans=with_orphans)
        stop.wait(settings.SWEEP_SECONDS)


def sweep(*, with_orphans: bool) -> None:
    """Do one turn; a fault of database or broker is logged and the next turn tries.

    The sign of life comes last: it says that a turn was done, not that one began.
    """
    try:
        sweep_handouts()
        sweep_batches()
        raise_alarms()
        if with_orphans:
            remove_orphans()
            drop_batch_files()
            check_files()
        health.beat("sweeper")
    except Error as error:
        logger.error("ALARM database_away %s", type(error).__name__)
    except Exception:
        logger.exception("sweep failed")
    finally:
        close_old_connections()
