"""The one door to whatever a patient is given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from clinic import languages
from clinic.audit import record
from clinic.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    Unavailable,
)
from clinic.models import Actor, ClinicText, Membership
from clinic.roles import Scope
from clinic.webhooks import announce
from exercises.models import Exercise
from prescriptions import (
    answers,
    documents,
    editions,
    findings,
    janitor,
    links,
    pdf,
    storage,
    tasks,
)
from prescriptions.answers import Given
from prescriptions.documents import HandoutOptions
from prescriptions.findings import Judgment
from prescriptions.models import (
    Handout,
    PatientLink,
    Program,
    Queue,
    Revision,
    Status,
)

MAX_EXERCISES = 30
# Without these a handout could not tell whom to call
PHONES = {"phone": "phone number", "emergency_number": "emergency number"}
NOTHING_GIVEN = Given()


@transaction.atomic
def issue_program(
    program: Program, *, by: Actor, given: Given = NOTHING_GIVEN
) -> tuple[Revision, bool]:
    """Freeze the program as its next revision; return it and whether it is new.

    An unchanged program returns its current revision. ``given`` answers the findings
    of the safety rules. Raises Forbidden, Invalid with one error per field, Conflict
    when the program has ended, or OpenFindingsError.
    """
    _require(by, Scope.PROGRAMS_ISSUE, "Your role does not allow issuing programs.")
    _lock(program.pk, by)
    loaded = Program.objects.visible_to(by).with_contents().get(pk=program.pk)
    signed = editions.signed_texts(loaded)
    texts = _texts(loaded, signed)
    _check_issuable(loaded, texts)
    document = documents.compose(loaded, texts)
    _refuse(_letter_errors(document))
    digest = documents.content_digest(document)
    current = Revision.objects.visible_to(by).filter(program=loaded).current().first()
    further = _printable(documents.compose_further(loaded, signed))
    is_same = current and current.content_digest == digest
    if current and is_same and editions.are_the_same(current, further):
        return current, False
    judgment = findings.judge(loaded)
    answered = answers.settle(judgment.findings, given, current=current, by=by)
    revision = _freeze(loaded, document, digest, judgment, current, by)
    on = revision.document["issued_on"]
    editions.freeze(revision, further, on=on, former=current)
    answers.keep(answered, revision, by=by)
    return revision, True


def _lock(program_id: UUID, by: Actor) -> Program:
    """Hold the program's row: nobody edits, issues or ends it until the commit.

    Whoever changes a program or its parts writes this row in the same transaction, so
    what is read under the lock is one state. SQLite lets in one writer at a time.
    """
    return Program.objects.visible_to(by).select_for_update().get(pk=program_id)


def _require(actor: Actor, scope: Scope, message: str) -> None:
    if not actor.can(scope):
        raise Forbidden("not_allowed", message)


def _texts(
    program: Program, signed: Mapping[str, Mapping[str, ClinicText]]
) -> dict[str, ClinicText]:
    """Return the signed texts by kind, in the handout's language or in English."""
    own = documents.language_of(program)
    return {**signed.get(documents.LANGUAGE, {}), **signed.get(own, {})}


def _check_issuable(program: Program, texts: dict[str, ClinicText]) -> None:
    if program.is_closed:
        raise _closed(program)
    _refuse([*_text_errors(program, texts), *_line_errors(program)])


def _closed(program: Program) -> Conflict:
    told = f"{program.why_closed} Copy it to go on."
    return Conflict(f"program_{program.status}", told)


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid("not_issuable", errors[0].detail, errors=errors)


