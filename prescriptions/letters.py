"""What messages say, in the patient's language: never a name, never anything of health.

A locked phone, a shared mailbox or a mail server may show every word of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from clinic import languages
from clinic.models import Clinic

ALERT = """Hello,

something in Catcamel waits for your clinic. Sign in and look at "Needs you first":

{url}

This mail says no more, since others may read mail.
"""


@dataclass(frozen=True)
class Letter:
    """A message in words; only mail has a subject and ``html``."""

    text: str
    subject: str = ""
    html: str = ""


def link_mail(clinic: Clinic, *, language: str, url: str, until: date) -> Letter:
    """Return the mail that brings a patient's link."""
    with translation.override(language):
        name = clinic.mail_name
        subject = _from(name)
        before = [gettext("Hello,"), _opening(name)]
        after = [_how(until), _warning(clinic.phone)]
        return _mail(subject, before, url, after)


def link_sms(clinic: Clinic, *, language: str, url: str, until: date) -> Letter:
    """Return the text message that brings a patient's link."""
    with translation.override(language):
        text = gettext(
            "%(subject)s: %(url)s It opens with your birth date until %(until)s. "
            "Questions: %(phone)s"
        )
        told = {"url": url, "until": languages.long_date(until), "phone": clinic.phone}
        return Letter(text % {"subject": _from(clinic.mail_name), **told})


def reminder_mail(clinic: Clinic, *, language: str, url: str, stop_url: str) -> Letter:
    """Return the mail that a patient asked to be reminded by."""
    with translation.override(language):
        name = clinic.mail_name
        subject = gettext("A reminder from your clinic")
        if name:
            subject = gettext("A reminder from %(name)s") % {"name": name}
        before = [
            gettext("Hello,"),
            gettext("you asked us to remind you of your page."),
        ]
        stop = gettext("No more reminders? One click is enough: %(url)s")
        return _mail(subject, before, url, [stop % {"url": stop_url}])


def alert_mail() -> Letter:
    """Return the notice to the clinic: that there is something, and nothing of it."""
    url = f"{settings.PUBLIC_URL}/admin/"
    return Letter(ALERT.format(url=url), "Please look into Catcamel")


def _from(name: str) -> str:
    if name:
        return gettext("Your page from %(name)s") % {"name": name}
    return gettext("Your page from the clinic")


def _opening(name: str) -> str:
    if name:
        text = gettext(
            "%(name)s has made a page for you. It opens on any phone or computer, "
            "without an account."
        )
        return text % {"name": name}
    return gettext(
        "Your clinic has made a page for you. It opens on any phone or computer, "
        "without an account."
    )


def _how(until: date) -> str:
    text = gettext(
        "The page asks for your birth date, so that only you can open it. The link "
        "works until %(until)s. A link that we sent you before no longer works."
    )
    return text % {"until": languages.long_date(until)}


def _warning(phone: str) -> str:
    text = gettext(
        "Please do not forward this mail. If you did not expect it, or if the link "
        "does not work, call us: %(phone)s"
    )
    return text % {"phone": phone}


def _mail(
    subject: str, before: Sequence[str], url: str, after: Sequence[str]
) -> Letter:
    """Return both parts of a mail with one button, in the language in force."""
    context = {
        "title": subject,
        "before": before,
        "after": after,
        "url": url,
        "button": gettext("Open your page"),
        "by_hand": gettext("If the button does not work, copy this address:"),
        "language": translation.get_language() or languages.SOURCE,
    }
    text = "\n\n".join([*before, url, *after]) + "\n"
    return Letter(text, subject, render_to_string("mails/mail.html", context))
