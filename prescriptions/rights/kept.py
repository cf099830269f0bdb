"""What is kept about a patient: every table whose rows hang on the patient's row.

Read from the models themselves, so that a new table is part of a patient's copy and of
an erasure the day it is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models

from clinic.models import Clinic, Patient

# Proofs and bookkeeping of processes: they open something, or tell a person nothing
HIDDEN = frozenset(
    {
        *("link_id", "code_digest", "options_key"),
        *("digest", "token_digest", "token", "seed", "old_seed"),
        *("claim_token", "lease_until", "rung_at", "due_at"),
    }
)


@dataclass(frozen=True)
class Table:
    """A model, and the look-up that leads from its rows to the patient or clinic."""

    model: type[models.Model]
    path: str

    @property
    def name(self) -> str:
        """What it is called in a copy: ``diary_entries``."""
        return str(self.model._meta.verbose_name_plural).replace(" ", "_")

    def rows_of(self, root: Patient | Clinic) -> "models.QuerySet[Any]":
        """Return the rows of one patient or clinic, in the order of their ids."""
        rows = self.model._base_manager.filter(**{self.path: root.pk})
        return rows.order_by("pk")

    def columns(self) -> list["models.Field[Any, Any]"]:
        """Return the columns that a copy holds."""
        found = self.model._meta.concrete_fields
        return [field for field in found if field.name not in HIDDEN]


@cache
def tables(root: type[Patient | Clinic] = Patient) -> tuple[Table, ...]:
    """Return the tables that hang on the root, each by its shortest way there."""
    found = [Table(root, "pk")]
    seen: set[type[models.Model]] = {root}
    for table in found:  # grows while it is walked: the nearest come first
        for child, name in _children(table.model):
            if child not in seen:
                seen.add(child)
                path = name if table.model is root else f"{name}__{table.path}"
                found.append(Table(child, path))
    return tuple(found)


def _children(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield models whose rows go with a row of the model, and their foreign keys."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        if relation.on_delete is models.CASCADE:
            yield relation.related_model, relation.field.name
