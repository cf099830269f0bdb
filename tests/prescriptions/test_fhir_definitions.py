"""Exported resources, judged by HL7's definitions with packages that are not ours."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prescriptions.fhir.bundle import capability_statement, outcome
from tests.prescriptions.test_fhir_rules import (
    BASE,
    BREAKS,
    STATES,
    broken,
    export,
    written,
)

__all__ = ["export"]
SCRIPT = Path(__file__).with_name("r4_definitions.mjs")
# They break what no definition holds
BEYOND = {
    "CarePlan.title",
    "CarePlan.text.div",
    "Patient.identifier.0.system",
    "DocumentReference.content.0.attachment.language",
    "ServiceRequest.occurrenceTiming.repeat.count",
    "Bundle.entry.1.fullUrl",
}


def judge(resources: dict[str, Any], folder: Path) -> dict[str, list[str]]:
    """Return the faults of each; skip without Node and its packages."""
    packages = os.environ.get("R4_PACKAGES")
    if not packages or not shutil.which("node"):
        pytest.skip("R4_PACKAGES names no folder of packages: docs/fhir.md")
    for name, resource in resources.items():
        (folder / name).write_text(json.dumps(resource))
    command = ["node", str(SCRIPT), packages, *(str(folder / n) for n in resources)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = map(json.loads, done.stdout.splitlines())
    return {one["file"]: one["faults"] for one in told}


@pytest.mark.full
def test_what_goes_out_keeps_the_definitions(export, tmp_path):
    sent: dict[str, Any] = {
        "metadata": capability_statement(base=BASE, on="2026-05-04"),
        "outcome": outcome({"status": 404, "detail": "It is not there."}),
    }
    for state, values in STATES.items():
        for name, value in values.items():
            setattr(export.program, name, value)
        sent[state] = written(export)
    assert judge(sent, tmp_path) == {name: [] for name in sent}


@pytest.mark.full
def test_the_definitions_see_what_breaks_them(export, tmp_path):
    sound = written(export)
    bad = {path: broken(sound, path, value) for path, value in BREAKS.items()}
    unseen = {path for path, faults in judge(bad, tmp_path).items() if not faults}
    assert unseen == BEYOND
