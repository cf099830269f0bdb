"""Links with which somebody who has forgotten the password sets another one.

The second factor is asked for as ever. Such a link works once, for an hour
(PASSWORD_RESET_TIMEOUT): it is signed over the present password.
"""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from clinic.audit import record
from clinic.errors import FieldError, Forbidden, Invalid, NotFound
from clinic.models import Membership, Practitioner
from clinic.second_factor import is_in_charge, membership_of

SEPARATOR = "."


def link_for(person: Practitioner, *, by: Membership | None = None) -> str:
    """Return the address to hand over; its token is a fragment, which is never sent.

    Without ``by`` it comes from whoever runs the installation. An owner makes one for
    members who work in no other clinic; otherwise Forbidden is raised.
    """
    if by and not is_in_charge(by, person):
        raise Forbidden(
            "not_allowed",
            "This person works in another clinic too. Whoever runs the installation "
            "makes the link.",
        )
    clinic_id = getattr(by or membership_of(person), "clinic_id", None)
    record(
        by,
        "password.link_made",
        person,
        clinic_id=clinic_id,
        actor_kind="operator",
    )
    token = default_token_generator.make_token(person)
    path = reverse("new-password")
    return f"{settings.PUBLIC_URL}{path}#{person.pk}{SEPARATOR}{token}"


def set_password(token: str, password: str) -> Practitioner:
    """Use up a link; all sessions of the person end.

    Raises NotFound for a link that is unknown, used or over, Invalid for a password
    that breaks the rules.
    """
    with transaction.atomic():
        person = _person_of(token)
        try:
            validate_password(password, person)
        except ValidationError as error:
            faults = [
                FieldError("/password", "invalid", word) for word in error.messages
            ]
            raise Invalid("invalid", faults[0].detail, errors=faults) from error
        person.set_password(password)
        person.save()
        record(membership_of(person), "password.set_by_link", person)
    return person


def _person_of(token: str) -> Practitioner:
    """Return whose link it is; locked, so that of two callers one wins."""
    key, _, proof = token.strip().partition(SEPARATOR)
    try:
        rows = Practitioner.objects.select_for_update().filter(pk=UUID(key))
    except ValueError:
        rows = Practitioner.objects.none()
    person = rows.filter(is_active=True).first()
    if person is None or not default_token_generator.check_token(person, proof):
        raise NotFound(
            "link_not_valid", "This link is not valid (any more). Ask for a new one."
        )
    return person
