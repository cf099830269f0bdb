"""Rules and findings as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

SEVERITIES = ("info", "warn", "block")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as it holds in a clinic; see ``safety/rules.yaml`` for its parts."""

    code: str
    severity: str
    scope: str
    message: str
    match: str = "all"
    test: tuple[tuple[str, str, Any], ...] = ()
    function: str = ""
    replaces: tuple[str, ...] = ()
    source: str = ""
    version: int = 1

    @property
    def looks_at_items(self) -> bool:
        """Whether it is asked of each exercise."""
        about_items = any(fact.startswith("item.") for fact, _, _ in self.test)
        return self.scope == "item" or about_items


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found: how severe, where (JSON pointer), and what it says."""

    code: str
    severity: str
    scope: str
    pointer: str
    message: str
    source: str
    rule_version: int
    # What it concerns, whatever its place: an exercise, a leaflet, a number of a phase
    subject: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 by which the same finding is known again in a later revision."""
        parts = (self.code, self.severity, self.subject, self.message)
        text = "\n".join([*parts, str(self.rule_version)])
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Hit:
    """That a rule holds somewhere, for which flags, and what fills its message."""

    flags: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    # The place, where the rule itself finds it
    pointer: str | None = None
    subject: str | None = None
    message: str = ""
