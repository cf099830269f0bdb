"""People and tenancy."""

from clinic.models.audit import AppendOnlyError, AuditEvent, AuditSeal
from clinic.models.consent import Channel, Consent
from clinic.models.first_help import ClosedHelp
from clinic.models.idempotency import IdempotencyRecord
from clinic.models.keys import ApiKey
from clinic.models.outcomes import ImportOutcome
from clinic.models.people import (
    Clearance,
    ExternalId,
    FormerPatient,
    Invitation,
    MemberExternalId,
    Membership,
    Patient,
    Practitioner,
    Screening,
)
from clinic.models.rights import Erasure, LegalHold
from clinic.models.second_factor import RecoveryCode, SecondFactor
from clinic.models.sessions import StaffSession
from clinic.models.sign_off import SignOff
from clinic.models.tenancy import Actor, Clinic, TenantQuerySet, UnscopedQueryError
from clinic.models.texts import ClinicText
from clinic.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Actor",
    "ApiKey",
    "AppendOnlyError",
    "AuditEvent",
    "AuditSeal",
    "Channel",
    "Clearance",
    "Clinic",
    "ClinicText",
    "ClosedHelp",
    "Consent",
    "Erasure",
    "ExternalId",
    "FormerPatient",
    "IdempotencyRecord",
    "ImportOutcome",
    "Invitation",
    "LegalHold",
    "MemberExternalId",
    "Membership",
    "Patient",
    "Practitioner",
    "RecoveryCode",
    "Screening",
    "SecondFactor",
    "SignOff",
    "StaffSession",
    "TenantQuerySet",
    "UnscopedQueryError",
    "WebhookDelivery",
    "WebhookEndpoint",
]
