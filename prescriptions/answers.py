"""Answers to findings: what lets a program be issued in spite of them, on record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, FieldError
from clinic.models import Actor, Membership, Practitioner
from clinic.models.plain import HIDDEN
from prescriptions import lacking
from prescriptions.models import Override, Revision
from prescriptions.screening import Finding

LONGEST_REASON = 1000
BLOCK, WARN = "block", "warn"
# What is found about the patient is asked again each time
ASKED_ANEW = frozenset({"patient", "log"})


@dataclass(frozen=True)
class Given:
    """What the person says who issues: rules ticked off, and reasons by rule."""

    ticked: Collection[str] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One finding with who answers for it."""

    finding: Finding
    reason: str
    practitioner: Practitioner | None
    answered_by: str
    answered_at: datetime


class OpenFindingsError(Conflict):
    """Findings that nobody has answered for; ``members`` tells all of them."""

    def __init__(self, findings: Sequence[Finding], faults: Sequence[FieldError]):
        count = len(faults)
        told = faults[0].detail if count == 1 else f"{count} findings wait for you."
        super().__init__("open_findings", told, errors=faults)
        self.members = {"findings": [as_json(finding) for finding in findings]}


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as the API shows it."""
    return asdict(finding)


def settle(
    findings: Sequence[Finding], given: Given, *, current: Revision | None, by: Actor
) -> list[Answer]:
    """Return an answer for each finding that needs one.

    A finding that was answered for the current revision, and is the same, keeps its
    answer. Raises OpenFindingsError with one error for each that is open.
    """
    kept = answers_of(current)
    answers, faults = [], []
    for finding in findings:
        if finding.severity not in {BLOCK, WARN}:
            continue
        if former := former_answer(finding, kept):
            answers.append(_kept(finding, former))
        elif fault := _fault(finding, given, by):
            faults.append(FieldError(finding.pointer, *fault))
        else:
            answers.append(_new(finding, given, by))
    if faults:
        raise OpenFindingsError(findings, faults)
    return answers


def keep(answers: Sequence[Answer], revision: Revision, *, by: Actor) -> None:
    """Put the answers on record with the revision, and in the audit trail."""
    for answer in answers:
        finding = answer.finding
        Override.objects.create(
            clinic_id=revision.clinic_id,
            revision=revision,
            rule_code=finding.code,
            rule_version=finding.rule_version,
            severity=finding.severity,
            pointer=finding.pointer,
            message=finding.message,
            fingerprint=finding.fingerprint,
            reason=answer.reason,
            practitioner=answer.practitioner,
            answered_by=answer.answered_by,
            answered_at=answer.answered_at,
        )
        is_reading = finding.code in lacking.CODES
        texts: dict[str, Any] = {"texts": finding.subject} if is_reading else {}
        verb = "overridden" if finding.severity == BLOCK else "acknowledged"
        record(
            by,
            f"finding.{verb}",
            revision,
            rule=finding.code,
            rule_version=finding.rule_version,
            **texts,
        )


def answers_of(revision: Revision | None) -> dict[str, Override]:
    """Return the answers on record with a revision, by fingerprint."""
    if revision is None:
        return {}
    kept = Override.objects.of_clinic(revision.clinic_id).filter(revision=revision)
    return {answer.fingerprint: answer for answer in kept}


def former_answer(finding: Finding, kept: Mapping[str, Override]) -> Override | None:
    """Return the answer that still counts for a finding, if there is one."""
    return None if finding.scope in ASKED_ANEW else kept.get(finding.fingerprint)


def _fault(finding: Finding, given: Given, by: Actor) -> tuple[str, str] | None:
    """Return code and sentence of what is missing."""
    if finding.severity == WARN:
        is_ticked = finding.code in given.ticked or given.reasons.get(finding.code)
        return None if is_ticked else ("needs_tick", finding.message)
    if not (isinstance(by, Membership) and by.licensed):
        told = "Only a licensed practitioner may go on, with a reason."
        return "needs_licence", f"{finding.message} {told}"
    reason = given.reasons.get(finding.code, "").strip()
    if not reason:
        return "needs_reason", f"{finding.message} Give a reason to go on."
    if len(reason) > LONGEST_REASON or HIDDEN.search(reason.replace("\r\n", "\n")):
        told = f"A reason has at most {LONGEST_REASON:,} characters, none hidden."
        return "unfit_reason", told
    return None


def _new(finding: Finding, given: Given, by: Actor) -> Answer:
    person = by.practitioner if isinstance(by, Membership) else None
    return Answer(
        finding=finding,
        reason=given.reasons.get(finding.code, "").strip(),
        practitioner=person,
        answered_by=person.signature if person else str(by),
        answered_at=timezone.now(),
    )


def _kept(finding: Finding, former: Override) -> Answer:
    return Answer(
        finding=finding,
        reason=former.reason,
        practitioner=former.practitioner,
        answered_by=former.answered_by,
        answered_at=former.answered_at,
    )
