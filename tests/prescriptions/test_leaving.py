"""A clinic takes everything along, then nothing of it is left (requirement D15)."""

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from clinic import chain
from clinic.assets import put_asset
from clinic.models import ApiKey, Clinic, Erasure, Membership, Patient, Practitioner
from exercises.models import Exercise
from prescriptions.models import Batch
from prescriptions.rights import again, holds, ledger
from tests import factories
from tests.prescriptions.whole_patient import MARK, make_whole_patient

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D15")]


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    """The owner of a clinic that has everything a clinic can have."""
    owner = factories.make_membership(clinic=clinic, role="owner", name=f"{MARK} Owner")
    factories.sign_texts(owner)
    make_whole_patient(owner)
    key, _ = ApiKey.objects.mint(
        clinic=clinic,
        name="pms",
        scopes=["patients:read"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    Batch.objects.create(clinic=clinic, kind="handouts", api_key=key)
    photo = {"asset": put_asset(clinic.pk.bytes, "png")}
    factories.make_exercise(clinic=clinic, name=f"{MARK} move", figures=[photo])
    return owner


def leave(clinic: Clinic, to: Path, *more: str) -> zipfile.ZipFile:
    call_command("leave_clinic", str(clinic.pk), "--to", str(to), *more)
    return zipfile.ZipFile(to)


def wipe(clinic: Clinic, to: Path) -> None:
    leave(clinic, to, "--wipe", "--name", clinic.name).close()


def everything_written() -> str:
    found = []
    for model in apps.get_models(include_auto_created=True):
        found += [str(row) for row in model._base_manager.values()]
    return "\n".join(found)


def test_the_copy_holds_patients_pdfs_own_content_and_pictures(owner, tmp_path):
    with leave(owner.clinic, tmp_path / "all.zip") as archive:
        content: Any = json.loads(archive.read("clinic.json"))
        names = archive.namelist()
        patient = Patient.objects.of_clinic(owner.clinic).get()
        record = json.loads(archive.read(f"patients/{patient.pk}/record.json"))
    assert f"{MARK} move" in {one["name"] for one in content["tables"]["exercises"]}
    assert len(record["files"]) == 1
    assert f"patients/{patient.pk}/handouts/0001.pdf" in names
    assert [name for name in names if name.startswith("assets/")]
    assert Clinic.objects.filter(pk=owner.clinic_id).exists()


def test_the_copy_holds_no_secret(owner, tmp_path):
    digest = ApiKey.objects.of_clinic(owner.clinic).get().digest
    with leave(owner.clinic, tmp_path / "all.zip") as archive:
        assert digest not in archive.read("clinic.json").decode()


def test_after_the_wipe_nothing_is_left_in_any_table(owner, tmp_path):
    asset = Exercise.objects.of_clinic(owner.clinic).get(name=f"{MARK} move")
    name = "assets/" + asset.figures[0]["asset"]
    assert default_storage.exists(name)
    wipe(owner.clinic, tmp_path / "all.zip")
    assert MARK not in everything_written()
    assert not Clinic.objects.filter(pk=owner.clinic_id).exists()
    assert not default_storage.exists(name)
    connection.check_constraints()
    chain.seal()
    assert chain.verify().faults == []


def test_other_clinics_keep_what_is_theirs(owner, outsider, tmp_path):
    factories.sign_texts(outsider)
    other = make_whole_patient(outsider, name="Other Person")
    shared = Membership.objects.create(
        practitioner=owner.practitioner, clinic=outsider.clinic, role="read_only"
    )
    wipe(owner.clinic, tmp_path / "all.zip")
    assert Patient.objects.of_clinic(outsider.clinic).get() == other
    assert Practitioner.objects.get(pk=owner.practitioner_id)
    assert list(owner.practitioner.memberships.all()) == [shared]


def test_a_hold_or_another_name_refuses_the_wipe(owner, tmp_path):
    with pytest.raises(CommandError, match="not the clinic's name"):
        leave(owner.clinic, tmp_path / "1.zip", "--wipe", "--name", "Another")
    patient = Patient.objects.of_clinic(owner.clinic).get()
    holds.place(patient, reason="Claim 7", by=owner)
    with pytest.raises(CommandError, match="Legal holds are in force for 1"):
        wipe(owner.clinic, tmp_path / "2.zip")
    assert list(tmp_path.iterdir()) == []
    assert Patient.objects.of_clinic(owner.clinic).exists()


def test_gaps_in_the_copy_refuse_the_wipe(owner, tmp_path):
    for name, _ in list(default_storage.files_below("handouts")):
        default_storage.delete(name)
    with pytest.raises(CommandError, match="PDFs are missing"):
        wipe(owner.clinic, tmp_path / "1.zip")
    more = ("--wipe", "--name", owner.clinic.name, "--despite-gaps")
    leave(owner.clinic, tmp_path / "2.zip", *more).close()
    assert not Patient.objects.of_clinic(owner.clinic_id).exists()


def test_a_restored_clinic_is_wiped_again(owner, tmp_path):
    pk, name = owner.clinic_id, owner.clinic.name
    wipe(owner.clinic, tmp_path / "all.zip")
    lines = [ledger.line_of(one) for one in Erasure.objects.of_clinic(pk)]
    back = factories.make_clinic(id=pk, name=name)
    factories.make_patient(clinic=back)
    assert again.apply(lines) == 1
    assert not Clinic.objects.filter(pk=pk).exists()
