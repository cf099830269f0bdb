"""The restore drill: a backup of a working system into an empty one, then proven."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clinic.local.environment import ROOT
from clinic.local.folder import DataFolder
from tests.services.availability import require
from tests.services.fixtures import copy_of
from tests.services.postgres import missing_postgres, running_postgres

pytestmark = [pytest.mark.services, pytest.mark.full]

LOOK = """
import json
from clinic import chain
from clinic.models import Erasure, Patient
from prescriptions.models import Handout, Revision
rows = Handout.objects.unscoped().filter(status="ready")
print(json.dumps({
    "patients": Patient.objects.unscoped().count(),
    "revisions": sorted(Revision.objects.unscoped().values_list("sha256", flat=True)),
    "pdfs": sorted(rows.values_list("pdf_sha256", flat=True)),
    "faults": chain.verify().faults,
    "seals": chain.verify().seals,
    "erased": Erasure.objects.unscoped().count(),
}))
"""
FILL = """
from tests import factories
from tests.prescriptions.whole_patient import make_whole_patient
for _ in range(2):
    owner = factories.make_membership(role="owner")
    factories.sign_texts(owner)
    make_whole_patient(owner)
factories.make_patient(clinic=owner.clinic, name="To be erased")
"""
ERASE = """
from clinic.models import Patient
from prescriptions.rights.erasing import erase
row = Patient.objects.unscoped().get(name="To be erased")
erase(row, reason="request", by=None)
"""


class Place:
    """Settings of an installation whose queue is never asked."""

    def __init__(self, folder: Path, database: str = "") -> None:
        data = DataFolder(folder)
        data.prepare()
        self.folder = folder
        own = {"DJANGO_SETTINGS_MODULE": "clinic.settings"}
        if database:
            own["DATABASE_URL"] = database
        self.environment: Mapping[str, str] = data.environment() | own

    def manage(self, *arguments: str, fails: bool = False) -> str:
        """Run a command; return all that it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def look(self) -> dict[str, object]:
        """What is there."""
        told = self.manage("shell", "--no-imports", "-c", LOOK)
        found: dict[str, object] = json.loads(told.splitlines()[-1])
        return found

    def with_keys_of(self, other: "Place") -> "Place":
        for name in ("secret_key", "link_key", "backup_key"):
            shutil.copy(other.folder / name, self.folder / name)
        return self


@pytest.fixture(scope="module")
def working(tmp_path_factory) -> Place:
    """Two clinics, each with a patient of whom everything is kept that can be."""
    place = Place(tmp_path_factory.mktemp("works") / "data")
    place.manage("migrate", "--verbosity=0")
    place.manage("shell", "--no-imports", "-c", FILL)
    return place


def backup_of(place: Place, folder: Path) -> Path:
    place.manage("backup", "--to", str(folder))
    (file,) = folder.glob("*.backup")
    return file


@pytest.mark.requirement("D14")
def test_an_empty_system_gets_all_back(working, tmp_path):
    file = backup_of(working, tmp_path / "backups")
    assert file.stat().st_mode & 0o077 == 0
    expected = working.look()
    empty = Place(tmp_path / "empty").with_keys_of(working)
    told = empty.manage("restore", str(file))
    assert "Rows, PDFs and the audit trail are complete." in told
    found = empty.look()
    assert found["faults"] == []
    assert {**found, "seals": 0} == {**expected, "seals": 0}
    assert "in use" in empty.manage("restore", str(file), fails=True)


@pytest.mark.requirement("D14")
def test_sqlite_goes_to_postgresql_and_back(working, tmp_path):
    require(missing_postgres())
    file = backup_of(working, tmp_path / "first")
    expected = working.look()
    with running_postgres() as server:
        there = Place(tmp_path / "there", server.url).with_keys_of(working)
        there.manage("restore", str(file))
        assert {**there.look(), "seals": 0} == {**expected, "seals": 0}
        file = backup_of(there, tmp_path / "second")
    back = Place(tmp_path / "back").with_keys_of(working)
    back.manage("restore", str(file))
    assert {**back.look(), "seals": 0} == {**expected, "seals": 0}


@pytest.mark.requirement("D14")
def test_whom_the_ledger_names_is_erased_again(working, tmp_path):
    place = Place(copy_of(working.folder, tmp_path / "data"))
    file = backup_of(place, tmp_path / "backups")
    place.manage("shell", "--no-imports", "-c", ERASE)
    lines = place.manage("erasures")
    (tmp_path / "ledger").write_text(lines)
    empty = Place(tmp_path / "empty").with_keys_of(place)
    told = empty.manage("restore", str(file), "--ledger", str(tmp_path / "ledger"))
    assert "1 patients were erased again" in told
    assert empty.look()["patients"] == place.look()["patients"]


def test_a_pdf_that_was_lost_comes_back_from_the_backup(working, tmp_path):
    place = Place(copy_of(working.folder, tmp_path / "data"))
    file = backup_of(place, tmp_path / "backups")
    pdf = next((place.folder / "files" / "handouts").rglob("*.pdf"))
    content = pdf.read_bytes()
    pdf.unlink()
    assert pdf.name in place.manage("restore", "--mend", str(file))
    assert pdf.read_bytes() == content


def test_a_backup_that_was_cut_off_or_of_other_keys_is_refused(working, tmp_path):
    file = backup_of(working, tmp_path / "backups")
    half = tmp_path / "half.backup"
    half.write_bytes(file.read_bytes()[:-100])
    empty = Place(tmp_path / "empty").with_keys_of(working)
    assert "cut off" in empty.manage("restore", str(half), fails=True)
    (empty.folder / "link_key").write_text(
        "another key of fifty characters at least" * 2
    )
    assert "LINK_KEY" in empty.manage("restore", str(file), fails=True)
    (empty.folder / "backup_key").write_text("another key of a backup" * 2)
    told = empty.manage("restore", "--check", str(file), fails=True)
    assert "BACKUP_KEY is another one" in told
