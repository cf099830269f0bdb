"""Forms, rows of forms and choices of somebody in a clinic."""

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.forms.models import BaseInlineFormSet

from clinic.models import Membership

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    ModelForm = forms.ModelForm
    InlineFormSet = BaseInlineFormSet


class ActorForm(ModelForm):
    """A form of somebody in a clinic; what it makes belongs to that clinic."""

    # Set on the class that the admin makes anew for every request
    actor: ClassVar[Membership | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if self.actor and self.instance._state.adding and self._has_clinic:
            self.instance.clinic = self.actor.clinic

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


class NamedRows(InlineFormSet):
    """Rows of an inline, each input named by its column and row."""

    row_name: ClassVar[str] = "row"

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name the inputs; the pattern for further rows is named by the page."""
        super().add_fields(form, index)
        for name, field in form.fields.items():
            is_group = isinstance(field.widget, forms.CheckboxSelectMultiple)
            if not (is_group or field.widget.is_hidden or name == "DELETE"):
                words = str(field.label or name.replace("_", " ")).capitalize()
                field.widget.attrs["data-column"] = words
                if index is not None:
                    named = f"{words}, {self.row_name} {index + 1}"
                    field.widget.attrs["aria-label"] = named


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
