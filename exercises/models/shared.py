"""Rows that all clinics share, until a clinic changes one and has its own."""

from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q

from clinic.models import Clinic, TenantQuerySet

R = TypeVar("R", bound="SharedRow")


class SharedQuerySet(TenantQuerySet[R]):
    """Shared rows and those of clinics."""

    def of_clinic(self, clinic: Clinic | Any) -> Self:
        """Shared rows and those of the clinic; its own hides the shared one."""
        same = {name: OuterRef(name) for name in self.model.shared_key}
        own = self.model._base_manager.filter(clinic=clinic, **same)
        shared = Q(clinic__isnull=True) & ~Exists(own)
        return self._marked(self.filter(shared | Q(clinic=clinic)))

    def shared(self) -> Self:
        """Rows of the shared library."""
        return self._marked(self.filter(clinic__isnull=True))


class SharedRow(models.Model):
    """A row that is shared while its ``clinic`` is NULL.

    The clinic's own row with the same ``shared_key`` replaces it there. ``version``
    rises with each edit.
    """

    shared_key: ClassVar[tuple[str, ...]] = ("slug",)

    class Meta:
        abstract = True

    @property
    def is_shared(self) -> bool:
        """Whether the row belongs to the shared library."""
        return self.clinic_id is None  # type: ignore[attr-defined]

    @property
    def key(self) -> dict[str, Any]:
        """The values that tell the row apart in one clinic."""
        return {name: getattr(self, name) for name in self.shared_key}

    def copy_for(self, clinic: Clinic) -> Self:
        """Return an unsaved copy that will replace this row in the clinic."""
        copy: Any = type(self)._base_manager.get(pk=self.pk)
        copy.pk, copy.clinic, copy._state.adding = uuid4(), clinic, True
        copy.version = 1
        if hasattr(copy, "content_digest"):
            copy.content_digest = ""
        own: Self = copy
        return own

    def copy_parts(self, copy: Self) -> None:
        """Store copies of what hangs on this row under its stored copy."""
