"""Who may see and do what on a page, and what may be chosen there."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from clinic.admin.forms import ScopedSelect
from clinic.models import Membership, Practitioner, TenantQuerySet
from clinic.roles import Scope


def actor_of(request: HttpRequest) -> Membership | None:
    """Return the membership under which the person works, if there is one."""
    return getattr(request, "actor", None)


def required_actor(request: HttpRequest) -> Membership:
    """Return the membership; a request without one gets no further."""
    if actor := actor_of(request):
        return actor
    raise PermissionDenied


class RightsMixin:
    """Rights from the actor's role; what is not named is refused."""

    read_scope: ClassVar[Scope | None] = None
    write_scope: ClassVar[Scope | None] = None

    def may(self, request: HttpRequest, scope: str | None) -> bool:
        """Tell whether the person at hand holds the scope in this clinic."""
        actor = actor_of(request)
        return bool(actor and scope and actor.can(scope))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may read."""
        return self.may(request, self.read_scope)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write."""
        return self.may(request, self.write_scope)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write."""
        return self.may(request, self.write_scope)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, unless the page says otherwise: rows are archived, not deleted."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may read."""
        return self.may(request, self.read_scope)


class ScopedChoicesMixin:
    """Foreign keys within the clinic; dates by the browser's own field."""

    formfield_overrides: Any = {
        models.DateField: {
            "widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        },
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3})},
    }

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> QuerySet[Any]:
        """Rows that may be chosen; nothing for a model whose scope is not known."""
        return choices_of(db_field.remote_field.model, required_actor(request))

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Choose by typing where a list would be long."""
        if db_field.name in self.autocomplete_fields:  # type: ignore[attr-defined]
            kwargs["widget"] = ScopedSelect(db_field, self.admin_site)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer to add what is missing, and no other links beside a choice."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field:
            # The row itself tells what was there before, not a second hidden input.
            field.show_hidden_initial = False
        for link in ("change", "delete", "view"):
            if field and hasattr(field.widget, f"can_{link}_related"):
                setattr(field.widget, f"can_{link}_related", False)
        return field


def choices_of(model: type[Model], actor: Membership) -> QuerySet[Any]:
    """Return the rows of a model that the actor may point at."""
    rows = model._default_manager.all()
    if isinstance(rows, TenantQuerySet):
        return rows.visible_to(actor)
    if model is Practitioner:
        return rows.filter(
            memberships__clinic=actor.clinic_id, memberships__is_active=True
        )
    return rows.none()
