"""Waits until /readyz says that every part works."""

import http.client
import json
from collections.abc import Callable

from clinic.local.redis_server import attempts

SECONDS = 60.0
Parts = dict[str, str]


def ask(port: int) -> Parts | None:
    """The parts that do not work, by name; None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        parts: Parts = json.loads(answer.read())["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()
    return {name: state for name, state in parts.items() if state != "ok"}


def wait_until_ready(
    port: int, meanwhile: Callable[[], bool], seconds: float = SECONDS
) -> Parts:
    """The parts that still fail: empty when all work.

    `meanwhile` looks after the processes between two questions and says when to
    stop waiting.
    """
    failing: Parts | None = None
    for _ in attempts(seconds, pause=0.2):
        if meanwhile():
            break
        failing = ask(port)
        if failing == {}:
            break
    return {"web": "no answer"} if failing is None else failing
