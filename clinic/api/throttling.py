"""How often one key or member may ask."""

import logging
import time
from typing import TYPE_CHECKING

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from clinic.api.authentication import actor_of

if TYPE_CHECKING:
    # DRF's views import this module through the settings
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

# After the cache failed it is left alone for a while: requests must not wait in turn.
QUIET_SECONDS = 5
_quiet_until = 0.0


class ActorThrottle(SimpleRateThrottle):
    """Counts the requests of an actor in fixed windows; one integer per window.

    Without the cache every request passes: the limit protects the service, and must
    not be what stops it.
    """

    scope = "actor"
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; False when the window is used up."""
        global _quiet_until
        if time.monotonic() < _quiet_until:
            return True
        try:
            return self._count(str(actor_of(request).pk)) <= self.num_requests
        except (RedisError, OSError) as error:
            logger.warning("requests are not counted: %s", type(error).__name__)
            _quiet_until = time.monotonic() + QUIET_SECONDS
            return True

    def _count(self, actor_id: str) -> int:
        window = int(time.time() // self.duration)
        key = f"requests:{actor_id}:{window}"
        cache.add(key, 0, timeout=2 * self.duration)
        return cache.incr(key)

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return self.duration - time.time() % self.duration
