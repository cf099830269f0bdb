"""The curl lines of the README, run as they stand."""

import os
import re
import subprocess

import pytest
from pypdf import PdfReader

from clinic.local.environment import ROOT
from tests.services.availability import first_on_path, require

pytestmark = [pytest.mark.services, pytest.mark.slow]


def curl_lines() -> str:
    text = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- curl:begin.*?```sh\n(.*?)```\n<!-- curl:end", text, re.S)
    assert found
    return found[1]


def test_the_curl_lines_of_the_readme_make_a_handout(place, key, tmp_path):
    for tool in ("curl", "jq"):
        require(None if first_on_path([tool]) else f"no {tool}")
    with place.web() as address, place.worker(concurrency=1):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", curl_lines()],
            cwd=tmp_path,
            env=os.environ | {"KEY": key, "BASE": f"{address}/api/v1"},
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
