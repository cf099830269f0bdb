from django.db import migrations, models

from clinic.indexes import AddIndexInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("clinic", "0021_lists_by_index"),
        ("prescriptions", "0019_handout_finished"),
    ]

    operations = [
        AddIndexInUse(
            model_name="diaryentry",
            index=models.Index(
                fields=["clinic", "-received_at", "-id"], name="presc_diary_pages"
            ),
        ),
        AddIndexInUse(
            model_name="revision",
            index=models.Index(
                fields=["clinic", "-issued_at", "-id"], name="presc_revision_pages"
            ),
        ),
    ]
