"""Secrets at rest, encrypted under keys made from SECRET_KEY and its fallbacks.

A new SECRET_KEY with the former one among SECRET_KEY_FALLBACKS goes on reading what was
written before; ``manage.py rotate_secrets`` writes it anew, then the fallback can go.
"""

import base64

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


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """Return a key of its own for this use: another one than signs sessions."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"catcamel.vault")
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))
