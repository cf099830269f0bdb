"""Form fields for columns that hold lists: one entry a line, numbers, ticks."""

from collections.abc import Callable
from typing import Any

from django import forms

Groups = list[tuple[str, list[tuple[str, str]]]]
Choices = Callable[[], list[tuple[str, str]] | Groups]


class _ListField(forms.CharField):
    """A text that stands for a list."""

    def to_list(self, text: str) -> list[Any]:
        """Return the entries of the text."""
        raise NotImplementedError

    def to_text(self, values: list[Any]) -> str:
        """Return the text of the entries."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        """Return the list that was typed."""
        return self.to_list(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> Any:
        """Return the text to show; what was typed stays as it is."""
        return self.to_text(list(value)) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lists, not their spelling."""
        try:
            return bool(list(initial or []) != self.to_python(data))
        except forms.ValidationError:
            return True


class LinesField(_ListField):
    """A list of texts, one a line; empty lines are left out."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "One a line.")
        widget = forms.Textarea(attrs={"rows": rows, "class": "lines"})
        super().__init__(widget=widget, max_length=30_000, **kwargs)

    def to_list(self, text: str) -> list[Any]:
        """Return the lines that say something."""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def to_text(self, values: list[Any]) -> str:
        """Return one entry a line."""
        return "\n".join(str(value) for value in values)


class NumbersField(_ListField):
    """A list of whole numbers with commas between them: 6, 4, 2."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, required=False, **kwargs)

    def to_list(self, text: str) -> list[Any]:
        """Return the numbers; commas, slashes and spaces may stand between them."""
        words = text.replace(",", " ").replace("/", " ").split()
        try:
            return [int(word) for word in words]
        except ValueError as error:
            message = "Whole numbers with commas between them, such as 6, 4, 2."
            raise forms.ValidationError(message) from error

    def to_text(self, values: list[Any]) -> str:
        """Return the numbers with commas."""
        return ", ".join(str(value) for value in values)


class TermsField(forms.MultipleChoiceField):
    """A list of terms from a closed list, as ticks, in groups if the list has some."""

    def __init__(self, choices: Choices, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(choices=choices, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the ticks; a value outside the list is not one of them."""
        ticked = [value for value in initial or [] if self.valid_value(value)]
        return super().has_changed(ticked, data)
