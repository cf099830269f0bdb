"""Counts of requests and the state of processes: of all of them, and of nobody."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import measures
from clinic.local.folder import DataFolder
from clinic.models import Membership
from tests import factories
from tests.services.availability import require
from tests.services.redis import RedisServer, missing_redis

CHANGE = "admin/clinic/patient/<path:object_id>/change/"


@pytest.fixture(autouse=True)
def own_tally(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_tally", measures.Tally())


@pytest.fixture
def client(practitioner: Membership) -> Client:
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def counted() -> dict[tuple[str, str, str], float]:
    return {
        (one.method, one.route, one.status): one.buckets[-1][1]
        for one in measures.requests()
    }


@pytest.mark.requirement("D4")
def test_a_request_is_counted_by_its_route_and_never_by_its_address(
    client: Client, practitioner: Membership
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    client.get(reverse("admin:clinic_patient_change", args=[patient.pk]))
    client.get("/somewhere/else")
    client.generic("BREW", "/livez")
    assert counted() == {
        ("GET", CHANGE, "200"): 1,
        ("GET", "none", "404"): 1,
        ("other", "livez", "405"): 1,
    }


def test_durations_fall_into_classes_that_add_up() -> None:
    for seconds in (0.01, 0.02, 0.3, 60):
        measures.count_request("GET", "x", 200, seconds)
    (one,) = measures.requests()
    assert dict(one.buckets)["0.025"] == 2
    assert dict(one.buckets)["0.5"] == 3
    assert one.buckets[-1] == ("+Inf", 4)
    assert one.seconds == pytest.approx(60.33)


def test_the_scrape_tells_them(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    client.get("/livez")
    headers = {"authorization": "Bearer scrape-me"}
    text = client.get("/metrics", headers=headers).text
    line = 'catcamel_request_seconds_count{method="GET",route="livez",status="200"} 1.0'
    assert line in text


def test_memory_is_told_where_the_system_knows_it() -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc here")
    assert measures.memory_of([1, 2**22 - 1, 0]).keys() <= {"memory", "largest"}

    found = measures.memory_of([os.getpid()])
    assert found["memory"] == found["largest"] > 10_000_000


@pytest.fixture
def shared(tmp_path: Path, settings: Any) -> Iterator[RedisServer]:
    """Counts that all processes share, in a Redis."""
    require(missing_redis())
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    with RedisServer(folder) as server:
        backend = "django.core.cache.backends.redis.RedisCache"
        options = {"socket_timeout": 0.3}
        url = f"unix://{server.socket}?db=1"
        settings.CACHES = {
            "default": {"BACKEND": backend, "LOCATION": url, "OPTIONS": options}
        }
        measures._store.cache_clear()
        yield server
    measures._store.cache_clear()


@pytest.mark.services
@pytest.mark.filterwarnings("ignore:Overriding setting CACHES")
def test_processes_add_up_in_redis_and_wait_while_it_is_away(
    shared: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    measures._tally.add({"GET\tx\t200\t0.025": 2, "GET\tx\t200\tsum": 0.01})
    measures.hand_over()
    measures._tally.add({"GET\tx\t200\t0.025": 1})
    assert counted() == {("GET", "x", "200"): 3}
    measures.tell("worker", {"memory": 5.0})
    assert [(one.process, one.numbers) for one in measures.states()] == [
        ("worker", {"memory": 5.0})
    ]
    monkeypatch.setattr(measures, "GONE_AFTER_SECONDS", -1)
    assert measures.states() == []
    shared.kill()
    measures.hand_over()
    measures.tell("worker", {"memory": 5.0})
    assert counted() == {("GET", "x", "200"): 1}
