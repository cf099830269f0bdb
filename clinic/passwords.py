"""What a password must not be: known to attackers, or soon guessed (NIST 800-63B).

Besides the length there is no rule on its signs. Nothing leaves the machine.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from zxcvbn import zxcvbn

# Tries needed at least, as a power of ten
HARD_ENOUGH = 9
# The estimate reads no more than this; what follows can only add to it.
MOST_READ = 72
ADVICE = "A few words that have nothing to do with each other are good."


class GuessableValidator:
    """Refuses what a few tries find: much used passwords, names, dates, keys in a row.

    The estimate is that of zxcvbn, which brings 30,000 passwords of breaches, words
    and names, and sees them behind capitals, years and look-alike signs. The person's
    own name and address count as known.
    """

    def validate(self, password: str, user: models.Model | None = None) -> None:
        """Raise ValidationError, with the reason where the estimate gives one."""
        found = zxcvbn(password[:MOST_READ], user_inputs=_known_of(user))
        if float(found["guesses_log10"]) < HARD_ENOUGH:
            reason = found["feedback"]["warning"]
            words = ("This password is easy to guess.", reason, ADVICE)
            raise ValidationError(" ".join(filter(None, words)), code="guessable")

    def get_help_text(self) -> str:
        """What is asked for."""
        return ADVICE


class BreachedValidator:
    """Refuses what stands in BREACHED_PASSWORDS, a file of the installation.

    It has the form in which Have I Been Pwned gives its list away: a SHA-1 digest in
    capitals at the start of each line, in rising order. Without the file this
    validator refuses nothing.
    """

    def validate(self, password: str, user: models.Model | None = None) -> None:
        """Raise ValidationError if it is there, OSError if the file is not."""
        if not settings.BREACHED_PASSWORDS:
            return
        # Not for safety: it is how the list names passwords.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
        with Path(settings.BREACHED_PASSWORDS).open("rb") as file:
            if _holds(file, digest.upper().encode()):
                message = f"This password is known from a data breach. {ADVICE}"
                raise ValidationError(message, code="breached")

    def get_help_text(self) -> str:
        """What is asked for."""
        return "Not one that is known from a data breach."


def _known_of(user: models.Model | None) -> list[str]:
    """Return words that somebody would try first."""
    given = " ".join(str(getattr(user, field, "")) for field in ("name", "email"))
    return ["catcamel", *filter(None, re.split(r"\W+", given))]


def _holds(file: BinaryIO, digest: bytes) -> bool:
    """Tell whether a line begins with the digest: halving, as the file is large."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        line = _line_from(file, middle)
        if line and line[: len(digest)] < digest:
            low = middle + 1
        else:
            high = middle
    return _line_from(file, low).startswith(digest)


def _line_from(file: BinaryIO, place: int) -> bytes:
    """Return the first whole line that begins at the place or after it."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return file.readline()
