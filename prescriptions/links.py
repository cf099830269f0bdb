"""Patient links: their addresses and codes, and the try to open one.

A link's row holds 128 random bits. Its token is those bits with a keyed digest under
``LINK_KEY``, its code for typing is derived from them under the same key; neither is
stored. So the database alone opens nothing, and a QR code can be printed again.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from clinic.audit import record
from clinic.webhooks import announce
from prescriptions import messages
from prescriptions.models import Alert, PatientLink, Program
from prescriptions.models.diary import raise_alert
from prescriptions.models.link import (
    MAX_WRONG_TRIES,
    PatientLinkQuerySet,
    random_link_id,
)

GRACE = timedelta(days=14)
# Long enough to do the exercises with the page open and write the diary afterwards
GRANT_SECONDS = 60 * 60
ID_BYTES = 16
# Half of SHA-256, as RFC 2104 allows: a QR code with larger modules on paper
MAC_BYTES = 16
CODE_LENGTH = 10
# Without 0 and O, 1, l and I; read in either case
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Answer:
    """What a try came to; a link without tries left is closed."""

    opened: bool
    tries_left: int = 0


def create(
    program: Program, *, kind: PatientLink.Kind, expires_at: datetime
) -> PatientLink:
    """Make a new link to a program."""
    link_id = random_link_id()
    return PatientLink.objects.create(
        clinic_id=program.clinic_id,
        patient_id=program.patient_id,
        program=program,
        kind=kind,
        link_id=link_id,
        code_digest=_code_digest(_code(link_id)),
        expires_at=expires_at,
    )


@transaction.atomic
def printed_link(program: Program) -> PatientLink:
    """Return the link to print on the program's handouts, as long-lived as it is now.

    A live one stays, so that papers in the patient's hands go on working; one that is
    missing, locked, revoked or expired is replaced.
    """
    # A second caller waits here and then finds the link of the first.
    Program.objects.unscoped().select_for_update().get(pk=program.pk)
    printed = PatientLink.objects.of_clinic(program.clinic_id).filter(
        program=program, kind=PatientLink.Kind.PRINTED
    )
    expires_at = expiry(program)
    link = printed.live().first()
    if link is None:
        printed.revoke()
        return create(program, kind=PatientLink.Kind.PRINTED, expires_at=expires_at)
    printed.filter(pk=link.pk).update(expires_at=expires_at)
    link.expires_at = expires_at
    return link


def expiry(program: Program) -> datetime:
    """Return when a printed link to the program ends.

    Two weeks after the program's end, else its review, at the end of that day in the
    clinic's time zone; when that has passed already, two weeks from today.
    """
    zone = ZoneInfo(program.clinic.time_zone)
    today = timezone.localdate(timezone=zone)
    last_day = (program.end_date or program.review_date) + GRACE
    if last_day < today:
        last_day = today + GRACE
    return datetime.combine(last_day, time(23, 59, 59), tzinfo=zone)


def token_of(link: PatientLink) -> str:
    """Return the secret part of the link's address."""
    return _token(link.link_id)


def url_of(link: PatientLink) -> str:
    """Return the link's address, for a QR code or a mail."""
    return f"{settings.PUBLIC_URL}/l/{token_of(link)}"


def code_of(link: PatientLink) -> str:
    """Return the ten characters that open the link together with the birth date."""
    return _code(link.link_id)


def stop_url(reminder_id: UUID) -> str:
    """Return the address that stops reminders without a question."""
    return f"{settings.PUBLIC_URL}/r/{_reminders().sign(reminder_id.hex)}"


def reminder_in(token: str) -> UUID | None:
    """Return the reminder that the last part of such an address names."""
    try:
        return UUID(_reminders().unsign(token))
    except (BadSignature, ValueError):
        return None


def short_url() -> str:
    """Return the address for typing, where the code is asked for."""
    return f"{settings.PUBLIC_URL}/go"


def find(token: str) -> PatientLink | None:
    """Return the live link with this token.

    Whatever the token looks like, the same query and the same comparison are made, so
    that the time tells nothing about it.
    """
    link_id = _link_id_in(token)
    link = _live_with_people().filter(link_id=link_id).first()
    is_genuine = constant_time_compare(_token(link_id), token)
    return link if is_genuine else None


