"""Which migrations a running installation does not survive."""

import io

import pytest
from django.core.management import call_command
from django.db import migrations, models

from clinic.management.commands.check_migrations import every_one, faults_of

# The last ones of the time when nothing was in use yet
FIRST_STEPS = {"clinic": "0021", "exercises": "0009", "prescriptions": "0019"}


def faults(*operations: migrations.operations.base.Operation) -> str:
    migration = migrations.Migration("0009_example", "clinic")
    migration.operations = list(operations)
    return "\n".join(faults_of(migration))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("patient", "phone"),
        migrations.RenameField("patient", "phone", "telephone"),
        migrations.DeleteModel("Patient"),
        migrations.AddField("patient", "city", models.CharField(max_length=9)),
        migrations.AddField("patient", "n", models.IntegerField(default=0)),
        migrations.AddIndex("patient", models.Index(fields=["phone"], name="i")),
        migrations.RunPython(lambda apps, editor: None),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_running_code_does_not_survive_is_told(operation):
    assert operation.describe() in faults(operation)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("patient", "n", models.IntegerField(null=True)),
        migrations.AddField("patient", "n", models.IntegerField(db_default=0)),
        migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))]),
        migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_only_adds_is_fine(operation):
    assert faults(operation) == ""


def test_a_new_table_may_have_indexes_at_once():
    make = migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))])
    index = migrations.AddIndex("thing", models.Index(fields=["id"], name="i"))
    assert faults(make, index) == ""


def test_an_up_to_date_database_has_nothing_to_look_at(db):
    out = io.StringIO()
    call_command("check_migrations", stdout=out)
    assert out.getvalue() == "0 migrations, 0 findings\n"


def test_what_is_added_now_can_be_installed_while_others_work():
    new = [one for one in every_one() if one.name[:4] > FIRST_STEPS[one.app_label]]
    told = [fault for migration in new for fault in faults_of(migration)]
    assert not told
    assert new