def _text_errors(program: Program, texts: dict[str, ClinicText]) -> list[FieldError]:
    errors = [
        FieldError(
            "/clinic/texts",
            "unsigned_text",
            f"The text “{kind.label}” has not been signed. A licensed practitioner "
            "signs it under Clinic texts.",
        )
        for kind in ClinicText.Kind
        if kind not in texts
    ]
    for field, words in PHONES.items():
        if not getattr(program.clinic, field).strip():
            detail = f"The clinic's {words} is missing. Handouts tell whom to call."
            errors.append(FieldError(f"/clinic/{field}", "no_number", detail))
    if program.patient.is_archived:
        detail = "This patient is archived. Restore the patient first."
        errors.append(FieldError("/patient", "archived_patient", detail))
    return errors


def _line_errors(program: Program) -> list[FieldError]:
    errors, count = [], 0
    for p, phase in enumerate(program.phases.all()):
        for e, line in enumerate(phase.exercises.all()):
            count += 1
            if line.exercise.status == Exercise.Status.ARCHIVED:
                detail = f"“{line.exercise.name}” is archived. Choose another exercise."
                pointer = f"/phases/{p}/exercises/{e}/exercise"
                errors.append(FieldError(pointer, "archived_exercise", detail))
    if not count:
        detail = "Add at least one exercise."
        errors.append(FieldError("/phases", "no_exercises", detail))
    if count > MAX_EXERCISES:
        detail = f"A program holds at most {MAX_EXERCISES} exercises; this has {count}."
        errors.append(FieldError("/phases", "too_many_exercises", detail))
    return errors


def _letter_errors(document: documents.HandoutDocument) -> list[FieldError]:
    """Faults of letters that no shipped font holds: never a box on paper."""
    return [
        FieldError(pointer, "unprintable", f"These signs cannot be printed: {signs}")
        for pointer, text in documents.printed_texts(document)
        if (signs := pdf.unprintable(text))
    ]


def _printable(
    further: Mapping[str, documents.HandoutDocument],
) -> dict[str, documents.HandoutDocument]:
    """Leave out languages with letters that no shipped font holds."""
    return {
        language: document
        for language, document in further.items()
        if not _letter_errors(document)
    }


def _freeze(
    program: Program,
    document: documents.HandoutDocument,
    digest: str,
    judgment: Judgment,
    current: Revision | None,
    by: Actor,
) -> Revision:
    number = current.number + 1 if current else 1
    today = timezone.localdate(timezone=_zone(program)).isoformat()
    former = documents.from_json(current.document) if current else None
    news = documents.news_since(former, document, program.clinic)
    document = documents.issued(document, revision=number, on=today, news=news)
    older = Revision.objects.of_clinic(program.clinic).filter(program=program)
    older.current().update(superseded_at=Now())
    revision = Revision(
        clinic=program.clinic,
        program=program,
        number=number,
        document=documents.to_json(document),
        sha256=documents.digest(document),
        content_digest=digest,
        screening=judgment.as_json() | {"guardian": program.patient.guardian},
        issued_by=by.practitioner if isinstance(by, Membership) else None,
    )
    revision.save()
    rows = Program.objects.visible_to(by).filter(pk=program.pk)
    if not rows.not_closed().update(status=Program.Status.ACTIVE):
        program.refresh_from_db(fields=["status"])
        raise _closed(program)
    record(by, "program.issued", revision, number=number)
    announce(
        "program.assigned" if number == 1 else "program.updated",
        clinic_id=program.clinic_id,
        program=program.pk,
        patient=program.patient_id,
        revision=number,
    )
    return revision


def _zone(program: Program) -> ZoneInfo:
    return ZoneInfo(program.clinic.time_zone)


