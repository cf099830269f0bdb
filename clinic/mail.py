"""The one place that sends mail: composed here, handed to the SMTP server, once.

Who calls it keeps the row, tries again and shows what the server said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from clinic.errors import NotSentError

# Replies of a server for good (RFC 5321, 4.2.1); others may be different later.
FOR_GOOD = range(500, 600)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one person; ``message_id`` is the same in every attempt."""

    to: str
    subject: str
    text: str
    message_id: UUID
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def is_set_up() -> bool:
    """Tell whether this installation can send mail."""
    return bool(settings.MAIL_URL)


def sender(name: str) -> str:
    """Return the From line: our address under a clinic's name, if it gave one."""
    own_name, address = parseaddr(settings.MAIL_FROM)
    return formataddr((name or own_name, address))


def send(mail: Mail) -> None:
    """Hand a mail to the server; raise NotSentError with what it answered."""
    domain = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        sender(mail.sender_name),
        [mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": f"<{mail.message_id.hex}@{domain}>",
            # No "I am on holiday" in return (RFC 3834)
            "Auto-Submitted": "auto-generated",
            **mail.headers,
        },
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        raise _reason(error) from error


def _reason(error: Exception) -> NotSentError:
    """Return why a mail was not taken; only a refused recipient or text is final."""
    if isinstance(error, SMTPRecipientsRefused):
        code, refusal = next(iter(error.recipients.values()))
        return _answer(code, refusal, is_final=code in FOR_GOOD)
    if isinstance(error, SMTPResponseException):
        # A refused sender or password is ours to mend: later attempts may succeed.
        code, words = error.smtp_code, error.smtp_error
        is_final = isinstance(error, SMTPDataError) and code in FOR_GOOD
        return _answer(code, words, is_final=is_final)
    return NotSentError("no_answer", "The mail server did not answer.", is_final=False)


def _answer(code: int, words: bytes | str, *, is_final: bool) -> NotSentError:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    plain = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text)
    return NotSentError(str(code), plain[:200], is_final=is_final)
