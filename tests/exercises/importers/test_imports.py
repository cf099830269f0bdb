"""Imports from the browser and the command line: tried dry, then for good."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from clinic.errors import Conflict, Forbidden, Invalid
from clinic.models import Membership
from exercises import imports
from exercises.importing import BATCH
from exercises.models import Exercise, ImportRun
from tests import factories
from tests.exercises.importers.samples import CSV, FILES

MANY = "id,name\n" + "".join(f"{n},Exercise {n}\n" for n in range(BATCH + 5))


def start(by: Membership, content: bytes = CSV.encode(), **values: Any) -> ImportRun:
    return imports.start_import(content, by=by, **{"format": "csv"} | values)


def work(run: ImportRun) -> ImportRun:
    """Do all steps, as workers do."""
    while imports.step(run.pk):
        pass
    run.refresh_from_db()
    return run


def outcomes(run: ImportRun) -> list[str]:
    return list(run.lines.values_list("outcome", flat=True))


def own(by: Membership) -> Any:
    return Exercise.objects.of_clinic(by.clinic)


def test_a_dry_run_stores_nothing_and_tells_what_would_happen(practitioner):
    run = work(start(practitioner))
    assert (run.status, outcomes(run)) == ("done", ["created"])
    assert not own(practitioner).exists()


def test_what_was_shown_is_done_for_good_as_drafts(practitioner):
    run = work(start(practitioner))
    imports.apply_import(run, by=practitioner)
    run = work(run)
    row = own(practitioner).get()
    assert (row.name, row.status, row.import_id) == ("Heel raise", "draft", "1")
    assert row.translations.get().name == "Talones arriba"
    assert (run.upload, outcomes(run)) == ("", ["created"])


def test_importing_again_changes_nothing(practitioner):
    for _ in range(2):
        run = work(start(practitioner))
        if outcomes(run) == ["created"]:
            imports.apply_import(run, by=practitioner)
            work(run)
    assert outcomes(run) == ["skipped"]
    assert run.lines.get().reasons == ["Nothing is new."]


def test_what_was_changed_here_is_kept_unless_asked(practitioner):
    run = work(start(practitioner))
    imports.apply_import(run, by=practitioner)
    work(run)
    row = own(practitioner).get()
    row.name = "Our heel raise"
    row.save()
    changed = CSV.replace("Stand tall", "Stand straight").encode()
    assert outcomes(work(start(practitioner, changed))) == ["skipped"]
    assert outcomes(work(start(practitioner, changed, overwrite=True))) == ["updated"]


def test_a_long_file_is_worked_off_in_steps(practitioner):
    run = start(practitioner, MANY.encode())
    assert imports.step(run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.total) == ("waiting", BATCH, BATCH + 5)
    assert work(run).done == BATCH + 5
    assert len(outcomes(run)) == BATCH + 5


def test_an_id_that_stands_twice_is_found_across_steps(practitioner):
    twice = MANY + "0,Again\n"
    run = work(start(practitioner, twice.encode()))
    assert outcomes(run).count("created") >= BATCH + 4


def test_a_lost_worker_costs_one_step(practitioner):
    run = start(practitioner, MANY.encode())
    ImportRun.objects.claim(run.pk, lease=imports.LEASE)
    assert not imports.step(run.pk)
    ImportRun.objects.unscoped().update(lease_until=Now())
    assert run.pk in set(imports.stand_still())
    assert work(run).status == "done"


def test_a_file_that_stops_every_worker_is_given_up(practitioner):
    run = start(practitioner)
    for _ in range(9):
        ImportRun.objects.claim(run.pk, lease=imports.LEASE)
        ImportRun.objects.unscoped().update(lease_until=Now())
    assert run.pk not in set(imports.stand_still())
    run.refresh_from_db()
    assert (run.status, bool(run.failure)) == ("failed", True)


def test_a_cancelled_run_is_over_and_its_file_gone(
    practitioner, django_capture_on_commit_callbacks
):
    run = start(practitioner)
    name = run.upload
    with django_capture_on_commit_callbacks(execute=True):
        imports.cancel_import(run, by=practitioner)
    assert not imports.step(run.pk)
    assert not default_storage.exists(name)
    with pytest.raises(Conflict):
        imports.apply_import(run, by=practitioner)


def test_a_file_that_is_none_is_refused_at_once(practitioner):
    with pytest.raises(Invalid, match="column"):
        start(practitioner, b"a,b\n1,2\n")
    assert not ImportRun.objects.unscoped().exists()


def test_who_may_not_write_exercises_imports_none(clinic):
    with pytest.raises(Forbidden):
        start(factories.make_membership(clinic=clinic, role="read_only"))


def test_work_ends_when_its_starter_has_left(practitioner):
    run = start(practitioner)
    practitioner.is_active = False
    practitioner.save()
    assert "left the clinic" in work(run).failure


@pytest.mark.parametrize("kind", sorted(FILES))
def test_the_command_imports_each_format(kind, practitioner, tmp_path):
    ending = "zip" if FILES[kind].startswith(b"PK") else kind.split("-")[0]
    file = tmp_path / f"file.{ending}"
    file.write_bytes(FILES[kind])
    told = io.StringIO()
    options = {"format": kind, "clinic": str(practitioner.clinic_id), "stdout": told}
    call_command("import_exercises", str(file), **options)
    assert not own(practitioner).exists()
    call_command("import_exercises", str(file), "--apply", **options)
    assert own(practitioner).filter(status="draft").exists()
    assert "created" in told.getvalue()


def test_the_command_says_what_is_wrong_with_a_file(tmp_path, db):
    file = tmp_path / "file.csv"
    file.write_text("a,b\n")
    with pytest.raises(CommandError, match="column"):
        call_command("import_exercises", str(file), format="csv")


def test_a_bundle_goes_out_and_in_by_the_commands(practitioner, outsider, tmp_path):
    work(run := start(practitioner))
    imports.apply_import(run, by=practitioner)
    work(run)
    file = tmp_path / "ours.zip"
    clinics = [str(one.clinic_id) for one in (practitioner, outsider)]
    call_command("export_exercises", str(file), clinic=clinics[0], stdout=io.StringIO())
    call_command(
        "import_exercises",
        str(file),
        "--apply",
        format="catcamel",
        clinic=clinics[1],
        stdout=io.StringIO(),
    )
    assert own(outsider).get().name == "Heel raise"
