"""Makes a handout from the command line: asks for it, waits, writes the PDF."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic import health
from clinic.errors import DomainError
from prescriptions import handouts
from prescriptions.documents import CHOICES, OPTION_NAMES, PARTS, usual_options
from prescriptions.models import Handout, Program, Revision, Status

POLL_SECONDS = 0.25
# A worker that has just been started gives its first sign of life within these.
GRACE_SECONDS = 5

USUAL = {
    "paper": "default: the clinic's",
    "layout": "default: two",
    "size": "default: what suits the patient's age",
    "color": "default: color",
}
NOT_POSSIBLE, NOT_MADE, NO_WORKER, TOO_LATE, NOT_WRITTEN = 2, 3, 4, 5, 6


@dataclass(frozen=True)
class LocalOperator:
    """Whoever has a shell on the server: an actor of one clinic, audited as such."""

    clinic_id: UUID
    actor_kind: str = "operator"
    pk: None = None

    def can(self, scope: str) -> bool:
        """Tell that a shell on the server can do anything."""
        return True


class Command(BaseCommand):
    """Make one handout through the same door as everybody."""

    help = (
        "Make the handout of a program and write it to a file. Exit codes: 2 not "
        "possible as asked, 3 could not be made, 4 no worker is running, 5 not ready "
        "in time, 6 not written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--program", type=UUID, metavar="ID", help="default: the demo program"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        for name, choices in CHOICES.items():
            values = [value for value, _ in choices]
            parser.add_argument(f"--{name}", choices=values, help=USUAL[name])
        for name in PARTS:
            parser.add_argument(
                f"--no-{name}", dest=name, action="store_const", const=False
            )
        parser.add_argument(
            "--timeout", type=float, default=120, metavar="SECONDS", help="default: 120"
        )

    def handle(
        self,
        *args: Any,
        program: UUID | None,
        out: Path,
        timeout: float,
        **options: Any,
    ) -> None:
        """Ask, wait, write."""
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.", returncode=2)
        chosen = find_program(program)
        actor = LocalOperator(chosen.clinic_id)
        asked = {name: options[name] for name in OPTION_NAMES}
        choice = replace(
            usual_options(chosen), **{k: v for k, v in asked.items() if v is not None}
        )
        try:
            revision = current_revision(chosen, by=actor)
            with quiet_bell():
                handout = handouts.request_handout(revision, options=choice, by=actor)
            self.wait_for(handout, timeout)
            pdf = read_pdf(handout, by=actor)
        except DomainError as error:
            raise CommandError(error.message, returncode=NOT_POSSIBLE) from error
        write_whole(out, pdf)
        pages = handout.pdf_pages
        unit = "page" if pages == 1 else "pages"
        self.stdout.write(f"{out}: {pages} {unit}, {len(pdf)} bytes")

    def wait_for(self, handout: Handout, timeout: float) -> None:
        """Tell each state with the seconds since the start until it is ready."""
        start, shown = monotonic(), ""
        while True:
            seconds = monotonic() - start
            if (word := handout.get_status_display()) != shown:
                self.stdout.write(f"{seconds:5.1f} s  {word}")
                shown = word
            if handout.status == Status.READY:
                return
            check_hope(handout, seconds, timeout)
            sleep(POLL_SECONDS)
            handout.refresh_from_db()


@contextmanager
def quiet_bell() -> Iterator[None]:
    """Keep the traceback of a bell that nobody hears from the terminal.

    Nothing is lost with it: the waiting that follows says when no worker runs.
    """
    bell = logging.getLogger("prescriptions.tasks")
    bell.disabled = True
    try:
        yield
    finally:
        bell.disabled = False


def find_program(program_id: UUID | None) -> Program:
    """Return the program with this id, else the first active one of the demo."""
    programs = Program.objects.unscoped().select_related("clinic")
    if program_id:
        found = programs.filter(pk=program_id).first()
    else:
        demo = programs.filter(clinic__is_demo=True).active()
        found = demo.order_by("created_at").first()
    if found is None:
        wanted = "There is no program with this id."
        no_demo = "There is no demo program. Name one with --program ID."
        message = wanted if program_id else no_demo
        raise CommandError(message, returncode=NOT_POSSIBLE)
    return found


def current_revision(program: Program, *, by: LocalOperator) -> Revision:
    """Return the program's current revision; only a demo is issued on the way."""
    issued = Revision.objects.visible_to(by).filter(program=program)
    found = issued.current().select_related("program").first()
    if found:
        return found
    if not program.clinic.is_demo:
        raise CommandError(
            "This program has not been issued. A practitioner issues it first, on the "
            "program's page: “Issue to patient”.",
            returncode=NOT_POSSIBLE,
        )
    return handouts.issue_program(program, by=by)[0]


def check_hope(handout: Handout, seconds: float, timeout: float) -> None:
    """Raise when waiting any longer is in vain."""
    if handout.status == Status.FAILED:
        raise CommandError(handout.failure_reason, returncode=NOT_MADE)
    if handout.status == Status.REVOKED:
        raise CommandError("The handout has been withdrawn.", returncode=NOT_MADE)
    later = "The request is kept and will be done later."
    if seconds > settings.SWEEP_SECONDS + GRACE_SECONDS and not has_worker():
        raise CommandError(
            f"No worker is running: start ./dev run. {later}", returncode=NO_WORKER
        )
    if seconds > timeout:
        raise CommandError(
            f"Not ready after {timeout:g} seconds. {later}", returncode=TOO_LATE
        )


def has_worker() -> bool:
    """Tell whether a worker gave a sign of life; without Redis there is none."""
    try:
        return health.is_alive("worker")
    except Exception:  # (each cache backend has errors of its own)
        return False


def read_pdf(handout: Handout, *, by: LocalOperator) -> bytes:
    """Return the stored bytes, once they have been recognized as what was made."""
    with handouts.open_handout(handout, actor=by) as file:
        pdf = file.read()
    is_same = hashlib.sha256(pdf).hexdigest() == handout.pdf_sha256
    if not (is_same and pdf.startswith(b"%PDF-")):
        raise CommandError("The stored file is damaged.", returncode=NOT_MADE)
    return pdf


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the file and rename: it is whole or it is not there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.touch(mode=0o600)  # patients' data: for the owner's eyes
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        message = f"{path} could not be written: {error.strerror}."
        raise CommandError(message, returncode=NOT_WRITTEN) from error
    finally:
        beside.unlink(missing_ok=True)
