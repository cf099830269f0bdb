"""Secrets at rest, encrypted under keys made from SECRET_KEY and its fallbacks.

A new SECRET_KEY with the former one among SECRET_KEY_FALLBACKS goes on reading what was
written before; ``manage.py rotate_secrets`` writes it anew, then the fallback can go.
"""

import base64
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SecretLostError(RuntimeError):
    """A stored secret was written under a key that is known no more."""


def encrypted(plain: bytes) -> str:
    """Return the secret as text that tells nothing without the key."""
    return _box().encrypt(plain).decode()


def decrypted(stored: str) -> bytes:
    """Return the secret; SecretLostError when no key opens it."""
    try:
        return _box().decrypt(stored.encode())
    except InvalidToken as error:
        raise SecretLostError("SECRET_KEY has changed without a fallback.") from error


def rotated(stored: str) -> str:
    """Return the same secret under the present key."""
    return _box().rotate(stored.encode()).decode()


def journal_keys(membership_id: UUID) -> list[bytes]:
    """Return the keys, of 32 bytes, of what one person's browser keeps in one clinic.

    The first one encrypts. The others open what was kept before SECRET_KEY changed.
    """
    return _derived(b"catcamel.journal:" + membership_id.bytes)


def _box() -> MultiFernet:
    keys = _derived(b"catcamel.vault")
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _derived(use: bytes) -> list[bytes]:
    """Return keys of their own for this use: others than sign sessions."""
    return [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(key.encode())
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
