"""Moments, days and states as the pages word them."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

LENGTHS = {"days": 86_400, "h": 3600, "min": 60}


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


def span(seconds: float | None) -> str:
    """Return a length of time in its largest unit: "8 s", "3 min", "2 h", "4 days"."""
    if seconds is None:
        return "–"  # noqa: RUF001
    for unit, length in (("days", 172_800), ("h", 7200), ("min", 120)):
        if seconds >= length:
            return f"{seconds / LENGTHS[unit]:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def with_code(words: str, code: str) -> SafeString:
    """Return words, and below them the code that other systems know it by."""
    return format_html('{}<span class="code">{}</span>', words, code)


def badge(tone: str, icon: str, word: str) -> SafeString:
    """Return a state as icon and word; the tone only repeats what the word says."""
    mark = '<span class="badge {}"><span class="ic ic-{}" aria-hidden="true"></span>{}'
    return format_html(mark + "</span>", tone, icon, word)
