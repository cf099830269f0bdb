"""What /livez and /readyz tell."""

import time
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from celery.signals import worker_shutdown
from django.core.cache import cache
from django.test import Client
from kombu import Connection

from clinic import health, views

PROCESSES = ("worker", "sweeper")


@pytest.fixture
def alive(db: None) -> Iterator[None]:
    """A worker and a sweeper that gave a sign of life."""
    for process in PROCESSES:
        health.beat(process)
    yield
    cache.clear()


def broken() -> NoReturn:
    raise OSError("password=hunter2 at db.internal")


def parts_of(response: Any) -> dict[str, str]:
    parts: dict[str, str] = response.json()["parts"]
    return parts


def test_livez_asks_nobody(client: Client) -> None:
    assert client.get("/livez").status_code == 200


def test_all_parts_that_work_are_ready(client: Client, alive: None) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"]) == (200, True)
    names = ["database", "broker", "worker", "sweeper", "storage"]
    assert parts_of(response) == dict.fromkeys(names, "ok")


@pytest.mark.parametrize("process", PROCESSES)
def test_a_missing_process_is_named(client: Client, alive: None, process: str) -> None:
    cache.delete(f"alive:{process}")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert parts_of(response)[process] == "missing"


def test_a_worker_that_has_stopped_does_not_count(client: Client, alive: None) -> None:
    worker_shutdown.send(sender=None)
    parts = parts_of(client.get("/readyz"))
    assert (parts["worker"], parts["sweeper"]) == ("missing", "ok")


def test_a_worker_stops_though_the_cache_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "end", lambda process: broken())
    answers = worker_shutdown.send(sender=None)
    assert not [answer for _, answer in answers if isinstance(answer, Exception)]


@pytest.mark.requirement("W8")
def test_a_failing_part_is_named_without_its_reason(
    client: Client, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(views.PARTS, "storage", broken)
    response = client.get("/readyz")
    assert parts_of(response)["storage"] == "failed"
    assert "hunter2" not in response.content.decode()


def test_a_part_that_hangs_does_not_hold_up_the_answer(
    client: Client, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CHECK_SECONDS", 0.2)
    monkeypatch.setitem(views.PARTS, "broker", lambda: time.sleep(1) or "ok")
    start = time.monotonic()
    assert parts_of(client.get("/readyz"))["broker"] == "slow"
    assert time.monotonic() - start < 0.8


def test_a_broker_that_is_not_there_fails_at_once(
    client: Client, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Connection("redis://127.0.0.1:1/0")
    monkeypatch.setattr(views.celery_app, "connection_for_write", lambda: nobody)
    assert parts_of(client.get("/readyz"))["broker"] == "failed"


@pytest.mark.requirement("D6")
def test_health_is_never_cached(client: Client, alive: None) -> None:
    assert client.get("/readyz")["Cache-Control"] == "no-store"
