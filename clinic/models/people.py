"""People: practitioners with their memberships, and patients."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from clinic import languages
from clinic.models.plain import one_line, plain_text
from clinic.models.tenancy import Clinic, TenantQuerySet
from clinic.roles import ROLE_SCOPES


class PractitionerManager(BaseUserManager["Practitioner"]):
    """Accounts by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Practitioner":
        """Return the account with this e-mail address."""
        return self.get(email=(username or "").strip().lower())

    def create_user(
        self, email: str, *, name: str, credential: str = "", password: str | None
    ) -> "Practitioner":
        """Make an account; without a password nobody can sign in to it yet."""
        user = self.model(email=email, name=name, credential=credential)
        user.set_password(password)
        user.save(using=self._db)
        return user


class Practitioner(AbstractBaseUser):
    """A person who signs in; what they may do follows from their memberships."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, validators=[one_line])
    credential = models.CharField(
        max_length=40,
        blank=True,
        help_text="As on a door plate: DC, PT, DPT.",
        validators=[one_line],
    )
    is_active = models.BooleanField(default=True)
    # Part of every session's proof: one more ends all sessions of the person.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    # Speech input types letters that nobody meant as a key (WCAG 2.1.4)
    letter_keys = models.BooleanField(default=True, db_default=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PractitionerManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.signature

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the e-mail address in lower case: one person, one account."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Tie sessions to password and epoch: they end when either changes."""
        proof = f"{self.password}:{self.session_epoch}"
        salt = "clinic.session"
        return salted_hmac(salt, proof, secret=secret, algorithm="sha256").hexdigest()

    @property
    def signature(self) -> str:
        """Name with credential, as printed."""
        return f"{self.name}, {self.credential}" if self.credential else self.name

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this person in: an active membership somewhere."""
        return self.is_active and self.memberships.filter(is_active=True).exists()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Refuse: rights come from the membership, never from the account."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Refuse: rights come from the membership, never from the account."""
        return False

    def get_short_name(self) -> str:
        """Name for the head of a page."""
        return self.name


