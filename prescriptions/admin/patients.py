"""A patient's record on one page: programs with what changed, handouts, screening."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.admin import ClinicModelAdmin, required_actor, when
from clinic.audit import record
from clinic.merging import kept_for
from clinic.models import Actor, AuditEvent, Patient
from clinic.roles import Scope
from exercises import tags
from prescriptions import sending
from prescriptions.admin.given import HandoutState, paper_of, state_of
from prescriptions.admin.rights import may_copy, may_erase
from prescriptions.admin.screening import past_screenings
from prescriptions.admin.sending import messages_of
from prescriptions.documents import Difference, differences, from_json
from prescriptions.models import Handout, PatientLink, Program, Revision
from prescriptions.rights.holds import hold_on

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

NAME = "prescriptions_program_record"
SOON = timedelta(days=7)
MOST_PROGRAMS = 20
MOST_CHANGES = 5
MOST_HANDOUTS = 10
MOST_MOMENTS = 40


@dataclass(frozen=True)
class Change:
    """A revision, and what it changed of the one before; None for the first one."""

    revision: Revision
    lines: list[Difference] | None


@dataclass(frozen=True)
class ShownProgram:
    """A program with its state and its revisions, the latest first."""

    program: Program
    state: SafeString
    ends_soon: bool
    changes: list[Change]
    is_more: bool


@dataclass(frozen=True)
class Moment:
    """A line of the timeline."""

    at: date
    icon: str
    what: str
    more: str = ""
    order: float = 0
    times: int = 1


@dataclass(frozen=True)
class ShownHandout:
    """A handout with its state and its print options in words."""

    handout: Handout
    look: HandoutState
    paper: str


class PatientPages(Page):
    """The page of a patient's record, mixed into the pages on programs."""

    def patient_urls(self) -> list[URLPattern]:
        """Address of the record."""
        view = self.admin_site.admin_view(self.record_view)
        return [path("record/<uuid:patient_id>/", view, name=NAME)]

    def record_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponse:
        """Show what is known of the patient; looking at it is recorded."""
        actor = required_actor(request)
        if not (actor.can(Scope.PATIENTS_READ) and actor.can(Scope.PROGRAMS_READ)):
            raise PermissionDenied
        patient = Patient.objects.visible_to(actor).filter(pk=patient_id).first()
        if patient is None:
            return self._of_the_kept(kept_for(actor, patient_id))
        record(actor, "patient.viewed", patient)
        programs = programs_of(actor, patient)
        words = dict(tags.flag_choices())
        made = handouts_of(actor, patient)
        past = past_screenings(patient)
        return self.page(
            request,
            "admin/prescriptions/program/record.html",
            patient.name,
            patient,
            age=age_on(timezone.localdate(), patient.date_of_birth),
            flags=[words.get(flag, flag) for flag in patient.flags],
            programs=[self._shown(program) for program in programs],
            is_more=len(programs) == MOST_PROGRAMS,
            handouts=made[:MOST_HANDOUTS],
            has_more_handouts=len(made) > MOST_HANDOUTS,
            last=past[0] if past else None,
            moments=timeline(actor, patient, programs, made),
            patient_url=reverse("admin:clinic_patient_change", args=[patient.pk]),
            ways=sending.ways_to(patient),
            messages_sent=messages_of(actor, patient),
            may_edit=actor.can(Scope.PATIENTS_WRITE),
            may_copy=may_copy(actor),
            may_erase=may_erase(actor),
            hold=hold_on(patient),
            may_begin=actor.can(Scope.PROGRAMS_WRITE) and not patient.is_archived,
        )

    def _of_the_kept(self, kept: Patient | None) -> HttpResponse:
        """Lead on, where the record was merged into another one."""
        if kept is None:
            raise Http404
        return redirect(f"admin:{NAME}", kept.pk)

    def _shown(self, program: Program) -> ShownProgram:
        end = program.end_date
        is_active = program.status == Program.Status.ACTIVE
        soon = bool(is_active and end and end <= timezone.localdate() + SOON)
        look = self.state(program)  # type: ignore[attr-defined]
        changes = changes_of(program)
        is_more = len(changes) > MOST_CHANGES
        return ShownProgram(program, look, soon, changes[:MOST_CHANGES], is_more)


