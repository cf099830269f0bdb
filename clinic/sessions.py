"""Sessions of the staff: how long they last, what they have proven, how they end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from clinic.context import current_request
from clinic.devices import device_of
from clinic.models import Practitioner, StaffSession

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
# Noting each request would be a write with each request.
NOTED_EVERY = timedelta(minutes=1)
_BEGAN, _SEEN, _PROVEN = "began", "seen", "second_factor"
_ID, _DEVICE, _ADDRESS = "id", "device", "address"


@dataclass(frozen=True)
class OpenSession:
    """One device that somebody is signed in on, in that person's words."""

    id: str
    device: str
    address: str
    began: datetime
    seen: datetime
    is_proven: bool
    is_this: bool


def begin(request: HttpRequest) -> None:
    """Start the clocks; note the device, for the person's own list of sessions.

    A password typed again in an open session asks for the second factor again: else it
    alone would make the session last for ever.
    """
    session = request.session
    session.pop(_PROVEN, None)
    session[_BEGAN] = session[_SEEN] = _now()
    session[_ID] = str(uuid4())
    session[_DEVICE] = device_of(request.headers.get("User-Agent", ""))
    session[_ADDRESS] = current_request.get().address


def prove(session: SessionBase) -> None:
    """Note that the second factor was given; under a new key, as after a sign-in."""
    session.cycle_key()
    session[_PROVEN] = True


def is_proven(session: SessionBase) -> bool:
    """Tell whether the second factor was given in this session."""
    return session.get(_PROVEN) is True


def seconds_left(session: SessionBase | Mapping[str, Any]) -> int:
    """Return how long the session lasts if nothing is done; 0 when it is over."""
    idle = int(session.get(_SEEN, 0)) + int(IDLE.total_seconds())
    longest = int(session.get(_BEGAN, 0)) + int(LONGEST.total_seconds())
    return max(min(idle, longest) - _now(), 0)


def note_use(request: HttpRequest) -> None:
    """Start the idle clock anew, unless the page asked by itself."""
    is_by_itself = (
        request.method in ("GET", "HEAD")
        and request.headers.get("Sec-Fetch-Dest", "document") == "empty"
    )
    seen = int(request.session.get(_SEEN, 0))
    if not is_by_itself and _now() - seen > NOTED_EVERY.total_seconds():
        request.session[_SEEN] = _now()


def open_sessions(person: Practitioner, *, this: SessionBase) -> list[OpenSession]:
    """Return where the person is signed in, this session first, then by last use."""
    found = [_opened(data, this) for _, data in _open_rows(person)]
    found.sort(key=lambda one: (one.is_this, one.seen), reverse=True)
    return found


def end_one(person: Practitioner, session_id: UUID) -> bool:
    """End one of the person's sessions; tell whether there was such a one."""
    for row, data in _open_rows(person):
        if data.get(_ID) == str(session_id):
            return bool(StaffSession.objects.filter(pk=row.pk).delete()[0])
    return False


def end_all(person: Practitioner) -> None:
    """End every session of the person with their next request."""
    Practitioner.objects.filter(pk=person.pk).update(
        session_epoch=F("session_epoch") + 1
    )


def _open_rows(
    person: Practitioner,
) -> Iterator[tuple[StaffSession, Mapping[str, Any]]]:
    """Yield sessions neither over nor ended by a new password, role or factor."""
    proofs = [
        person.get_session_auth_hash(),
        *person.get_session_auth_fallback_hash(),
    ]
    rows = StaffSession.objects.filter(
        practitioner_id=person.pk, expire_date__gt=timezone.now()
    )
    for row in rows:
        data = row.get_decoded()
        given = str(data.get(HASH_SESSION_KEY, ""))
        is_valid = any(constant_time_compare(given, proof) for proof in proofs)
        if is_valid and seconds_left(data):
            yield row, data


def _opened(data: Mapping[str, Any], this: SessionBase) -> OpenSession:
    return OpenSession(
        id=str(data.get(_ID, "")),
        device=str(data.get(_DEVICE, "")),
        address=str(data.get(_ADDRESS, "")),
        began=_time(data[_BEGAN]),
        seen=_time(data[_SEEN]),
        is_proven=data.get(_PROVEN) is True,
        is_this=data.get(_ID) == this.get(_ID),
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _now() -> int:
    return int(timezone.now().timestamp())
