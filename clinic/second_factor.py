"""The second factor: codes of an authenticator app (RFC 6238) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django_otp.oath import hotp

from clinic import sessions, vault
from clinic.audit import record
from clinic.errors import Forbidden
from clinic.models import Membership, Practitioner, RecoveryCode, SecondFactor
from clinic.roles import Scope

STEP_SECONDS = 30
DIGITS = 6
MOST_WRONG = 10
LOCKED_FOR = timedelta(minutes=15)
RECOVERY_CODES = 10
# Without letters that are read for figures
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def is_set_up(person: Practitioner) -> bool:
    """Tell whether the person has a second factor in force."""
    return SecondFactor.objects.filter(
        practitioner=person, confirmed_at__isnull=False
    ).exists()


def begin(person: Practitioner) -> SecondFactor:
    """Return the factor that waits for its first code; it is made if there is none."""
    factor, _ = SecondFactor.objects.get_or_create(
        practitioner=person,
        defaults={"seed": vault.encrypted(secrets.token_bytes(20))},
    )
    return factor


def begin_anew(person: Practitioner) -> SecondFactor:
    """Return the factor that waits for its first code, with a key nobody has seen."""
    begin(person)
    rows = SecondFactor.objects.filter(practitioner=person)
    seed = vault.encrypted(secrets.token_bytes(20))
    rows.filter(confirmed_at__isnull=True).update(seed=seed)
    return rows.get()


def key_of(factor: SecondFactor) -> str:
    """Return the key to type into an app, in base32: that of a new phone first."""
    seed = vault.decrypted(factor.new_seed or factor.seed)
    return base64.b32encode(seed).decode()


def address_of(factor: SecondFactor) -> str:
    """Return what the app reads from the picture."""
    label = quote(f"Catcamel:{factor.practitioner.email}")
    query = urlencode({"secret": key_of(factor), "issuer": "Catcamel"})
    return f"otpauth://totp/{label}?{query}"


@transaction.atomic
def confirm(person: Practitioner, code: str) -> list[str]:
    """Put the factor in force by its first code; return fresh recovery codes.

    Empty when the code is wrong. The codes are shown once: digests are stored.
    """
    factor = _locked_row(person, is_confirmed=False)
    if factor is None or not _accepts(factor, code):
        return []
    factor.confirmed_at = timezone.now()
    factor.save()
    record(membership_of(person), "second_factor.set_up", person)
    return _new_codes(factor)


@transaction.atomic
def passes(person: Practitioner, code: str) -> bool:
    """Tell whether the code is right; each works once, ten wrong ones lock."""
    factor = _locked_row(person, is_confirmed=True)
    if factor is None:
        return False
    way = _way(factor, code)
    if way:
        factor.wrong_tries, factor.locked_until = 0, None
    else:
        _count_wrong(factor)
    factor.save()
    record(
        membership_of(person),
        "second_factor.passed" if way else "second_factor.failed",
        person,
        outcome="ok" if way else "refused",
        by=way or "nothing",
    )
    return bool(way)


def begin_replacement(person: Practitioner) -> None:
    """Make a key for another phone; the present one works until `replace`."""
    SecondFactor.objects.filter(practitioner=person, confirmed_at__isnull=False).update(
        new_seed=vault.encrypted(secrets.token_bytes(20))
    )


@transaction.atomic
def replace(person: Practitioner, code: str) -> list[str]:
    """Put the other phone in force by its first code; return fresh recovery codes.

    Empty when the code is wrong. All sessions of the person end.
    """
    factor = _locked_row(person, is_confirmed=True)
    if factor is None or not factor.new_seed:
        return []
    step = _step_of(vault.decrypted(factor.new_seed), code)
    if step is None:
        return []
    factor.seed, factor.new_seed, factor.last_step = factor.new_seed, "", step
    factor.confirmed_at = timezone.now()
    factor.save()
    sessions.end_all(person)
    record(membership_of(person), "second_factor.replaced", person)
    return _new_codes(factor)


@transaction.atomic
def renew_codes(person: Practitioner) -> list[str]:
    """Return fresh recovery codes in place of all former ones; shown once."""
    factor = _locked_row(person, is_confirmed=True)
    if factor is None:
        return []
    record(membership_of(person), "second_factor.codes_renewed", person)
    return _new_codes(factor)


def codes_left(person: Practitioner) -> int:
    """Return how many recovery codes are unused."""
    return RecoveryCode.objects.filter(factor__practitioner=person).count()


@transaction.atomic
def reset(person: Practitioner, *, by: Membership | None = None) -> None:
    """Forget the factor and end all sessions: the next sign-in sets up a new one.

    Without ``by`` it comes from whoever runs the installation. An owner does it for
    members who work in no other clinic; otherwise Forbidden is raised.
    """
    if by and not is_in_charge(by, person):
        raise Forbidden(
            "not_allowed",
            "This person works in another clinic too. Whoever runs the installation "
            "resets it.",
        )
    SecondFactor.objects.filter(practitioner=person).delete()
    sessions.end_all(person)
    clinic_id = getattr(by or membership_of(person), "clinic_id", None)
    record(
        by,
        "second_factor.reset",
        person,
        clinic_id=clinic_id,
        actor_kind="operator",
    )


def code_of(factor: SecondFactor) -> str:
    """Return the code of this moment, as the app shows it."""
    return _code(vault.decrypted(factor.seed), _step())


def _locked_row(person: Practitioner, *, is_confirmed: bool) -> SecondFactor | None:
    """Return the row, which two tries at the same time cannot both hold."""
    rows = SecondFactor.objects.select_for_update().filter(practitioner=person)
    return rows.filter(confirmed_at__isnull=not is_confirmed).first()


def _way(factor: SecondFactor, code: str) -> str:
    """Return what the code opened with: ``app``, ``recovery_code``, else nothing."""
    if factor.locked_until and factor.locked_until > timezone.now():
        return ""
    if _accepts(factor, code):
        return "app"
    used, _ = factor.recovery_codes.filter(digest=_digest(code)).delete()
    return "recovery_code" if used else ""


def _accepts(factor: SecondFactor, code: str) -> bool:
    """Tell whether it is a code of this or the last half minute, not used yet."""
    step = _step_of(vault.decrypted(factor.seed), code)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


def _step_of(seed: bytes, code: str) -> int | None:
    """Return which half minute the code is of, if it is of this or the last one."""
    typed = "".join(code.split()).encode()
    for step in (_step(), _step() - 1):
        if hmac.compare_digest(_code(seed, step).encode(), typed):
            return step
    return None


def _count_wrong(factor: SecondFactor) -> None:
    factor.wrong_tries += 1
    if factor.wrong_tries >= MOST_WRONG:
        factor.wrong_tries = 0
        factor.locked_until = timezone.now() + LOCKED_FOR


def _step() -> int:
    return int(timezone.now().timestamp()) // STEP_SECONDS


def _code(seed: bytes, step: int) -> str:
    return f"{hotp(seed, step, digits=DIGITS):0{DIGITS}}"


def _new_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    codes = [_random_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(code)) for code in codes
    )
    return codes


def _random_code() -> str:
    """Return 16 letters in groups: about 79 bits, so that a plain digest will do."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _digest(code: str) -> str:
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def is_in_charge(owner: Membership, person: Practitioner) -> bool:
    """Tell whether the owner's clinic is the only one that the person works in."""
    mine = person.memberships.filter(is_active=True)
    at = set(mine.values_list("clinic_id", flat=True))
    return owner.can(Scope.STAFF_MANAGE) and at == {owner.clinic_id}


def membership_of(person: Practitioner) -> Membership | None:
    """Return the membership that somebody works under after signing in."""
    mine = person.memberships.filter(is_active=True)
    return mine.order_by("created_at").first()
