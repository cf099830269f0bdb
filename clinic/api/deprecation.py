"""Telling callers in good time that an operation will go (RFC 9745, RFC 8594)."""

from dataclasses import dataclass
from datetime import datetime
from wsgiref.handlers import format_date_time


@dataclass(frozen=True)
class Deprecation:
    """Since when an operation is discouraged, when it ends, and what replaces it.

    Both times carry a zone; ``guide`` and ``successor`` are addresses.
    """

    since: datetime
    sunset: datetime
    guide: str
    successor: str

    def headers(self) -> dict[str, str]:
        """Return the headers of every answer of the operation."""
        links = (
            f'<{self.guide}>; rel="deprecation"; type="text/html"',
            f'<{self.successor}>; rel="successor-version"',
        )
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_date_time(self.sunset.timestamp()),
            "Link": ", ".join(links),
        }
