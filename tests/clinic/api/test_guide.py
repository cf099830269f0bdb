"""The commands of the API guide, and its example client, as a reader would run them."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from clinic.local.environment import ROOT
from clinic.signing import sign_all
from exercises.models import Exercise
from prescriptions import catalog, storage
from prescriptions.models import Handout, Program
from tests.clinic.api.client import Api
from tests.factories import make_library, sign_texts

GUIDE = ROOT / "docs" / "api-guide.md"
CLIENT = ROOT / "docs" / "examples" / "catcamel.py"
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PDF = b"%PDF-1.7 a stand-in"


@pytest.fixture
def api(practitioner) -> Api:
    """A key of a clinic that has signed its texts and the library."""
    sign_texts(practitioner)
    exercises = make_library()
    wanted = [exercises["cat-camel"], exercises["bird-dog"]]
    sign_all(wanted, by=practitioner)
    assert Exercise.objects.visible_to(practitioner).exists()
    return Api(practitioner.clinic)


def finish(api: Api) -> None:
    """Do what a worker does, without rendering."""
    rows = Handout.objects.visible_to(api.key).filter(status="pending")
    for handout in rows:
        name, sha256 = storage.put(handout.pk, PDF)
        Handout.objects.job(handout.pk).update(
            status="ready", pdf_name=name, pdf_sha256=sha256, pdf_bytes=len(PDF)
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_guide_work(live_server, api, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl")
    shutil.copy(catalog.PROTOCOLS / "stretch-set.yaml", tmp_path)
    catalog.load_templates(tmp_path)
    script = "\nfinish\n".join(COMMANDS.findall(GUIDE.read_text()))
    done = run(script, live_server.url, api, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "handout.pdf").read_bytes() == PDF
    assert '"resourceType":"Bundle"' in (tmp_path / "bundle.json").read_text()
    programs = Program.objects.visible_to(api.key).order_by("created_at")
    assert [program.started_from for program in programs] == ["", "stretch-set"]


def run(
    script: str, url: str, api: Api, folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run the commands in one shell; where it says so, play the worker meanwhile."""
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, "CATCAMEL": url, "CATCAMEL_KEY": api.secret},
    )
    assert shell.stdin
    assert shell.stdout
    told = []
    for block in script.split("\nfinish\n"):
        shell.stdin.write(f"{block}\necho; echo @done\n")
        shell.stdin.flush()
        for line in shell.stdout:
            if line == "@done\n":
                break
            told.append(line)
        finish(api)
    shell.stdin.close()
    shell.stdout.close()
    return subprocess.CompletedProcess("bash", shell.wait(), "".join(told), "")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catcamel_example", CLIENT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def open_connection():
    """Let the test's connection outlive a request, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def client(example, api, open_connection):
    transport = httpx.WSGITransport(get_wsgi_application())
    with example.Catcamel("http://testserver", api.secret, transport=transport) as made:
        yield made


BODY = {
    "external_id": {"system": "ehr", "value": "4711"},
    "title": "Back care",
    "phases": [{"exercises": [{"exercise": "cat-camel"}]}],
}


def add_patient(client):
    return client.put_patient(
        "ehr", "4711", name="Ana Ruiz", date_of_birth="1980-05-17"
    )


def test_the_client_makes_a_handout_and_collects_it(client, api, monkeypatch, example):
    add_patient(client)
    program = client.post("programs", BODY)
    client.post(f"programs/{program['id']}/issue")
    monkeypatch.setattr(example.time, "sleep", lambda seconds: finish(api))
    assert client.handout(program["id"], diary=False) == PDF
    assert [pdf for _, pdf in client.collect()] == [PDF]
    assert list(client.collect()) == []


def test_the_client_raises_problems_with_their_code(client, example):
    with pytest.raises(example.Problem) as caught:
        client.post("programs", {"title": "x"})
    assert (caught.value.status, caught.value.code) == (400, "invalid")
    assert caught.value.errors[0]["pointer"] == "/patient"


def test_the_client_loses_against_who_was_first(client, example):
    add_patient(client)
    program = client.post("programs", BODY)
    path = f"programs/{program['id']}"
    etag = client.send("GET", path).headers["ETag"]
    client.change(path, {"title": "First"}, etag)
    with pytest.raises(example.Problem) as caught:
        client.change(path, {"title": "Second"}, etag)
    assert caught.value.code == "precondition_failed"


def test_the_client_walks_all_pages(client):
    for number in range(5):
        client.post("patients", {"name": f"P {number}", "date_of_birth": "1980-01-01"})
    rows = list(client.pages("patients", limit="2"))
    assert len({row["id"] for row in rows}) == 5


def test_the_client_repeats_a_post_whose_answer_was_lost(client, api, example):
    lost, send = [], client.http.request

    def lose_the_first(*args, **kwargs):
        answer = send(*args, **kwargs)
        if not lost:
            lost.append(answer)
            raise httpx.ReadError("lost")
        return answer

    client.http.request = lose_the_first
    client.post("patients", {"name": "Once", "date_of_birth": "1980-01-01"})
    assert len(client.get("patients")["results"]) == 1
