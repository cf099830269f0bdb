"""Advice leaflets: shared ones and a clinic's own, one row per language."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clinic.models import Clinic
from clinic.models.plain import one_line, plain_text
from exercises.models.exercise import check_tags
from exercises.models.shared import SharedQuerySet, SharedRow


class LeafletQuerySet(SharedQuerySet["Leaflet"]):
    """Leaflets as a clinic sees them."""

    def published(self) -> Self:
        """Leaflets that may be given out."""
        return self.filter(is_archived=False)


class Leaflet(SharedRow):
    """One piece of advice in one language; shared when ``clinic`` is NULL.

    Lines of ``body`` that begin with ``# `` are headings, with ``! `` a line that must
    stand out, with ``- `` list items. ``{name}`` is filled in from ``fields``, which
    maps a name to ``{"value": number, "unit": text}``; ``{clinic_phone}`` and
    ``{emergency_number}`` come from the clinic. ``optional_lines`` (list of
    ``{"text": …, "on": bool}``) print only while they are on.
    """

    shared_key = ("slug", "language")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="leaflets",
        editable=False,
    )
    slug = models.SlugField(max_length=60)
    language = models.CharField(max_length=8, default="en")
    title = models.CharField(max_length=120, validators=[one_line])
    body = models.TextField(max_length=8000, validators=[plain_text])
    fields = models.JSONField("numbers", default=dict, blank=True)
    optional_lines = models.JSONField(default=list, blank=True)
    ask_first_flags = models.JSONField(
        "ask first with", default=list, blank=True, validators=[check_tags]
    )
    note = models.TextField(
        max_length=1000,
        blank=True,
        help_text="For the practitioner; never printed.",
        validators=[plain_text],
    )
    source = models.CharField(max_length=300, blank=True, validators=[one_line])
    version = models.PositiveIntegerField(default=1, editable=False)
    is_archived = models.BooleanField("archived", default=False)
    # SHA-256 of the file a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    # A running former release adds rows without it
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = LeafletQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "slug", "language"], name="exercises_leaflet_own"
            ),
            models.UniqueConstraint(
                fields=["slug", "language"],
                condition=Q(clinic__isnull=True),
                name="exercises_leaflet_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.title
