"""Counts of requests and the state of processes, gathered in Redis from all of them.

Each process adds up by itself and hands over every few seconds: no request waits for
it, and any process can be asked for all. While Redis is away the counts wait; what it
loses looks like a restart to whoever reads rates from them. Routes are told as they
stand in the code, never the address that was asked for.
"""

import atexit
import json
import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connections

logger = logging.getLogger(__name__)

# Upper ends of the classes of durations, in seconds
BOUNDS = (0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ABOVE = "+Inf"
HAND_OVER_SECONDS = 5
GONE_AFTER_SECONDS = 30
REQUESTS, STATES = "catcamel:measures:requests", "catcamel:measures:states"
_SUM, _GAP = "sum", "\t"


@dataclass(frozen=True)
class Requests:
    """Requests of one kind: how many took at most so long, and how long in all."""

    method: str
    route: str
    status: str
    buckets: tuple[tuple[str, float], ...]
    seconds: float


@dataclass(frozen=True)
class State:
    """What a process told of itself: numbers by name."""

    process: str
    host: str
    numbers: Mapping[str, float]


class Tally:
    """Sums of this process that have not been handed over yet."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, sums: Mapping[str, float]) -> None:
        """Add to the sums."""
        with self._lock:
            for name, value in sums.items():
                self._sums[name] += value  # type: ignore[assignment]

    def drain(self) -> dict[str, float]:
        """Return the sums and begin anew."""
        with self._lock:
            sums, self._sums = self._sums, Counter()
        return dict(sums)

    def read(self) -> dict[str, float]:
        """Return the sums."""
        with self._lock:
            return dict(self._sums)


_tally = Tally()


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    bound = next((str(one) for one in BOUNDS if seconds <= one), ABOVE)
    series = _GAP.join((method, route, str(status)))
    _tally.add({f"{series}{_GAP}{bound}": 1, f"{series}{_GAP}{_SUM}": seconds})
    _start()


@cache
def _start() -> None:
    """Hand over from now on; once a process, after it was forked."""
    if _store() is None:
        return
    threading.Thread(target=_hand_over_always, name="measures", daemon=True).start()
    atexit.register(hand_over)


def _hand_over_always() -> None:
    pause = threading.Event()
    while not pause.wait(HAND_OVER_SECONDS):
        hand_over()
        tell("web", memory_of([os.getpid()]) | pool())


def hand_over() -> None:
    """Add the sums of this process to those of all."""
    store, sums = _store(), _tally.drain()
    if store is None or not sums:
        _tally.add(sums)
        return
    try:
        with store.pipeline(transaction=False) as pipe:
            for name, value in sums.items():
                pipe.hincrbyfloat(REQUESTS, name, value)
            pipe.execute()
    except (redis.RedisError, OSError):
        _tally.add(sums)


def tell(process: str, numbers: Mapping[str, float]) -> None:
    """Note what this process says of itself, until it says it anew or is gone."""
    store = _store()
    if store is None:
        return
    name = _GAP.join((process, socket.gethostname(), str(os.getpid())))
    try:
        told = json.dumps({"at": _now(store), **numbers})
        store.hset(STATES, name, told)
    except (redis.RedisError, OSError) as error:
        logger.debug("the state was not told: %s", type(error).__name__)


def requests() -> Iterator[Requests]:
    """Yield the counts of all processes; of this one alone while Redis is away."""
    sums = Counter(_tally.read())
    sums.update({name: float(value) for name, value in _read(REQUESTS).items()})
    series: dict[str, dict[str, float]] = {}
    for name, value in sums.items():
        kind, _, bound = name.rpartition(_GAP)
        series.setdefault(kind, {})[bound] = value
    for kind in sorted(series):
        method, route, status = kind.split(_GAP)
        seconds = series[kind].pop(_SUM, 0.0)
        yield Requests(method, route, status, _cumulated(series[kind]), seconds)


def states() -> list[State]:
    """Return what the living processes have told; forget the others."""
    store, told = _store(), _read(STATES)
    if store is None or not told:
        return []
    found, since = [], _now(store) - GONE_AFTER_SECONDS
    for name, text in told.items():
        numbers = json.loads(text)
        if numbers.pop("at") < since:
            store.hdel(STATES, name)
            continue
        process, host, _ = name.split(_GAP)
        found.append(State(process, host, numbers))
    return found


def memory_of(pids: Iterable[int]) -> dict[str, float]:
    """Return the memory of processes in bytes: of all, and of the largest.

    Empty where the system does not tell (it does on Linux).
    """
    sizes = [size for pid in pids if (size := _resident(pid))]
    return {"memory": sum(sizes), "largest": max(sizes)} if sizes else {}


def pool() -> dict[str, float]:
    """Return the numbers of this process's pool of connections, if it has one."""
    found: Any = getattr(connections["default"], "pool", None)
    if found is None:
        return {}
    stats = found.get_stats()
    names = {
        "size": "pool_size",
        "idle": "pool_available",
        "waiting": "requests_waiting",
    }
    return {f"pool_{name}": stats.get(key, 0) for name, key in names.items()}


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _cumulated(counts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    total, found = 0.0, []
    for bound in (*map(str, BOUNDS), ABOVE):
        total += counts.get(bound, 0.0)
        found.append((bound, total))
    return tuple(found)


def _read(name: str) -> dict[str, str]:
    store = _store()
    try:
        found: Any = store.hgetall(name) if store else {}
    except (redis.RedisError, OSError):
        return {}
    return dict(found)


def _now(store: "redis.Redis") -> int:
    """Return the time of Redis: clocks of servers differ."""
    seconds: Any = store.time()
    return int(seconds[0])


@cache
def _store() -> "redis.Redis | None":
    """Return the Redis of the cache; None where the cache is none."""
    chosen: Any = settings.CACHES["default"]
    if "RedisCache" not in chosen["BACKEND"]:
        return None
    return redis.Redis.from_url(
        chosen["LOCATION"], decode_responses=True, **chosen.get("OPTIONS", {})
    )
