"""Text messages: what a provider has to do, and one that needs no provider.

``SMS_PROVIDER`` names a class with the method of ``Provider``. It reads ``SMS_SENDER``
and ``SMS_TOKEN`` from the settings and calls its service through ``clinic.outbound``.
"""

import re
import sys
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from clinic.errors import NotSentError

CONSOLE = "clinic.sms.Console"
INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")


class Provider(Protocol):
    """Somebody who brings text messages to phones."""

    def send(self, number: str, text: str) -> None:
        """Hand over one message; raise NotSentError when it was not taken.

        ``number`` is as in E.164: a plus sign and digits.
        """


class Console:
    """Writes messages to the terminal: for developers, never for patients."""

    def send(self, number: str, text: str) -> None:
        """Write it down."""
        sys.stderr.write(f"SMS to {number}: {text}\n")


def is_set_up() -> bool:
    """Tell whether this installation can send text messages."""
    return bool(settings.SMS_PROVIDER)


def number_of(typed: str) -> str:
    """Return a phone number as providers take it; empty when it lacks its country."""
    # The zero in brackets is dialed inside the country only.
    plain = re.sub(r"[\s()./-]", "", typed.replace("(0)", ""))
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return plain if INTERNATIONAL.fullmatch(plain) else ""


def send(number: str, text: str) -> None:
    """Hand a message to the provider; raise NotSentError when it was not taken."""
    try:
        _provider(settings.SMS_PROVIDER).send(number, text)
    except OSError as error:
        words = "The provider of text messages did not answer."
        raise NotSentError("no_answer", words, is_final=False) from error


@lru_cache(maxsize=1)
def _provider(name: str) -> Provider:
    made: Provider = import_string(name)()
    return made
