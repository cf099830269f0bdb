"""Safety rules and their limits: shared ones, and what a clinic changed of them."""

import re
from uuid import uuid4

from django.db import models
from django.db.models import Q

from clinic.models import Clinic
from clinic.models.plain import one_line, plain_text
from exercises.models import SharedQuerySet, SharedRow

# What is filled in where a message has a name in braces
BLANKS = {
    "exercise": "the exercise",
    "flag": "what is flagged",
    "direction": "the direction",
    "limit": "the limit",
    "n": "the number",
}


def readable(message: str) -> str:
    """Return a message with words, in brackets, in the place of what is filled in."""
    return re.sub(r"\{(\w+)\}", lambda m: f"[{BLANKS.get(m[1], m[1])}]", message)


class SafetyRuleQuerySet(SharedQuerySet["SafetyRule"]):
    """Rules as they hold in a clinic."""


class SafetyRule(SharedRow):
    """One rule: what it looks at, how severe a finding is, and what it says.

    ``test`` is a list of ``[fact, operator, value]``, all or any of which must hold;
    ``function`` names the part that needs code. A clinic changes severity (with a
    reason), message and whether the rule is on.
    """

    shared_key = ("code",)

    class Severity(models.TextChoices):
        BLOCK = "block", "Needs a reason"
        WARN = "warn", "Needs a tick"
        INFO = "info", "Hint"

    class Scope(models.TextChoices):
        ITEM = "item", "Exercise"
        PHASE = "phase", "Phase"
        PROGRAM = "program", "Program"
        REVISION = "revision", "Change"
        PATIENT = "patient", "Patient"
        LEAFLET = "leaflet", "Leaflet"
        HANDOUT = "handout", "Handout"
        LOG = "log", "Diary"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="safety_rules",
        editable=False,
    )
    code = models.CharField(max_length=12, editable=False)
    severity = models.CharField(max_length=8, choices=Severity)
    scope = models.CharField(max_length=12, choices=Scope, editable=False)
    when = models.TextField("applies when", max_length=600, editable=False)
    match = models.CharField(max_length=4, default="all", editable=False)
    test = models.JSONField(default=list, blank=True, editable=False)
    function = models.CharField(max_length=60, blank=True, editable=False)
    # Codes of the rules whose finding on the same item and flag this one replaces
    replaces = models.JSONField(default=list, blank=True, editable=False)
    message = models.TextField(max_length=400, validators=[plain_text])
    words = models.JSONField("in other languages", default=dict, blank=True)
    is_on = models.BooleanField("in force", default=True)
    # Why a clinic changed severity or switched the rule off
    reason = models.CharField(max_length=300, blank=True, validators=[one_line])
    source = models.CharField(max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # SHA-256 of the entry a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    updated_at = models.DateTimeField(auto_now=True)

    objects = SafetyRuleQuerySet.as_manager()

    class Meta:
        ordering = ["code", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "code"], name="prescriptions_rule_own"
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(clinic__isnull=True),
                name="prescriptions_rule_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {readable(self.message)}"[:80]


class SafetyLimitQuerySet(SharedQuerySet["SafetyLimit"]):
    """Limits as they hold in a clinic."""


class SafetyLimit(SharedRow):
    """A number that rules compare with; its name tells the unit."""

    shared_key = ("name",)

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="safety_limits",
        editable=False,
    )
    name = models.CharField(max_length=60, editable=False)
    value = models.PositiveIntegerField()
    source = models.CharField(max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SafetyLimitQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "name"], name="prescriptions_limit_own"
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(clinic__isnull=True),
                name="prescriptions_limit_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name.replace("_", " ").capitalize()