class Membership(models.Model):
    """A practitioner in a clinic, with a role: an actor."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        PRACTITIONER = "practitioner", "Practitioner"
        ASSISTANT = "assistant", "Assistant"
        READ_ONLY = "read_only", "Read only"

    actor_kind = "practitioner"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="memberships"
    )
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.PRACTITIONER)
    licensed = models.BooleanField(
        default=False,
        help_text="May sign clinical content and override a safety block.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet["Membership"].as_manager()

    class Meta:
        ordering = ["practitioner__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "clinic"], name="clinic_membership_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} ({self.get_role_display()})"

    def can(self, scope: str) -> bool:
        """Tell whether the role holds the scope; an inactive member can do nothing."""
        return self.is_active and scope in ROLE_SCOPES.get(self.role, frozenset())


class InvitationQuerySet(TenantQuerySet["Invitation"]):
    """Invitations by their state."""

    def waiting(self) -> "InvitationQuerySet":
        """Invitations neither used nor past their end, by database time."""
        return self.filter(used_at__isnull=True, expires_at__gt=Now())


class Invitation(models.Model):
    """A single-use way into a clinic; only the digest of its token is stored."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=16, choices=Membership.Role)
    licensed = models.BooleanField(default=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Invitation as {self.get_role_display()}"


def validate_flags(flags: Any) -> None:
    """Refuse flags outside the closed list of the exercise library."""
    if not isinstance(flags, list):
        raise ValidationError("Flags are a list of tags.")
    known = dict(import_string(settings.PATIENT_FLAG_CHOICES)())
    unknown = [str(flag) for flag in flags if flag not in known]
    if unknown:
        raise ValidationError(f"Unknown flag: {', '.join(unknown)}.")
    if len(set(flags)) < len(flags):
        raise ValidationError("Each flag only once.", code="repeated")


def validate_birth_date(day: date) -> None:
    """Refuse a birth date in the future or before 1900."""
    if not date(1900, 1, 1) <= day <= timezone.localdate():
        raise ValidationError("Give a birth date between 1900 and today.")


class PatientQuerySet(TenantQuerySet["Patient"]):
    """Patients of a clinic."""

    def search(self, text: str) -> "PatientQuerySet":
        """Patients whose name holds every word of the text."""
        found = self
        for word in text.split():
            found = found.filter(name__icontains=word)
        return found


class Patient(models.Model):
    """A person under care at one clinic; never a login."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, related_name="patients", editable=False
    )
    name = models.CharField(max_length=160, validators=[one_line])
    date_of_birth = models.DateField(validators=[validate_birth_date])
    language = models.CharField(max_length=8, choices=languages.choices, default="en")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True, validators=[one_line])
    number = models.CharField(
        "clinic number",
        max_length=40,
        blank=True,
        help_text="The clinic's own number; printed as the second identifier.",
        validators=[one_line],
    )
    flags = models.JSONField(default=list, blank=True, validators=[validate_flags])
    guardian_name = models.CharField(
        "guardian",
        max_length=160,
        blank=True,
        default="",
        db_default="",
        help_text="For patients under 18; without one, a program needs a reason.",
        validators=[one_line],
    )
    guardian_relation = models.CharField(
        "relation to the patient",
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Such as mother, father, legal guardian.",
        validators=[one_line],
    )
    guardian_phone = models.CharField(
        "phone of the guardian",
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[one_line],
    )
    is_archived = models.BooleanField("archived", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["clinic", "name"], name="clinic_patient_name"),
            # The order of the API's pages
            models.Index(
                fields=["clinic", "-created_at", "-id"], name="clinic_patient_pages"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a guardian without a name."""
        super().clean()
        if (self.guardian_relation or self.guardian_phone) and not self.guardian_name:
            fault = ValidationError("Give the guardian's name.", code="required")
            raise ValidationError({"guardian_name": fault})

    @property
    def guardian(self) -> str:
        """The guardian in one line; empty without one."""
        relation = f" ({self.guardian_relation})" if self.guardian_relation else ""
        told = [f"{self.guardian_name}{relation}", self.guardian_phone]
        return ", ".join(text for text in told if text) if self.guardian_name else ""

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about: every target answers to this name."""
        return self.id


class FormerPatient(models.Model):
    """The id of a record that was merged into a patient's: addresses outlive it."""

    id = models.UUIDField(primary_key=True, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+", editable=False)
    patient = models.ForeignKey(
        Patient, models.CASCADE, related_name="former", editable=False
    )
    merged_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet["FormerPatient"].as_manager()

    class Meta:
        ordering = ["merged_at", "id"]
        verbose_name = "record merged before"
        verbose_name_plural = "records merged before"

    def __str__(self) -> str:
        return f"Record {self.id}"


class NumberElsewhere(models.Model):
    """A number in another system; unique in a clinic and system."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, editable=False)
    system = models.CharField(max_length=200, validators=[one_line])
    value = models.CharField(max_length=200, validators=[one_line])

    class Meta:
        abstract = True
        ordering = ["system", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "system", "value"],
                name="%(app_label)s_%(class)s_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.system}: {self.value}"


class ExternalId(NumberElsewhere):
    """The patient's number in another system."""

    patient = models.ForeignKey(
        Patient, models.CASCADE, related_name="external_ids", editable=False
    )

    objects = TenantQuerySet["ExternalId"].as_manager()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store under the patient's clinic."""
        self.clinic_id = self.patient.clinic_id
        super().save(*args, **kwargs)


class MemberExternalId(NumberElsewhere):
    """The practitioner's number in another system of the clinic."""

    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="external_ids", editable=False
    )

    objects = TenantQuerySet["MemberExternalId"].as_manager()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store under the member's clinic."""
        self.clinic_id = self.membership.clinic_id
        super().save(*args, **kwargs)


class Screening(models.Model):
    """Answers of a red-flag screening, with the day they were given."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, models.CASCADE, related_name="screenings", editable=False
    )
    answered_on = models.DateField(default=timezone.localdate)
    # Question id -> true or false; the questions are data of the safety rules.
    answers = models.JSONField(default=dict, blank=True)
    note = models.TextField(max_length=2000, blank=True, validators=[plain_text])
    # Name of who asked, as printed in the record
    recorded_by = models.CharField(max_length=160, blank=True, editable=False)

    class Meta:
        ordering = ["-answered_on", "id"]

    def __str__(self) -> str:
        return f"Screening of {self.answered_on:%Y-%m-%d}"


class Clearance(models.Model):
    """A doctor's consent to something that needs one, such as inversion."""

    # The subject under which the signs of a screening are cleared
    RED_FLAGS = "red-flags"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, models.CASCADE, related_name="clearances", editable=False
    )
    subject = models.SlugField(max_length=60, help_text="Such as “inversion”.")
    given_by = models.CharField(max_length=160, validators=[one_line])
    given_on = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ["-given_on", "id"]

    def __str__(self) -> str:
        return f"{self.subject}, {self.given_on:%Y-%m-%d}"
