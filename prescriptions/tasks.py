"""Background work: make handouts, sweep what got lost.

The row is the job. A message carries a handout's id and nothing else; it may be lost,
doubled or late without harm.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_init, worker_ready
from django.conf import settings
from django.db import close_old_connections, transaction

from clinic import broker, health
from clinic.assets import read_asset
from clinic.audit import record
from clinic.webhooks import announce
from prescriptions import editions, links, pdf, sandbox, storage
from prescriptions.documents import (
    HandoutSpec,
    PrintedLink,
    options_from,
)
from prescriptions.models import FailureCode, Handout, PatientLink, Queue
from prescriptions.pdf import RenderError

logger = logging.getLogger(__name__)

# In each queue; more than two workers' pools can do until the next sweep
MOST_BELLS = 200


def ring_after_commit(handout: Handout) -> None:
    """Tell a worker once the row is stored; the sweeper rings a lost bell again."""
    transaction.on_commit(partial(ring, handout.pk, handout.queue), robust=True)


def ring(handout_id: UUID, queue: str) -> bool:
    """Publish the handout's id; False when the broker did not take it."""
    if not broker.publish(render_handout.name, handout_id, queue=f"handouts.{queue}"):
        return False
    Handout.objects.rung(handout_id)
    return True


@shared_task(name="prescriptions.render_handout")
def render_handout(handout_id: str, *_: object, **__: object) -> None:
    """Make one handout if it is to be had; losing the claim is normal.

    While a new release is rolled out, messages of the other one come too: whatever
    they hold besides the id is left alone.
    """
    uuid = UUID(handout_id)
    lease = timedelta(seconds=settings.HANDOUT_LEASE_SECONDS)
    token = Handout.objects.claim(uuid, lease=lease)
    if token is None:
        return
    try:
        _render(uuid, token)
    except RenderError as error:
        # Its text names places and counts, never words of the document.
        logger.warning("handout %s: %s, %s", uuid, error.code, error)
        _give_back(uuid, token, error.code, permanent=error.permanent)
    except (Exception, SoftTimeLimitExceeded):
        logger.exception("handout %s could not be made", uuid)
        _give_back(uuid, token, FailureCode.UNKNOWN, permanent=False)


def _render(uuid: UUID, token: UUID) -> None:
    rows = Handout.objects.job(uuid).select_related("revision", "link")
    handout = rows.get()
    spec = spec_of(handout)
    assets = _assets(spec)
    rendered = sandbox.run(
        partial(pdf.render, spec, assets),
        deadline_seconds=settings.RENDER_DEADLINE_SECONDS,
    )
    # The database may have been restarted since.
    close_old_connections()
    try:
        name, sha256 = storage.put(uuid, rendered.pdf)
    except (OSError, SoftTimeLimitExceeded) as error:
        logger.exception("handout %s could not be stored", uuid)
        raise RenderError(FailureCode.STORAGE, permanent=False) from error
    with transaction.atomic():
        if Handout.objects.complete(
            uuid,
            token,
            name=name,
            sha256=sha256,
            size=len(rendered.pdf),
            pages=rendered.pages,
        ):
            _announce("handout.ready", handout)


def _announce(event: str, handout: Handout, **code: Any) -> None:
    """Put what became of a handout into the trail, and tell other systems."""
    record(None, event, handout, **code)
    announce(
        event,
        clinic_id=handout.clinic_id,
        handout=handout.pk,
        program=handout.revision.program_id,
        revision=handout.revision.number,
        **code,
    )


def spec_of(handout: Handout) -> HandoutSpec:
    """Return all that the PDF depends on; the link's token is derived, never stored."""
    options = options_from(handout.options)
    return HandoutSpec(
        document=editions.document_of(handout.revision, options.language),
        options=options,
        link=_printed(handout.link) if handout.link else None,
        key=handout.options_key,
    )


def _printed(link: PatientLink) -> PrintedLink:
    zone = ZoneInfo(link.clinic.time_zone)
    return PrintedLink(
        url=links.url_of(link),
        short_url=links.short_url(),
        code=links.code_of(link),
        expires_on=link.expires_at.astimezone(zone).date().isoformat(),
    )


def _assets(spec: HandoutSpec) -> dict[str, bytes]:
    try:
        return {name: read_asset(name) for name in spec.document.assets}
    except storage.StoredFileError as error:
        raise RenderError(FailureCode.PICTURE_MISSING, permanent=True) from error
    except (OSError, SoftTimeLimitExceeded) as error:
        raise RenderError(FailureCode.STORAGE, permanent=False) from error


def _give_back(uuid: UUID, token: UUID, code: FailureCode, *, permanent: bool) -> None:
    """Put the handout back for a later attempt, or fail it when that cannot help."""
    if not permanent and Handout.objects.release(uuid, token, code=code):
        return
    with transaction.atomic():
        if Handout.objects.fail(uuid, token, code=code):
            _announce("handout.failed", Handout.objects.job(uuid).get(), code=code)


@shared_task(name="prescriptions.sweep_handouts")
def sweep_handouts() -> int:
    """Take back expired leases and ring for what waits; return the bells rung.

    Any number may run at once: a bell is no claim.
    """
    with transaction.atomic():
        for handout in Handout.objects.give_up():
            code = FailureCode.WORKER_LOST
            _announce("handout.failed", handout, code=code)
    expired = Handout.objects.expire()
    if expired:
        logger.warning("%s handouts taken back from lost workers", expired)
    rung = sum(ring(handout_id, queue) for handout_id, queue in _to_ring())
    _give_a_sign_of_life()
    return rung


def _to_ring() -> Iterator[tuple[UUID, str]]:
    """Yield what waits unheard, as far as the broker has room for bells.

    A long backlog would else be rung for over and over, faster than it is worked off.
    """
    held = broker.waiting_messages() or {}
    overdue = Handout.objects.unscoped().overdue()
    for queue in Queue:
        room = max(MOST_BELLS - held.get(f"handouts.{queue}", 0), 0)
        yield from overdue.filter(queue=queue).values_list("pk", "queue")[:room]


def _give_a_sign_of_life() -> None:
    try:
        health.beat("sweeper")
    except Exception as error:
        logger.warning("no sign of life could be given: %s", type(error).__name__)


@worker_init.connect
def warm_up(**kwargs: Any) -> None:
    """Load the renderer once, before the pool forks."""
    pdf.warm_up()


@worker_ready.connect
def catch_up(**kwargs: Any) -> None:
    """Ring for what waited while no worker ran."""
    sweep_handouts.delay()
