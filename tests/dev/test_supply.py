"""What we build on: listed, looked up, and no secret among our files."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from clinic.local.environment import ROOT
from tests import advisories, sbom

# What a secret looks like; values that only stand for one are told apart below.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{64}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abps]-[A-Za-z0-9-]{20}"
    r"|\bsk_live_[A-Za-z0-9]{16}"
    r"|\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}"
    # Those that begin so stand for one while an image is built, or in a test.
    r"|(?:SECRET|LINK)_KEY *[=:] *[\"']?(?!only-)[A-Za-z0-9+/_-]{40}"
)
TOO_LARGE = 2_000_000
PICTURES_AND_FONTS = {".svg", ".png", ".jpg", ".ttf", ".woff2", ".pdf", ".mo"}


@pytest.fixture(scope="module")
def document() -> str:
    return sbom.document()


@pytest.mark.requirement("C1")
def test_the_list_of_parts_is_valid(document: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None


@pytest.mark.requirement("C1")
def test_the_list_holds_every_locked_package_with_digest_and_licence(
    document: str,
) -> None:
    parts = {one["name"]: one for one in json.loads(document)["components"]}
    locked = {requirement.name for requirement, _ in sbom.locked()}
    assert locked < set(parts)
    assert all(parts[name]["hashes"] for name in locked)
    assert parts["weasyprint"]["licenses"]
    assert parts["Noto Sans"]["licenses"]


def report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies})


@pytest.mark.requirement("C1")
def test_a_known_fault_is_told_with_the_version_that_mends_it() -> None:
    fault = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    told = advisories.faults_in(report({"name": "x", "version": "1", "vulns": [fault]}))
    assert told == "x 1: PYSEC-1, mended in 2.0"
    assert (
        advisories.faults_in(report({"name": "x", "version": "1", "vulns": []})) == ""
    )


@pytest.mark.parametrize(
    "answer", ["", "no json", report({"name": "x", "skip_reason": "not found"})]
)
def test_no_answer_is_no_clean_bill(answer: str) -> None:
    assert advisories.faults_in(answer) is None


def test_a_waiver_ends() -> None:
    assert advisories.waived(date(2999, 1, 1)) == []


def tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no repository here")
    for name in listed.stdout.split("\0"):
        file = ROOT / name
        is_text = file.suffix not in PICTURES_AND_FONTS
        if name and is_text and file.is_file() and file.stat().st_size < TOO_LARGE:
            yield file


@pytest.mark.requirement("D9")
def test_no_file_holds_a_secret() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match[0][:30]}…"
        for file in tracked()
        for match in SECRETS.finditer(file.read_text(errors="ignore"))
    ]
    assert not found


@pytest.mark.full
@pytest.mark.requirement("D9")
def test_no_former_version_of_a_file_holds_a_secret() -> None:
    log = subprocess.run(
        ["git", "log", "--patch", "--unified=0", "--no-color", "--text"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if log.returncode:
        pytest.skip("no repository here")
    added = log.stdout.decode(errors="ignore")
    assert not [match[0][:30] for match in SECRETS.finditer(added)]


@pytest.mark.requirement("D9")
@pytest.mark.parametrize(
    "text",
    [
        "SECRET_KEY=" + "aB3" * 16,
        "AKIA" + "A1B2" * 4,
        "-----BEGIN RSA PRIVATE KEY-----\n" + "A" * 64,
    ],
)
def test_a_secret_is_seen(text: str) -> None:
    assert SECRETS.search(text)