def age_on(today: date, born: date) -> int:
    """Return whole years of age."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def programs_of(actor: Actor, patient: Patient) -> list[Program]:
    """Return the latest programs with their latest revisions, in two queries.

    One revision more than is shown: the last one is told by what it changed.
    """
    revisions = Revision.objects.visible_to(actor).select_related("issued_by")
    revisions = revisions.order_by("-number")[: MOST_CHANGES + 1]
    rows = Program.objects.visible_to(actor).filter(patient=patient)
    found = rows.select_related("practitioner").prefetch_related(
        Prefetch("revisions", revisions, to_attr="latest")
    )
    # Active before draft before ended is the order of the alphabet
    order = found.order_by("status", "-updated_at", "id")
    return list(order[:MOST_PROGRAMS])


def changes_of(program: Program) -> list[Change]:
    """Return the revisions of a program, each with what it changed."""
    revisions: list[Revision] = program.latest  # type: ignore[attr-defined]
    documents = [from_json(revision.document) for revision in revisions]
    changes: list[Change] = []
    for place, revision in enumerate(revisions):
        former = documents[place + 1 : place + 2]
        lines = differences(former[0], documents[place]) if former else None
        changes.append(Change(revision, lines))
    return changes


def handouts_of(actor: Actor, patient: Patient) -> list[ShownHandout]:
    """Return the patient's latest handouts; none for who may not read them."""
    if not actor.can(Scope.HANDOUTS_READ):
        return []
    rows = Handout.objects.visible_to(actor).filter(revision__program__patient=patient)
    rows = rows.select_related("revision__program").defer("revision__document")
    latest = rows.order_by("-requested_at", "id")[:MOST_MOMENTS]
    return [ShownHandout(row, state_of(row), paper_of(row)) for row in latest]


def timeline(
    actor: Actor,
    patient: Patient,
    programs: list[Program],
    made: list[ShownHandout],
) -> list[Moment]:
    """Return what happened, the latest first."""
    found = [
        *_of_programs(programs),
        *_of_handouts(made),
        *_of_links(actor, patient),
        *_of_screenings(patient),
        *_endings(actor, patient, {one.pk: one.title for one in programs}),
    ]
    latest = sorted(found, key=lambda moment: (moment.at, moment.order), reverse=True)
    return [_as_one(alike) for _, alike in groupby(latest, _alike)][:MOST_MOMENTS]


def _alike(moment: Moment) -> tuple[date, str]:
    return moment.at, moment.what


def _as_one(alike: Iterable[Moment]) -> Moment:
    """Return one line for the same thing done many times in a row on a day."""
    first, *others = alike
    return replace(first, times=1 + len(others))


def _moment(at: datetime, icon: str, what: str, more: str = "") -> Moment:
    here = timezone.localtime(at)
    return Moment(here.date(), icon, what, more, here.timestamp())


def _of_programs(programs: list[Program]) -> Iterator[Moment]:
    for program in programs:
        yield _moment(program.created_at, "pencil", f"{program.title}: draft begun")
        for revision in program.latest:  # type: ignore[attr-defined]
            by = revision.issued_by.signature if revision.issued_by else ""
            what = f"{program.title}: revision {revision.number} issued"
            yield _moment(revision.issued_at, "check", what, by)


def _of_handouts(made: list[ShownHandout]) -> Iterator[Moment]:
    for row in made:
        revision = row.handout.revision
        what = f"Handout of revision {revision.number}"
        more = f"{revision.program.title}, {row.look.label.lower()}"
        yield _moment(row.handout.requested_at, "file-text", what, more)


def _of_links(actor: Actor, patient: Patient) -> Iterator[Moment]:
    rows = PatientLink.objects.visible_to(actor).filter(patient=patient)
    for link in rows[:MOST_MOMENTS]:
        yield _moment(link.created_at, "link", "Link made", link.get_kind_display())
        if link.last_opened_at:
            yield _moment(link.last_opened_at, "eye", "Link opened last")
        if link.locked_at:
            why = "Five wrong birth dates. Nothing was shown."
            yield _moment(link.locked_at, "lock", "Link locked", why)
        if link.revoked_at:
            yield _moment(link.revoked_at, "lock", "Link withdrawn")


def _of_screenings(patient: Patient) -> Iterator[Moment]:
    for one in patient.screenings.all()[:MOST_MOMENTS]:
        count = sum(bool(yes) for yes in one.answers.values())
        said = f"{count} affirmed" if count else "no signs"
        what = f"Red-flag screening: {said}"
        yield Moment(one.answered_on, "shield-check", what, one.recorded_by)
    for given in patient.clearances.all()[:MOST_MOMENTS]:
        what = f"Cleared by a doctor: {given.subject.replace('-', ' ')}"
        yield Moment(given.given_on, "shield-check", what, given.given_by)


def _endings(
    actor: Actor, patient: Patient, titles: Mapping[UUID, str]
) -> Iterator[Moment]:
    # A program does not keep when it was closed: the trail does
    words = {"program.ended": "ended", "program.voided": "declared void"}
    events = AuditEvent.objects.visible_to(actor).filter(
        patient_id=patient.pk, action__in=words
    )
    for event in events[:MOST_MOMENTS]:
        title = titles.get(event.target_id, "Program") if event.target_id else "Program"
        what = f"{title}: {words[event.action]}"
        yield _moment(event.at, "lock", what, when(event.at))
