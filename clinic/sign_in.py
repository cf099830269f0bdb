"""Signing in: one answer whatever is wrong, a limit on tries, events in the trail."""

import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.core.cache import cache
from django.dispatch import receiver
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from clinic import sessions
from clinic.audit import record
from clinic.context import current_request
from clinic.models import Membership, Practitioner

logger = logging.getLogger(__name__)

MOST_TRIES = 10
WINDOW = timedelta(minutes=15)
WRONG = "This e-mail address and password do not go together."


class SignInForm(AuthenticationForm):
    """E-mail address and password; tells neither which is wrong nor who has one."""

    error_messages = {
        "invalid_login": WRONG,
        "inactive": WRONG,
        "too_many": f"{WRONG} Try again in 15 minutes.",
    }

    def clean(self) -> dict[str, Any]:
        """Count the try before the password is looked at, so that none slips by."""
        keys = _keys(self.cleaned_data.get("username", ""))
        if _are_too_many(keys):
            message = self.error_messages["too_many"]
            raise ValidationError(message, code="too_many")
        given = super().clean()
        _forget(*keys)
        return given


class NewPasswordForm(PasswordChangeForm):
    """The present password and another one; all other sessions end."""

    def clean_old_password(self) -> str:
        """Count wrong tries as those of signing in."""
        typed: str = self.cleaned_data["old_password"]
        check_password(self.user, typed)
        return typed

    def save(self, commit: bool = True) -> Practitioner:
        """Store it, and that it was changed."""
        person = super().save(commit)
        record(_membership_of(person), "password.changed", person)
        return person


def check_password(person: Practitioner, typed: str) -> None:
    """Raise ValidationError unless it is the person's password.

    For what a session alone must not do. Limited like signing in, so that nobody
    guesses at a computer that was left open.
    """
    keys = _keys(person.email)
    if _are_too_many(keys):
        message = "That was tried too often. Try again in 15 minutes."
        raise ValidationError(message, code="too_many")
    if not person.check_password(typed):
        record(_membership_of(person), "password.failed", person, outcome="refused")
        raise ValidationError("This is not your password.", code="wrong")
    _forget(*keys)


def _are_too_many(keys: tuple[str, str]) -> bool:
    """Count one more try; tell whether it is one too many."""
    return max(_counts(key) for key in keys) > MOST_TRIES


def _keys(email: str) -> tuple[str, str]:
    """Return the names of the counts, in which neither stands itself."""
    account, address = email.strip().lower(), current_request.get().place
    return _key("account", account), _key("address", address)


def _key(kind: str, who: str) -> str:
    return f"sign-in:{kind}:{salted_hmac('clinic.sign_in', who).hexdigest()}"


def _counts(key: str) -> int:
    """Count one more try; return how many there are, none without a cache."""
    try:
        cache.add(key, 0, WINDOW.total_seconds())
        return cache.incr(key)
    except ValueError:
        return 1  # the window ended between the two calls
    except (RedisError, OSError):
        logger.warning("The cache is down: sign-in is not limited by it.")
        return 0


def _forget(account: str, address: str) -> None:
    """Take back the try that was right; others at the same address still count."""
    try:
        cache.delete(account)
        cache.decr(address)
    except (ValueError, RedisError, OSError):
        logger.warning("A sign-in that was right stays counted as a try.")


@receiver(user_logged_in)
def _record_sign_in(user: Practitioner, request: HttpRequest, **kwargs: Any) -> None:
    sessions.begin(request)
    record(_membership_of(user), "login.succeeded", user)


@receiver(user_logged_out)
def _record_sign_out(user: Practitioner | None, **kwargs: Any) -> None:
    if user:
        record(_membership_of(user), "logout", user)


@receiver(user_login_failed)
def _record_failure(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Name the account that was tried, if there is one; never what was typed."""
    email = str(credentials.get("username", "")).strip().lower()
    person = Practitioner.objects.filter(email=email).first()
    membership = _membership_of(person) if person else None
    record(
        None,
        "login.failed",
        person,
        clinic_id=membership.clinic_id if membership else None,
        actor_kind="visitor",
        outcome="refused",
    )


def _membership_of(person: Practitioner) -> Membership | None:
    """Return the membership that somebody works under after signing in."""
    mine = person.memberships.filter(is_active=True)
    return mine.order_by("created_at").first()
