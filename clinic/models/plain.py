"""The one rule on typed text, for forms and for the API: no invisible characters."""

import re

from django.core.exceptions import ValidationError

# Control characters (category Cc) but the line break, and the characters that turn the
# direction of the text around them: a name must read as it is stored.
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
BREAKS = re.compile("[\n\u2028\u2029]")


def plain_text(text: str) -> None:
    """Refuse control characters; line breaks may stand, as browsers send them too."""
    if HIDDEN.search(text.replace("\r\n", "\n")):
        message = "Control characters are not allowed."
        raise ValidationError(message, code="control_characters")


def one_line(text: str) -> None:
    """Refuse control characters and line breaks."""
    plain_text(text)
    if BREAKS.search(text):
        raise ValidationError("Give one line.", code="line_break")


def plain_lines(texts: list[str]) -> None:
    """Refuse both in each text of a list; what is no text is for others to judge."""
    for text in texts if isinstance(texts, list) else ():
        if isinstance(text, str):
            one_line(text)
