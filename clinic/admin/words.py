"""Moments, days and states as the pages word them."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


def when(moment: datetime | None) -> str:
    """Return a moment as "Nov 20, 14:05", with the year when it is another one."""
    if moment is None:
        return "–"  # noqa: RUF001
    here = timezone.localtime(moment)
    year = "" if here.year == timezone.localdate().year else f", {here.year}"
    return f"{here:%b} {here.day}{year}, {here:%H:%M}"


def day(date: date | None) -> str:
    """Return a day as "Nov 20", with the year when it is another one."""
    if date is None:
        return "–"  # noqa: RUF001
    year = "" if date.year == timezone.localdate().year else f", {date.year}"
    return f"{date:%b} {date.day}{year}"


def badge(tone: str, icon: str, word: str) -> SafeString:
    """Return a state as icon and word; the tone only repeats what the word says."""
    mark = '<span class="badge {}"><span class="ic ic-{}" aria-hidden="true"></span>{}'
    return format_html(mark + "</span>", tone, icon, word)
