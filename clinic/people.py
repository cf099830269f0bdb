"""Verbs on clinics and their staff: set up a clinic, invite people, let them in.

An installation has no default account: the first one of a clinic comes from an
invitation that whoever runs the installation hands to its owner.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from clinic.models import (
    Actor,
    Clinic,
    ClinicText,
    Invitation,
    Membership,
    Practitioner,
)
from clinic.models.keys import digest_of
from clinic.roles import Scope

TEXTS = Path(__file__).parent / "texts"
INVITATION_LASTS = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class DraftText:
    """A text that a new clinic starts with, as its file in ``texts/`` has it."""

    kind: str
    language: str
    source: str
    body: str


def draft_texts() -> list[DraftText]:
    """Read the files in ``texts/``; an unknown or missing key is a TypeError."""
    files = sorted(TEXTS.glob("*.yaml"))
    return [DraftText(**yaml.safe_load(file.read_text("utf-8"))) for file in files]


@transaction.atomic
def create_clinic(**values: Any) -> Clinic:
    """Make a clinic from the model's fields, with its texts as unsigned drafts.

    Raises Invalid with one error per field.
    """
    clinic = Clinic(**values)
    _check(clinic)
    clinic.save()
    for draft in draft_texts():
        text = ClinicText(
            clinic=clinic,
            kind=draft.kind,
            language=draft.language,
            source=draft.source,
            body=draft.body,
        )
        _check(text)
        text.save()
    record(None, "clinic.created", clinic, clinic_id=clinic.pk, actor_kind="operator")
    return clinic


def invite(
    clinic: Clinic, role: str, licensed: bool, *, by: Actor | None = None
) -> tuple[Invitation, str]:
    """Make an invitation; return it and its token, which is not stored.

    Without ``by`` it comes from whoever runs the installation.
    """
    if by:
        _require_owner(by, clinic.pk)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation(
            clinic=clinic,
            role=role,
            licensed=licensed,
            token_digest=digest_of(token),
            expires_at=timezone.now() + INVITATION_LASTS,
        )
        _check(invitation)
        invitation.save()
        record(by, "invitation.created", invitation, actor_kind="operator", role=role)
    return invitation, token


def withdraw_invitation(invitation: Invitation, *, by: Actor) -> None:
    """End an invitation now; Conflict when it was used or has ended already."""
    _require_owner(by, invitation.clinic_id)
    row = Invitation.objects.visible_to(by).filter(pk=invitation.pk)
    with transaction.atomic():
        if not row.waiting().update(expires_at=Now()):
            raise Conflict("invitation_closed", "It was used, or has ended already.")
        record(by, "invitation.withdrawn", invitation)


def _require_owner(actor: Actor, clinic_id: UUID) -> None:
    if not (actor.can(Scope.STAFF_MANAGE) and actor.clinic_id == clinic_id):
        raise Forbidden("not_allowed", "Only an owner of the clinic may invite.")


def invitation_url(token: str) -> str:
    """Return the address to hand over.

    The token is its fragment, which browsers do not send: neither a proxy's log nor
    ours can hold it.
    """
    return f"{settings.PUBLIC_URL}{reverse('invitation')}#{token}"


def accept_invitation(
    token: str, *, email: str, name: str, credential: str, password: str
) -> Membership:
    """Use up an invitation for a new account; return its membership.

    Raises Invalid with one error per field, NotFound for a token that is unknown,
    used or expired, Conflict when the e-mail address has an account already.
    """
    person = Practitioner(
        email=email.strip().lower(), name=name.strip(), credential=credential.strip()
    )
    _check_password(person, password)
    person.set_password(password)
    with transaction.atomic():
        invitation = _use_up(token)
        if Practitioner.objects.filter(email=person.email).exists():
            raise _account_exists()
        _check(person)
        try:
            person.save()
        except IntegrityError as error:
            raise _account_exists() from error
        return _join(invitation, person)


def join_clinic(token: str, person: Practitioner) -> Membership:
    """Use up an invitation for somebody who has signed in; return the membership."""
    with transaction.atomic():
        invitation = _use_up(token)
        mine = person.memberships.filter(clinic=invitation.clinic_id)
        if mine.filter(is_active=True).exists():
            raise Conflict("already_member", "You work in this clinic already.")
        return _join(invitation, person)


def _use_up(token: str) -> Invitation:
    """Mark the invitation as used; of two callers at the same time one wins."""
    row = Invitation.objects.unscoped().filter(token_digest=digest_of(token))
    if not row.waiting().update(used_at=Now()):
        raise NotFound(
            "invitation_not_valid",
            "This invitation is not valid (any more). Ask for a new one.",
        )
    return row.get()


def _join(invitation: Invitation, person: Practitioner) -> Membership:
    # Somebody who had left comes back under the same membership.
    membership, _ = person.memberships.update_or_create(
        clinic_id=invitation.clinic_id,
        defaults={
            "role": invitation.role,
            "licensed": invitation.licensed,
            "is_active": True,
        },
    )
    record(
        membership,
        "invitation.accepted",
        invitation,
        role=membership.role,
        licensed=membership.licensed,
    )
    return membership


def _account_exists() -> Conflict:
    return Conflict(
        "account_exists",
        "This e-mail address has an account. Sign in with it, then open the "
        "invitation again.",
    )


def _check_password(person: Practitioner, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise _invalid({"password": error.messages}) from error


def _check(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise _invalid(error.message_dict) from error


def _invalid(messages: dict[str, list[str]]) -> Invalid:
    errors = [
        FieldError(f"/{field}", "invalid", message)
        for field, found in messages.items()
        for message in found
    ]
    return Invalid("invalid", errors[0].detail, errors=errors)
