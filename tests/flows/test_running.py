"""What a running installation does: handouts by API, by command, by the README."""

import hashlib
import os
import re
import subprocess

import pytest
from pypdf import PdfReader

from clinic.local.environment import ROOT
from tests.flows.conftest import fresh_program, issue, request_handout
from tests.services.availability import first_on_path, require

pytestmark = [pytest.mark.services, pytest.mark.slow]


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


@pytest.mark.requirement("D4")
def test_messages_logs_and_file_names_hold_no_patient_data(place, working_api):
    api = working_api
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
    issue(api, program)
    handout = request_handout(api, program)
    api.wait_until_final(handout)
    queue = (place.folder.path / "redis").rglob("*")
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
