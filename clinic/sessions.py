"""Sessions of the staff: how long they last, what they have proven, how all end."""

from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from clinic.models import Practitioner

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
# Noting each request would be a write with each request.
NOTED_EVERY = timedelta(minutes=1)
_BEGAN, _SEEN, _PROVEN = "began", "seen", "second_factor"


def begin(session: SessionBase) -> None:
    """Start the clocks."""
    session[_BEGAN] = session[_SEEN] = _now()


def prove(session: SessionBase) -> None:
    """Note that the second factor was given; under a new key, as after a sign-in."""
    session.cycle_key()
    session[_PROVEN] = True


def is_proven(session: SessionBase) -> bool:
    """Tell whether the second factor was given in this session."""
    return session.get(_PROVEN) is True


def seconds_left(session: SessionBase) -> int:
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


def end_all(person: Practitioner) -> None:
    """End every session of the person with their next request."""
    Practitioner.objects.filter(pk=person.pk).update(
        session_epoch=F("session_epoch") + 1
    )


def _now() -> int:
    return int(timezone.now().timestamp())
