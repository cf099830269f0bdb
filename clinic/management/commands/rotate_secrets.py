"""Write all encrypted secrets anew under the present SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from clinic import vault
from clinic.models import SecondFactor


class Command(BaseCommand):
    """After this the former SECRET_KEY may leave SECRET_KEY_FALLBACKS."""

    help = "Encrypt stored secrets under the present SECRET_KEY, read by its fallbacks."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrite all rows or none."""
        with transaction.atomic():
            rows = list(SecondFactor.objects.select_for_update())
            for row in rows:
                row.seed = vault.rotated(row.seed)
                row.new_seed = vault.rotated(row.new_seed) if row.new_seed else ""
            columns = ["seed", "new_seed"]
            SecondFactor.objects.bulk_update(rows, columns, batch_size=500)
        self.stdout.write(f"{len(rows)} secrets are under the present key.")