def find_by_code(code: str) -> PatientLink | None:
    """Return the live link with this code; spaces, hyphens and case do not matter."""
    typed = code.upper().replace(" ", "").replace("-", "")
    digest = _code_digest(typed)
    link = _live_with_people().filter(code_digest=digest).first()
    return link if link and constant_time_compare(code_of(link), typed) else None


def try_birth_date(link: PatientLink, given: date) -> Answer:
    """Count a try, compare the birth date, then open the link, or close it.

    The try is counted before the answer is looked at: of any number of guesses at the
    same time five are compared and no more.
    """
    if not PatientLink.objects.count_try(link):
        return _refused(link)
    right = link.patient.date_of_birth.isoformat()
    if constant_time_compare(given.isoformat(), right):
        return _opened(link)
    return _failed(link)


def grant_of(link: PatientLink) -> str:
    """Return the proof, good for an hour, that the link was opened."""
    return _grants().sign(str(link.pk))


def holds_grant(link: PatientLink, grant: str) -> bool:
    """Tell whether a proof is genuine, fresh and for this link."""
    try:
        return _grants().unsign(grant, max_age=GRANT_SECONDS) == str(link.pk)
    except BadSignature:
        return False


@transaction.atomic
def _opened(link: PatientLink) -> Answer:
    if not PatientLink.objects.opened(link):
        return _refused(link)
    record(None, "link.opened", link, actor_kind="patient")
    announce(
        "link.opened", clinic_id=link.clinic_id, link=link.pk, program=link.program_id
    )
    return Answer(opened=True, tries_left=MAX_WRONG_TRIES)


@transaction.atomic
def _failed(link: PatientLink) -> Answer:
    record(None, "link.failed", link, actor_kind="patient", outcome="refused")
    if PatientLink.objects.lock(link):
        record(None, "link.locked", link)
        if raise_alert(link.program, Alert.Kind.LOCKED):
            messages.tell_clinic(link.program)
    link.refresh_from_db(fields=["wrong_tries", "locked_at"])
    closed = link.locked_at is not None
    return Answer(
        opened=False, tries_left=0 if closed else MAX_WRONG_TRIES - link.wrong_tries
    )


def _refused(link: PatientLink) -> Answer:
    """Turn away a try for which the link was closed between finding and counting."""
    record(None, "link.failed", link, actor_kind="patient", outcome="closed")
    return Answer(opened=False)


def _live_with_people() -> PatientLinkQuerySet:
    links = PatientLink.objects.unscoped().live()
    return links.select_related("clinic", "patient", "program")


def _grants() -> TimestampSigner:
    # No fallback keys: Django would take those of SECRET_KEY.
    salt = "prescriptions.links.grant"
    return TimestampSigner(key=settings.LINK_KEY, salt=salt, fallback_keys=[])


def _reminders() -> Signer:
    salt = "prescriptions.links.reminder"
    return Signer(key=settings.LINK_KEY, sep=".", salt=salt, fallback_keys=[])


def _keyed(purpose: str, data: bytes) -> bytes:
    """Digest under the link key; a digest for one purpose is useless for another."""
    message = f"catcamel.{purpose}\0".encode() + data
    return hmac.digest(settings.LINK_KEY.encode(), message, hashlib.sha256)


def _token(link_id: str) -> str:
    raw = bytes.fromhex(link_id)
    signed = raw + _keyed("link-token", raw)[:MAC_BYTES]
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _link_id_in(token: str) -> str:
    """Return the id that a token names; zeros, the id of no link, when malformed."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raw = b""
    if len(raw) != ID_BYTES + MAC_BYTES:
        raw = bytes(ID_BYTES)
    return raw[:ID_BYTES].hex()


def _code(link_id: str) -> str:
    number = int.from_bytes(_keyed("link-code", bytes.fromhex(link_id)))
    digits = []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(CODE_ALPHABET))
        digits.append(CODE_ALPHABET[digit])
    return "".join(digits)


def _code_digest(code: str) -> str:
    return _keyed("link-code-digest", code.encode()).hex()
