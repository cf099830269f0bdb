from django.db import migrations

from exercises.folding import search_text, term_words

BATCH = 200


def fold_again(apps, schema_editor):
    """Store what searches look in as they expect it now, in batches."""
    manager = apps.get_model("exercises", "Exercise")._base_manager
    exercises = manager.using(schema_editor.connection.alias)
    ids = list(exercises.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        rows = list(exercises.filter(pk__in=ids[start : start + BATCH]))
        for row in rows:
            terms = [*row.regions, row.category, row.position, *row.equipment]
            about = [*term_words(terms), *row.muscles]
            row.search_text = search_text([row.name], row.also_called, about)
        exercises.bulk_update(rows, ["search_text"])


class Migration(migrations.Migration):

    dependencies = [
        ('exercises', '0003_living_library'),
    ]

    operations = [
        # Older code reads the new text as well as its own
        migrations.RunPython(fold_again, migrations.RunPython.noop),
    ]
