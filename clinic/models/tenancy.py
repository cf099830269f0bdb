"""Tenancy: the clinic, and querysets that refuse to answer without one."""

from collections.abc import Iterator
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.utils.module_loading import import_string

from clinic import languages
from clinic.models.plain import one_line, plain_text

M = TypeVar("M", bound=models.Model)


class UnscopedQueryError(RuntimeError):
    """A query on clinic data was run without naming a clinic or an actor."""


class Actor(Protocol):
    """Whoever asks for something: a membership or an API key of one clinic."""

    @property
    def clinic_id(self) -> UUID: ...

    @property
    def actor_kind(self) -> str: ...

    @property
    def pk(self) -> Any: ...

    def can(self, scope: str) -> bool:
        """Tell whether the actor may do what the scope names."""


class TenantQuerySet(models.QuerySet[M]):
    """Rows of clinics; evaluating it raises until it has been scoped.

    Scoped is what went through ``visible_to``, ``of_clinic`` or ``unscoped``, and
    what hangs on an object already in hand (``patient.programs``). ``exists`` stays
    open: Django's uniqueness checks use it, and it tells one bit.
    """

    is_scoped = False

    def visible_to(self, actor: Actor | None) -> Self:
        """Rows that the actor may see; no actor is an error, never everything."""
        if actor is None:
            raise UnscopedQueryError(f"{self.model.__name__} was asked by nobody.")
        return self.of_clinic(actor.clinic_id)

    def of_clinic(self, clinic: "Clinic | UUID") -> Self:
        """Rows of one clinic."""
        return self._marked(self.filter(clinic=clinic))

    def unscoped(self) -> Self:
        """Rows of all clinics, for jobs that serve all of them and show none."""
        return self._marked(self.all())

    def _marked(self, queryset: Self) -> Self:
        queryset.is_scoped = True
        return queryset

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.is_scoped = self.is_scoped
        return clone

    def _require_scope(self) -> None:
        if self.is_scoped or "instance" in self._hints:  # type: ignore[attr-defined]
            return
        raise UnscopedQueryError(
            f"{self.model.__name__}: say whose rows, with visible_to or of_clinic."
        )

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        """As Django's, for scoped rows."""
        self._require_scope()
        return super().iterator(chunk_size)

    def count(self) -> int:
        """As Django's, for scoped rows."""
        self._require_scope()
        return super().count()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Django's, for scoped rows."""
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        """As Django's, for scoped rows."""
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, for scoped rows."""
        self._require_scope()
        return super().delete()


def validate_time_zone(name: str) -> None:
    """Refuse a time zone that the system does not know."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is no time zone. Example: Europe/Berlin.")


def body_choices() -> list[tuple[str, str]]:
    """Body types that figures are drawn with."""
    return _look_choices("BODIES")


def skin_choices() -> list[tuple[str, str]]:
    """Skin tones that figures are drawn with."""
    return _look_choices("SKINS")


def hair_choices() -> list[tuple[str, str]]:
    """Hair tones that figures are drawn with."""
    return _look_choices("HAIRS")


def _look_choices(table: str) -> list[tuple[str, str]]:
    """Names of one table of the drawing engine, which this package does not import."""
    names = import_string(f"exercises.figures.looks.{table}")
    return [(name, name.capitalize()) for name in names]


class Clinic(models.Model):
    """The tenant: name, branding, place and defaults of everything it prints."""

    class Paper(models.TextChoices):
        A4 = "a4", "A4"
        LETTER = "letter", "US Letter"

    class Units(models.TextChoices):
        METRIC = "metric", "kg"
        IMPERIAL = "imperial", "lb"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=120, validators=[one_line])
    address = models.TextField(max_length=300, blank=True, validators=[plain_text])
    phone = models.CharField(
        max_length=40,
        help_text="Printed on every handout; patients call it.",
        validators=[one_line],
    )
    opening_hours = models.TextField(
        max_length=300,
        blank=True,
        db_default="",
        help_text="Shown with your number to a patient who reports a warning sign.",
        validators=[plain_text],
    )
    email = models.EmailField(blank=True)
    # Name of a stored asset (SHA-256 and ending), written by the logo form only.
    logo = models.CharField(max_length=80, blank=True, editable=False)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(max_length=8, default="en", choices=languages.choices)
    paper = models.CharField(
        "paper size", max_length=8, choices=Paper, default=Paper.A4
    )
    units = models.CharField(
        "weights in", max_length=8, choices=Units, default=Units.METRIC
    )
    figure_body = models.CharField(
        "body type", max_length=16, default="straight", choices=body_choices
    )
    figure_skin = models.CharField(
        "skin tone", max_length=16, default="light", choices=skin_choices
    )
    figure_hair = models.CharField(
        "hair color", max_length=16, default="brown", choices=hair_choices
    )
    emergency_number = models.CharField(
        max_length=20,
        help_text="What a patient dials in an emergency, such as 112 or 911.",
        validators=[RegexValidator(r"^[0-9 +-]+$", "Digits only, such as 112.")],
    )
    accent_color = models.CharField(
        max_length=7,
        default="#1F5A7A",
        validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}$", "Give a color as #1F5A7A.")],
        help_text="Of headings on handouts; made darker where contrast asks for it.",
    )
    header_text = models.CharField(
        max_length=200,
        blank=True,
        help_text="Printed under the clinic's name.",
        validators=[one_line],
    )
    footer_text = models.CharField(
        max_length=200,
        blank=True,
        help_text="Printed at the foot of every page.",
        validators=[one_line],
    )
    retention_years = models.PositiveSmallIntegerField(
        "keep records for (years)",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="What patients were given is kept this long after the program ends.",
    )
    mail_name = models.CharField(
        "name in messages",
        max_length=60,
        blank=True,
        help_text="Sender and subject of messages to patients, which others may see on "
        "a locked phone. Leave out what you treat; empty: no name, only your phone.",
        validators=[one_line],
    )
    sent_link_days = models.PositiveSmallIntegerField(
        "sent links work for (days)",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Links sent to patients; sending again replaces the one before.",
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