@transaction.atomic
def request_handout(
    revision: Revision,
    *,
    options: HandoutOptions,
    by: Actor,
    queue: str = Queue.INTERACTIVE,
) -> Handout:
    """Return the handout of these options, made ready soon; a failed one is retried.

    The same request returns the same row. Raises Forbidden, Gone when the revision has
    been superseded or the program has ended, or Invalid for a language that it was not
    frozen in.
    """
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    program = _lock(revision.program_id, by)
    if program.is_closed:
        raise Gone(f"program_{program.status}", program.why_closed)
    if not Revision.objects.visible_to(by).current().filter(pk=revision.pk).exists():
        raise Gone("superseded", "A newer revision has been issued. Print that one.")
    options = _in_language(revision, options)
    link = links.printed_link(program)
    # The link's end is printed, so a renewed link needs a new rendering.
    printed = f"{link.link_id}:{link.expires_at:%Y-%m-%d}"
    key = options.key(template_version=pdf.template_version(), link_id=printed)
    handout, created = _get_or_create(revision, options, key, link, queue)
    if created:
        record(by, "handout.requested", handout)
    elif handout.status == Status.FAILED:
        _start_over(handout, by)
    elif queue == Queue.INTERACTIVE and Handout.objects.hurry(handout.pk):
        handout.refresh_from_db()
    if handout.status == Status.PENDING:
        tasks.ring_after_commit(handout)
    return handout


def _in_language(revision: Revision, options: HandoutOptions) -> HandoutOptions:
    """Return the options with the language named that the handout will be in."""
    offered = editions.languages_of(revision)
    language = options.language or offered[0]
    if language not in offered:
        names = ", ".join(f"{languages.name(code)} ({code})" for code in offered)
        detail = f"This program was issued in: {names}."
        error = FieldError("/language", "language_unavailable", detail)
        refused = Invalid("language_unavailable", detail, errors=[error])
        refused.members = {"available": offered}
        raise refused
    return replace(options, language=language)


def _get_or_create(
    revision: Revision,
    options: HandoutOptions,
    key: str,
    link: PatientLink,
    queue: str,
) -> tuple[Handout, bool]:
    mine = Handout.objects.of_clinic(revision.clinic_id).live()
    return mine.get_or_create(
        revision=revision,
        options_key=key,
        defaults={
            "clinic_id": revision.clinic_id,
            "options": asdict(options),
            "link": link,
            "queue": queue,
        },
    )


def _start_over(handout: Handout, by: Actor) -> None:
    if Handout.objects.retry(handout.pk):
        record(by, "handout.retried", handout)
    handout.refresh_from_db()


def retry_handout(handout: Handout, *, by: Actor) -> Handout:
    """Start a failed handout over; Conflict when it has not failed."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    if handout.status != Status.FAILED:
        raise Conflict("not_failed", "Only a failed handout can be tried again.")
    with transaction.atomic():
        _start_over(handout, by)
        tasks.ring_after_commit(handout)
    return handout


@transaction.atomic
def revoke_handout(handout: Handout, *, by: Actor) -> Handout:
    """Withdraw a handout: its file is no longer given out."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    rows = Handout.objects.visible_to(by).filter(pk=handout.pk)
    if rows.revoke():
        record(by, "handout.revoked", handout)
    handout.refresh_from_db()
    return handout


@transaction.atomic
def acknowledge_handout(handout: Handout, *, by: Actor) -> Handout:
    """Note that the caller has collected a handout; doing it again changes nothing.

    Raises Gone when it was withdrawn, Conflict while it is not ready.
    """
    if handout.status == Status.REVOKED:
        raise Gone("revoked", "This handout has been withdrawn.")
    if handout.status != Status.READY:
        raise Conflict("not_ready", "This handout is not ready yet.")
    if Handout.objects.visible_to(by).filter(pk=handout.pk).acknowledge():
        record(by, "handout.acknowledged", handout)
    handout.refresh_from_db(fields=["acknowledged_at"])
    return handout


@dataclass(frozen=True)
class BehindLink:
    """A patient who opened a link, as an actor: may ask for that program's PDF."""

    link: PatientLink
    actor_kind = "patient"

    @property
    def clinic_id(self) -> UUID:
        """The clinic that made the link."""
        return self.link.clinic_id

    @property
    def pk(self) -> UUID:
        """The link's id: a patient has no account."""
        return self.link.pk

    def can(self, scope: str) -> bool:
        """Tell whether it is the making of handouts."""
        return scope == Scope.HANDOUTS_WRITE


