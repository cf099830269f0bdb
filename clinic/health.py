"""Signs of life of the processes, kept in the shared cache."""

import logging

from django.core.cache import cache

logger = logging.getLogger(__name__)

PROCESSES = ("worker", "sweeper")
BEAT_SECONDS = 5
LOST_AFTER_SECONDS = 20


def beat(process: str) -> None:
    """Note that a process of this kind ("worker", "sweeper") is alive."""
    cache.set(f"alive:{process}", "yes", timeout=LOST_AFTER_SECONDS)


def end(process: str) -> None:
    """Note that a process of this kind stops; another one beats on before long."""
    cache.delete(f"alive:{process}")


def is_alive(process: str) -> bool:
    """Tell whether a process of this kind gave a sign lately."""
    return bool(cache.get(f"alive:{process}"))


def signs() -> dict[str, bool] | None:
    """Tell which kinds of processes live; None when the cache does not answer."""
    try:
        return {process: is_alive(process) for process in PROCESSES}
    except Exception as error:
        logger.warning("no signs of life to be read: %s", type(error).__name__)
        return None
