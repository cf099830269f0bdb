"""Asks for handouts and looks after them, in the settings of an installation.

A process of its own, which answers JSON lines: ``["request", 10, "bulk"]`` puts ids
into the answer, ``["states"]`` counts, ``["verdict"]`` is the oracle of all faults.
"""

import io
import json
import sys
from collections import Counter
from typing import Any
from uuid import uuid4

import django

django.setup()

import pikepdf  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402

from clinic import broker  # noqa: E402
from clinic.assets import put_asset  # noqa: E402
from clinic.models import AuditEvent  # noqa: E402
from prescriptions import storage, tasks  # noqa: E402
from prescriptions.models import Handout, Revision, Status  # noqa: E402
from prescriptions.models.handout import MAX_ATTEMPTS  # noqa: E402

# Each level draws the one below ten times: no renderer gets to the end of it.
LEVELS = 12
LAUGHS = "".join(
    f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>"
    for n in range(1, LEVELS)
)
HANGS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs>'
    f'<path id="l0" d="M0 0h1"/>{LAUGHS}</defs><use href="#l{LEVELS - 1}"/></svg>'
)


# Revisions of poison are numbered from here on.
FIRST_POISON = 1000


def good_revisions() -> list[Revision]:
    """What the demo's patients have, the shortest first."""
    rows = Revision.objects.unscoped().current().filter(number__lt=FIRST_POISON)
    return sorted(rows, key=lambda row: len(json.dumps(row.document)))


def small_revision() -> Revision:
    """The demo's shortest program: what is rendered does not matter here."""
    return good_revisions()[0]


def long_revision() -> Revision:
    """The demo's longest program."""
    return good_revisions()[-1]


def poison() -> Revision:
    """A revision with a picture that no renderer gets to the end of."""
    model = small_revision()
    document = json.loads(json.dumps(model.document))
    picture = document["phases"][0]["cards"][0]["pictures"][0]
    picture["asset"] = put_asset(HANGS.encode(), "svg")
    return Revision.objects.create(
        clinic_id=model.clinic_id,
        program_id=model.program_id,
        number=FIRST_POISON + Revision.objects.unscoped().count(),
        document=document,
        sha256=model.sha256,
        content_digest=uuid4().hex,
    )


KINDS = {"good": small_revision, "long": long_revision, "poison": poison}


def request(count: int, queue: str = "interactive", kind: str = "good") -> list[str]:
    """Store handouts as a request does, then ring for each."""
    revision = KINDS[kind]()
    made = [
        Handout(
            clinic_id=revision.clinic_id,
            revision=revision,
            options={"paper": "a4"},
            options_key=uuid4().hex * 2,
            queue=queue,
        )
        for _ in range(count)
    ]
    Handout.objects.bulk_create(made)
    for handout in made:
        tasks.ring(handout.pk, handout.queue)
    return [str(handout.pk) for handout in made]


def ring(handout_id: str, times: int) -> None:
    """Deliver the same message again and again."""
    for _ in range(times):
        broker.publish(tasks.render_handout.name, handout_id, "handouts.interactive")


def state_of(handout_id: str) -> str:
    """Tell the state of one handout."""
    return str(Handout.objects.unscoped().get(pk=handout_id).status)


def states() -> dict[str, int]:
    """Count the handouts by state."""
    return dict(Counter(Handout.objects.unscoped().values_list("status", flat=True)))


def attempts() -> list[int]:
    """Tell how often each handout was tried."""
    return list(Handout.objects.unscoped().values_list("attempts", flat=True))


def cut() -> int:
    """End all other connections to PostgreSQL; tell how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def verdict() -> list[str]:
    """Return what is wrong once everything has come to rest: nothing, if all is well.

    Every job is ready, or failed with a reason after at most the allowed attempts;
    each ready one has one file that opens and fits its hash, and one ready event;
    no other file is left once the janitor has been.
    """
    faults = []
    named = set()
    for handout in Handout.objects.unscoped():
        name = str(handout)
        if handout.status == Status.READY:
            named.add(handout.pdf_name)
            faults += [f"{name}: {fault}" for fault in faults_of_file(handout)]
        elif handout.status != Status.FAILED:
            faults.append(f"{name}: still {handout.status}")
        elif not handout.failure_reason or handout.attempts > MAX_ATTEMPTS:
            faults.append(f"{name}: failed without reason, or tried too often")
        events = AuditEvent.objects.of_clinic(handout.clinic_id)
        ready = events.filter(action="handout.ready", target_id=handout.pk).count()
        if ready != (handout.status == Status.READY):
            faults.append(f"{name}: {ready} ready events while {handout.status}")
    return faults + faults_of_storage(named)


def faults_of_file(handout: Handout) -> list[str]:
    """Open the file; its hash is checked on the way."""
    try:
        content = storage.open_stored(handout.pdf_name, handout.pdf_sha256).read()
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
    except (OSError, pikepdf.PdfError) as error:
        return [type(error).__name__]
    return [] if pages == handout.pdf_pages else [f"{pages} pages"]


def faults_of_storage(named: set[str]) -> list[str]:
    """Let the janitor delete what no row names, whatever its age; compare."""
    for name, _ in storage.stored_handouts():
        if name not in named:
            storage.delete(name)
    left = {name for name, _ in storage.stored_handouts()}
    return [f"{len(named - left)} files are missing"] if named - left else []


COMMANDS: dict[str, Any] = {
    "request": request,
    "ring": ring,
    "state_of": state_of,
    "states": states,
    "attempts": attempts,
    "cut": cut,
    "verdict": verdict,
}


def main() -> None:
    """Answer one line after the other; an error is an answer too."""
    Handout.objects.unscoped().delete()  # those of the demo clinic
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = COMMANDS[name](*arguments)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
            connection.close()
        close_old_connections()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
