"""Give clinics of before the German and French drafts that new clinics start with."""

from django.db import migrations

from clinic.people import draft_texts


def add_drafts(apps, schema_editor):
    texts = apps.get_model("clinic", "ClinicText").objects
    drafts = [draft for draft in draft_texts() if draft.language in {"de", "fr"}]
    for clinic in apps.get_model("clinic", "Clinic").objects.iterator():
        for draft in drafts:
            texts.get_or_create(
                clinic=clinic,
                kind=draft.kind,
                language=draft.language,
                defaults={"body": draft.body, "source": draft.source},
            )


class Migration(migrations.Migration):
    dependencies = [("clinic", "0017_opening_hours")]
    operations = [
        # A draft that is already signed must not go: nothing is undone.
        migrations.RunPython(add_drafts, migrations.RunPython.noop)
    ]
