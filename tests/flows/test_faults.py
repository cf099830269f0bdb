"""Faults of worker and Redis: nothing is lost, and no request hangs."""

import sqlite3
import time

import pytest

from clinic.local.redis_server import attempts
from tests.flows.conftest import fresh_program, request_handout

pytestmark = [pytest.mark.services, pytest.mark.slow]


def id_of(handout: str) -> str:
    return handout.rsplit("/", 1)[1].replace("-", "")


def value(rows: sqlite3.Connection, column: str, handout: str) -> object:
    query = f"SELECT {column} FROM prescriptions_handout WHERE id = ?"  # noqa: S608
    return rows.execute(query, [id_of(handout)]).fetchone()[0]


def test_a_worker_killed_in_the_middle_loses_nothing(place, api, rows):
    handout = request_handout(api, fresh_program(api, "Killed"))
    with place.worker(concurrency=1) as worker:
        while value(rows, "status", handout) != "rendering":
            time.sleep(0.002)
        worker.kill()
    assert value(rows, "status", handout) == "rendering"
    let_the_lease_run_out(rows, handout)
    with place.sweeper(), place.worker(concurrency=1):
        assert api.wait_until_final(handout)["state"] == "ready"
    assert value(rows, "attempts", handout) == 2


def let_the_lease_run_out(rows: sqlite3.Connection, handout: str) -> None:
    """Spare the test a minute of waiting; only the clock is moved."""
    rows.execute(
        "UPDATE prescriptions_handout SET lease_until = '2000-01-01' WHERE id = ?",
        [id_of(handout)],
    )
    rows.commit()


@pytest.mark.full
def test_requests_are_taken_while_redis_is_down_and_made_after_it_is_back(place, api):
    program = fresh_program(api, "No Redis")
    place.redis.kill()
    started = time.monotonic()
    handout = request_handout(api, program)
    assert time.monotonic() - started < 1
    place.redis.start()
    with place.sweeper(), place.worker(concurrency=1):
        assert api.wait_until_final(handout)["state"] == "ready"


def test_a_frozen_redis_does_not_hang_the_request(place, api):
    program = fresh_program(api, "Frozen Redis")
    place.redis.freeze()
    started = time.monotonic()
    try:
        request_handout(api, program)
    finally:
        seconds = time.monotonic() - started
        place.redis.thaw()
    assert seconds < 2


@pytest.mark.full
def test_a_clean_stop_takes_the_signs_of_life_back(place, api):
    with place.sweeper() as sweeper, place.worker(concurrency=1) as worker:
        assert any(api.call("GET", "/readyz").status == 200 for _ in attempts(20))
        # The worker goes first, since it sweeps too; it may end a handout before.
        assert worker.stop(60) == 0
        assert sweeper.stop(60) == 0
    parts = api.call("GET", "/readyz").json["parts"]
    assert (parts["worker"], parts["sweeper"]) == ("missing", "missing")