def request_by_patient(
    link: PatientLink, *, layout: str, size: str, language: str = ""
) -> Handout | None:
    """Return the handout that the patient chose; None before one is issued.

    Raises as ``request_handout``.
    """
    by = BehindLink(link)
    mine = Revision.objects.visible_to(by).filter(program=link.program_id)
    revision = mine.current().select_related("program__clinic").first()
    if revision is None:
        return None
    usual = documents.usual_options(revision.program)
    options = replace(usual, layout=layout, size=size, language=language)
    return request_handout(revision, options=options, by=by)


def shown_handout(
    link: PatientLink, asked: str, *, language: str = ""
) -> Handout | None:
    """Return the handout asked for, if it is the program's, else the latest."""
    latest = latest_handout(link, language=language)
    try:
        wanted = UUID(asked)
    except ValueError:
        return latest
    live = Handout.objects.of_clinic(link.clinic_id).live()
    mine = live.filter(
        revision__program=link.program_id, revision__superseded_at__isnull=True
    )
    return mine.filter(pk=wanted).first() or latest


def latest_handout(link: PatientLink, *, language: str = "") -> Handout | None:
    """Return what the link shows: the newest handout of the current revision.

    One in the language comes first, if there is any.
    """
    current = Handout.objects.of_clinic(link.clinic_id).live()
    shown = current.filter(
        revision__program=link.program_id, revision__superseded_at__isnull=True
    )
    ready = shown.filter(status=Status.READY)
    spoken = ready.filter(options__language=language)
    return spoken.first() or ready.first() or shown.first()


def open_handout(
    handout: Handout, *, actor: Actor | None = None, link: PatientLink | None = None
) -> BinaryIO:
    """Open the PDF for reading, having recorded which actor or patient's link did.

    Raises Gone when it was withdrawn, Conflict while it is not ready or when the
    stored file is damaged, Unavailable when the storage does not answer.
    """
    if handout.status == Status.REVOKED:
        raise Gone("revoked", "This handout has been withdrawn.")
    if handout.status != Status.READY:
        raise Conflict("not_ready", "This handout is not ready yet.")
    try:
        file = storage.open_stored(handout.pdf_name, handout.pdf_sha256)
    except storage.StoredFileError as error:
        raise _damaged(handout) from error
    except OSError as error:
        detail = "The file storage does not answer. Try again in a few minutes."
        raise Unavailable("storage_away", detail) from error
    link_id = str(link.pk) if link else ""
    record(actor, "handout.downloaded", handout, actor_kind="patient", link=link_id)
    return file


def _damaged(handout: Handout) -> Conflict:
    if janitor.mend(handout):
        detail = "The stored file was lost. It is made again; try in a minute."
    else:
        detail = "The stored file is damaged. Tell your administrator."
    return Conflict("file_damaged", detail)


@transaction.atomic
def share_with_patient(program: Program, *, by: Actor) -> PatientLink:
    """Return a fresh link to send to the patient; the one sent before is withdrawn."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow sending links.")
    program = _lock(program.pk, by)
    if program.status != Program.Status.ACTIVE:
        raise Conflict("not_issued", "Issue the program before you share it.")
    sent = PatientLink.objects.visible_to(by).filter(program=program)
    sent.filter(kind=PatientLink.Kind.SENT).revoke()
    link = links.create(
        program,
        kind=PatientLink.Kind.SENT,
        expires_at=timezone.now() + timedelta(days=program.clinic.sent_link_days),
    )
    record(by, "link.created", link)
    return link


@transaction.atomic
def revoke_link(link: PatientLink, *, by: Actor) -> None:
    """Close a patient's link for good; a later handout gets a new one."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow closing links.")
    if PatientLink.objects.visible_to(by).filter(pk=link.pk).revoke():
        record(by, "link.revoked", link)
