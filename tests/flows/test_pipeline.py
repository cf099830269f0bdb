"""The handout pipeline with a real Redis, worker, sweeper and web server."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator

import pytest

from clinic.local.redis_server import attempts
from tests.flows.conftest import Api
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture
def api(place: Installation, key: str) -> Iterator[Api]:
    with place.web() as address:
        yield Api(address, key)


def fresh_program(api: Api, title: str) -> str:
    """Issue a program of five exercises; return its address."""
    patient = api.call("GET", "/api/v1/patients").json["results"][0]["id"]
    slugs = ["cat-camel", "childs-pose", "seated-twist", "lying-twist", "plank"]
    exercises = [{"exercise": slug} for slug in slugs]
    body = {"patient": patient, "title": title, "phases": [{"exercises": exercises}]}
    made = api.call("POST", "/api/v1/programs", body)
    assert made.status == 201, made.body
    path = f"/api/v1/programs/{made.json['id']}"
    assert api.call("POST", f"{path}/issue").status == 201
    return path


def request_handout(api: Api, program: str, paper: str = "a4") -> str:
    answer = api.call("POST", f"{program}/handouts", {"paper": paper})
    assert answer.status == 202, answer.body
    return answer.headers["Location"].removeprefix(api.address)


def id_of(handout: str) -> str:
    return handout.rsplit("/", 1)[1].replace("-", "")


def value(rows: sqlite3.Connection, column: str, handout: str) -> object:
    query = f"SELECT {column} FROM prescriptions_handout WHERE id = ?"  # noqa: S608
    return rows.execute(query, [id_of(handout)]).fetchone()[0]


def test_a_handout_becomes_ready_and_matches_its_digest(place, api):
    handout = request_handout(api, fresh_program(api, "Ready"))
    with place.worker(concurrency=1):
        data = api.wait_until_final(handout)
    assert data["state"] == "ready"
    pdf = api.call("GET", f"{handout}/file").body
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == data["file"]["sha256"]


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


def test_the_command_makes_a_handout_through_the_same_door(place, tmp_path):
    out = tmp_path / "handout.pdf"
    with place.worker(concurrency=1):
        place.manage("make_handout", "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF-")


def test_messages_logs_and_file_names_hold_no_patient_data(place, api):
    name = "Canary Quxberg"
    body = {"name": name, "date_of_birth": "1961-02-03", "phone": "0555-canary"}
    patient = api.call("POST", "/api/v1/patients", body).json["id"]
    made = api.call(
        "POST",
        "/api/v1/programs",
        {
            "patient": patient,
            "title": "Quxtitle",
            "phases": [{"exercises": [{"exercise": "plank", "note": "Quxnote"}]}],
        },
    ).json["id"]
    program = f"/api/v1/programs/{made}"
    api.call("POST", f"{program}/issue")
    handout = request_handout(api, program)
    queue = (place.folder.path / "redis").rglob("*")
    with place.worker(concurrency=1), place.sweeper():
        api.wait_until_final(handout)
    api.call("GET", f"{handout}/file")
    seen = "".join(
        path.read_bytes().decode(errors="replace")
        for path in [*queue, *place.folder.logs.rglob("*")]
        if path.is_file()
    )
    names = " ".join(map(str, (place.folder.path / "files").rglob("*")))
    for secret in ("Canary", "Quxberg", "Quxtitle", "Quxnote", "1961-02-03"):
        assert secret not in seen
        assert secret not in names


def test_a_clean_stop_takes_the_signs_of_life_back(place, api):
    with place.worker(concurrency=1), place.sweeper():
        assert any(api.call("GET", "/readyz").status == 200 for _ in attempts(20))
    parts = api.call("GET", "/readyz").json["parts"]
    assert (parts["worker"], parts["sweeper"]) == ("missing", "missing")
