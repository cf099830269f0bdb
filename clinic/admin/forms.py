"""Forms, rows of forms and choices of somebody in a clinic."""

import json
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from uuid import UUID

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.utils.crypto import salted_hmac

from clinic.admin.history import last_editor
from clinic.models import Membership

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm = forms.ModelForm
    InlineFormSet = BaseInlineFormSet


class SeenField(forms.CharField):
    """What the person has seen of a row when the page was made; no typing of theirs."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say no: it is not what somebody edits."""
        return False


class ActorForm(ModelForm):
    """A form of somebody in a clinic; what it makes belongs to that clinic.

    The form of a page knows which state of the row the person has seen. When somebody
    else has saved meanwhile, it refuses once, with the typing kept; sent a second time
    it goes over the other state knowingly.
    """

    # Set on the class that the admin makes anew for every request
    actor: ClassVar[Membership | None] = None
    # Likewise for the form of a page: model and foreign key of the rows edited with it
    parts: ClassVar[list[tuple[type[Model], str]] | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if self.actor and self.instance._state.adding and self._has_clinic:
            self.instance.clinic = self.actor.clinic
        if self.parts is not None and not self.instance._state.adding:
            self.fields["seen"] = SeenField(required=False)
            self.initial["seen"] = self._digest(self._row())

    def clean(self) -> dict[str, Any]:
        """Refuse to save over what somebody else has saved meanwhile."""
        given = super().clean() or {}
        if seen := given.pop("seen", ""):
            # Under a lock, so that of two forms sent at once one is refused
            current = self._digest(self._row().select_for_update())
            if seen != current:
                self._refuse(current)
        return given

    def state_of(self, row: QuerySet[Any]) -> Any:
        """Return what a person who saves must have seen: the row and its parts."""
        columns = [
            field.attname
            for field in self._meta.model._meta.concrete_fields
            if not getattr(field, "auto_now", False)
        ]
        parts = [
            list(_rows(model, **{key: self.instance.pk}).order_by("pk").values())
            for model, key in self.parts or []
        ]
        return [*row.values(*columns), *parts]

    def _row(self) -> QuerySet[Any]:
        # The instance was found among the rows that the actor may see.
        return _rows(self._meta.model, pk=self.instance.pk)

    def _digest(self, row: QuerySet[Any]) -> str:
        """Return the state as a digest, keyed: pages do not show all columns."""
        state = json.dumps(self.state_of(row), default=str)
        return salted_hmac("clinic.admin.forms", state).hexdigest()

    def _refuse(self, current: str) -> NoReturn:
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix("seen")] = current
        who = last_editor(self.actor, self.instance) if self.actor else ""
        what = self._meta.model._meta.verbose_name
        raise forms.ValidationError(
            f"{who or 'Somebody else'} changed this {what} too. What you typed is "
            "still here, not saved. Save again to keep yours, or open the page anew "
            "to see the other version.",
            code="stale",
        )

    @property
    def _has_clinic(self) -> bool:
        return any(field.name == "clinic" for field in self._meta.model._meta.fields)

    def _get_validation_exclusions(self) -> set[str]:
        """Have rules judged that name the clinic, though no form shows it."""
        return super()._get_validation_exclusions() - {"clinic"}  # type: ignore[misc,no-any-return]

    def _update_errors(self, errors: Any) -> None:
        """Tell one thing a field: what the model finds follows from the first fault."""
        found = getattr(errors, "error_dict", {})
        for name in [name for name in found if self.has_error(name)]:
            del found[name]
        if found or not hasattr(errors, "error_dict"):
            super()._update_errors(errors)  # type: ignore[misc]


def _rows(model: type[Model], **wanted: Any) -> QuerySet[Any]:
    return model._base_manager.filter(**wanted)


class NamedRows(InlineFormSet):
    """Rows of an inline, each input named by its column and row."""

    row_name: ClassVar[str] = "row"

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the inputs; the pattern for further rows is named by the page."""
        super().add_fields(form, index)
        self._scope_id(form)
        for name, field in form.fields.items():
            is_group = isinstance(field.widget, forms.CheckboxSelectMultiple)
            if not (is_group or field.widget.is_hidden or name == "DELETE"):
                words = str(field.label or name.replace("_", " ")).capitalize()
                field.widget.attrs["data-column"] = words
                if index is not None:
                    named = f"{words}, {self.row_name} {index + 1}"
                    field.widget.attrs["aria-label"] = named

    def _existing_object(self, pk: Any) -> Any:
        """Return the row; one that was removed meanwhile keeps what was typed."""
        return super()._existing_object(pk) or self.model(pk=pk)  # type: ignore[misc]

    def _scope_id(self, form: Any) -> None:
        """Look rows up among those of the clinic."""
        if field := form.fields.get(form._meta.model._meta.pk.name):
            field.queryset = self.get_queryset()
            gone = "Somebody removed this row meanwhile. Open the page anew."
            field.error_messages["invalid_choice"] = gone


class ScopedSelect(AutocompleteSelect):
    """A choice by typing; shows the chosen row, as far as it may be chosen."""

    # Rows whose names are known already, so that ten rows cost no ten queries
    known: dict[UUID, str] = {}

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Return the chosen option; what is no id stands for nothing."""
        options = [] if self.is_required else [("", "")]
        options += self._chosen([pk for one in value if (pk := _uuid(one))])
        made = [
            self.create_option(name, pk, label, bool(pk), index)
            for index, (pk, label) in enumerate(options)
        ]
        return [(None, made, 0)]

    def _chosen(self, ids: list[UUID]) -> list[tuple[str, str]]:
        if all(pk in self.known for pk in ids):
            return [(str(pk), self.known[pk]) for pk in ids]
        rows: Any = self.choices
        return [(str(row.pk), str(row)) for row in rows.queryset.filter(pk__in=ids)]


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
