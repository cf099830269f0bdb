"""The one table of who may do what; anything not listed is refused.

Scopes are the same words for people (through their role) and for API keys.
"""

from collections.abc import Mapping
from enum import StrEnum


class Scope(StrEnum):
    """A right to do something in one clinic."""

    PATIENTS_READ = "patients:read"
    PATIENTS_WRITE = "patients:write"
    PRACTITIONERS_WRITE = "practitioners:write"
    EXERCISES_READ = "exercises:read"
    EXERCISES_WRITE = "exercises:write"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    PROGRAMS_READ = "programs:read"
    PROGRAMS_WRITE = "programs:write"
    PROGRAMS_ISSUE = "programs:issue"
    HANDOUTS_READ = "handouts:read"
    HANDOUTS_WRITE = "handouts:write"
    CONTENT_SIGN = "content:sign"
    PATIENTS_EXPORT = "patients:export"
    PATIENTS_ERASE = "patients:erase"
    CLINIC_MANAGE = "clinic:manage"
    STAFF_MANAGE = "staff:manage"
    KEYS_MANAGE = "keys:manage"
    AUDIT_READ = "audit:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    KEYS_ROTATE = "keys:rotate"
    FHIR_EXPORT = "fhir:export"


_READ = frozenset(
    {
        Scope.PATIENTS_READ,
        Scope.EXERCISES_READ,
        Scope.TEMPLATES_READ,
        Scope.PROGRAMS_READ,
        Scope.HANDOUTS_READ,
    }
)
_ASSIST = _READ | {Scope.PATIENTS_WRITE, Scope.PROGRAMS_WRITE, Scope.HANDOUTS_WRITE}
_PRACTICE = _ASSIST | {
    Scope.PROGRAMS_ISSUE,
    Scope.EXERCISES_WRITE,
    Scope.TEMPLATES_WRITE,
    Scope.CONTENT_SIGN,
}

ROLE_SCOPES: Mapping[str, frozenset[Scope]] = {
    "owner": frozenset(Scope),
    # All of a patient at once goes to licensed practitioners alone
    "practitioner": frozenset(_PRACTICE | {Scope.PATIENTS_EXPORT}),
    "assistant": frozenset(_ASSIST),
    "read_only": _READ,
}

# What an integration may be given; people alone sign and manage staff.
KEY_SCOPES = frozenset(_PRACTICE - {Scope.CONTENT_SIGN}) | {
    Scope.PRACTITIONERS_WRITE,
    Scope.AUDIT_READ,
    Scope.WEBHOOKS_MANAGE,
    Scope.KEYS_ROTATE,
    Scope.KEYS_MANAGE,
    Scope.FHIR_EXPORT,
}
# Given only where it is asked for: it closes the keys of others
USUAL_KEY_SCOPES = KEY_SCOPES - {Scope.KEYS_MANAGE}
