"""Serializers that refuse what they do not know, and plain text."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.models.plain import one_line, plain_text


class LineField(serializers.CharField):
    """One line of plain text; markup is text like any other."""

    rule = staticmethod(one_line)
    default_error_messages = {"invalid": "Give a text."}

    def to_internal_value(self, data: Any) -> str:
        """Return the text; numbers are not taken for texts."""
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data.replace("\r\n", "\n"))
        try:
            self.rule(text)
        except ModelError as error:
            raise ValidationError(error.message, code=error.code) from error
        return text


class TextField(LineField):
    """Plain text of several lines."""

    rule = staticmethod(plain_text)


class WholeField(serializers.IntegerField):
    """A whole number; a text or a fraction is not taken for one."""

    default_error_messages = {"invalid": "Give a whole number."}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """True or false; a word is not taken for one."""

    default_error_messages = {"invalid": "Give true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ChoiceField(serializers.ChoiceField):
    """A value of a closed list; the error names the list, never the value given."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        known = ", ".join(str(value) for value in self.choices)
        self.error_messages["invalid_choice"] = f"Give one of: {known}."

    def to_internal_value(self, data: Any) -> Any:
        """Return the value; lists and mappings are no values."""
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know, or that only the server sets.

    A whole replacement (PUT) may hold the latter, so that a client can send back what
    it read; they change nothing.
    """

    default_error_messages = {"invalid": "Give an object."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values; tell unknown members with the other errors."""
        errors: dict[str, Any] = (
            self._refused(data) if isinstance(data, Mapping) else {}
        )
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            errors = {**dict(error.detail), **errors}  # type: ignore[arg-type]
        if errors:
            raise ValidationError(errors)
        return values

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        refused = {}
        replaces = self.instance is not None and not self.partial
        for name in data:
            field = self.fields.get(name)
            if field is None:
                refused[name] = [
                    ErrorDetail("There is no such field.", "unknown_field")
                ]
            elif field.read_only and not replaces:
                refused[name] = [ErrorDetail("Only the server sets it.", "read_only")]
        return refused


class NothingSerializer(StrictSerializer):
    """The body of a verb that takes none; an empty object will do."""


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """The same for a model, with strict fields for its columns."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: LineField,
        models.TextField: TextField,
        models.BooleanField: FlagField,
        models.PositiveSmallIntegerField: WholeField,
        models.PositiveIntegerField: WholeField,
    }
    serializer_choice_field = ChoiceField

    def whole(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with the model's defaults for what was left out.

        Whose row it is stays: a relation is replaced by naming another.
        """
        model: type[models.Model] = self.Meta.model
        columns = {
            column.name: column
            for column in model._meta.concrete_fields
            if not column.is_relation
        }
        missing = {
            name: columns[name].get_default()
            for name, field in self.fields.items()
            if name in columns and name not in values and not field.read_only
        }
        return missing | values
