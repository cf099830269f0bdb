"""What a running installation does: handouts by API, by command, by the README."""

import hashlib
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from pypdf import PdfReader

from clinic.local.environment import ROOT
from tests.flows.conftest import Api, fresh_program, issue, request_handout
from tests.services.availability import first_on_path, require
from tests.services.worker import Installation

pytestmark = [pytest.mark.services, pytest.mark.slow]
END = "the test has heard enough"


def test_a_handout_becomes_ready_and_matches_its_digest(working_api):
    handout = request_handout(working_api, fresh_program(working_api, "Ready"))
    data = working_api.wait_until_final(handout)
    assert data["state"] == "ready"
    pdf = working_api.call("GET", f"{handout}/file").body
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == data["file"]["sha256"]


def test_the_command_makes_a_handout_through_the_same_door(
    place, working_api, tmp_path
):
    out = tmp_path / "handout.pdf"
    place.manage("make_handout", "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF-")


CANARIES = ("Canary", "Quxberg", "Quxtitle", "Quxnote", "1961-02-03", "0555-canary")


@contextmanager
def listening(place: Installation) -> Iterator[list[str]]:
    """Hear every command that Redis is given, with its values."""
    server = redis.Redis.from_url(place.environment["CACHE_URL"])
    heard: list[str] = []
    with server.monitor() as monitor:
        thread = threading.Thread(target=note_commands, args=(monitor, heard))
        thread.start()
        try:
            yield heard
        finally:
            server.echo(END)
            thread.join()
            server.close()


def note_commands(monitor: Any, heard: list[str]) -> None:
    for command in monitor.listen():
        heard.append(command["command"])
        if END in heard[-1]:
            return


@pytest.mark.requirement("D4", "T7")
def test_redis_logs_and_file_names_hold_no_patient_data(place, working_api):
    with listening(place) as heard:
        drive(working_api)
    assert any("prescriptions.render_handout" in command for command in heard)
    said = "".join(
        path.read_bytes().decode(errors="replace")
        for path in place.folder.logs.rglob("*")
        if path.is_file()
    )
    names = " ".join(map(str, (place.folder.path / "files").rglob("*")))
    everything = {"redis": " ".join(heard), "logs": said, "files": names}
    for where, text in everything.items():
        assert not [canary for canary in CANARIES if canary in text], where


def drive(api: Api) -> None:
    """Let a handout be made of a patient with words to look for, and be refused."""
    person = {"name": "Canary Quxberg", "date_of_birth": "1961-02-03"}
    body = person | {"phone": "0555-canary"}
    patient = api.call("POST", "/api/v1/patients", body).json["id"]
    phases = [{"exercises": [{"exercise": "plank", "note": "Quxnote"}]}]
    body = {"patient": patient, "title": "Quxtitle", "phases": phases}
    program = api.call("POST", "/api/v1/programs", body).json["id"]
    issue(api, f"/api/v1/programs/{program}")
    handout = request_handout(api, f"/api/v1/programs/{program}")
    api.wait_until_final(handout)
    assert api.call("GET", f"{handout}/file").status == 200
    assert api.call("GET", "/api/v1/patients?search=Quxberg").status == 200
    assert api.call("POST", "/api/v1/patients", person | {"Quxnote": 1}).status == 400
    assert api.call("GET", "/api/v1/patients/Quxberg").status == 404
    assert api.call("PUT", "/api/v1/patients", person).status == 405


def curl_lines() -> str:
    text = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- curl:begin.*?```sh\n(.*?)```\n<!-- curl:end", text, re.S)
    assert found
    return found[1]


def test_the_curl_lines_of_the_readme_make_a_handout(working_api, key, tmp_path):
    for tool in ("curl", "jq"):
        require(None if first_on_path([tool]) else f"no {tool}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", curl_lines()],
        cwd=tmp_path,
        env=os.environ | {"KEY": key, "BASE": f"{working_api.address}/api/v1"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = "".join(
        page.extract_text() for page in PdfReader(tmp_path / "handout.pdf").pages
    )
    assert "Zoë Søn" in text
    assert "Stop when your back sags." in text
