"""Beside a program: what its patient was given, and the links that are out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.roles import Scope
from prescriptions import handouts
from prescriptions.admin.given import HandoutState, paper_of, state_of
from prescriptions.models import Handout, PatientLink, Program, Revision

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

MOST_REVISIONS = 5
MOST_HANDOUTS = 10
MOST_LINKS = 5
LOST = {
    PatientLink.Kind.PRINTED: "The QR code on handouts that are printed already stops "
    "working. A handout made from now on carries a new one.",
    PatientLink.Kind.SENT: "The link that was sent stops working. You can send a new "
    "one at any time.",
}
LOOKS = {
    "live": ("ok", "check", "Open"),
    "locked": ("block", "lock", "Locked"),
    "revoked": ("", "lock", "Withdrawn"),
    "expired": ("", "clock", "Expired"),
}


@dataclass(frozen=True)
class Given:
    """A revision with its handouts."""

    revision: Revision
    handouts: list[tuple[Handout, HandoutState, str]]


@dataclass(frozen=True)
class ShownLink:
    """A link, with its state in words and looks, and what withdrawing it loses."""

    link: PatientLink
    state: str
    look: tuple[str, str, str]
    lost: str


@dataclass(frozen=True)
class GivenSide:
    """What stands beside a program, the latest first; lists elsewhere hold the rest."""

    given: Sequence[Given]
    is_more: bool
    links: Sequence[ShownLink]

    @property
    def has_sent(self) -> bool:
        """Whether a link is out that a new one would replace."""
        kind = PatientLink.Kind.SENT
        return any(one.state == "live" and one.link.kind == kind for one in self.links)


def given_to_patient(request: HttpRequest, program: Program) -> GivenSide:
    """Return the latest revisions of a program, their handouts, and its links."""
    actor = required_actor(request)
    rows = Revision.objects.visible_to(actor).filter(program=program)
    rows = rows.defer("document").select_related("issued_by")
    revisions = list(rows[: MOST_REVISIONS + 1])
    shown = revisions[:MOST_REVISIONS]
    made = Handout.objects.visible_to(actor).filter(revision__in=shown)
    made = made.select_related("revision__program").defer("revision__document")
    latest = list(made.order_by("-requested_at", "id")[: MOST_HANDOUTS + 1])
    looks = [(row, state_of(row), paper_of(row)) for row in latest[:MOST_HANDOUTS]]
    return GivenSide(
        [
            Given(revision, [row for row in looks if row[0].revision_id == revision.pk])
            for revision in shown
        ],
        is_more=len(revisions) > MOST_REVISIONS or len(latest) > MOST_HANDOUTS,
        links=[_shown(link, timezone.now()) for link in _links(actor, program)],
    )


def _links(actor: Any, program: Program) -> list[PatientLink]:
    rows = PatientLink.objects.visible_to(actor).filter(program=program)
    return list(rows[:MOST_LINKS])


def _shown(link: PatientLink, now: datetime) -> ShownLink:
    state = link.state(now)
    return ShownLink(link, state, LOOKS[state], LOST[PatientLink.Kind(link.kind)])


class LinkPages(Page):
    """Withdrawing a link, mixed into the pages on programs."""

    def link_urls(self) -> list[URLPattern]:
        """Address of the step."""
        view = self.admin_site.admin_view(self.withdraw_link_view)
        name = "prescriptions_program_withdraw_link"
        return [path("links/<uuid:link_id>/withdraw/", view, name=name)]

    def withdraw_link_view(self, request: HttpRequest, link_id: Any) -> HttpResponse:
        """Close a link for good."""
        actor = required_actor(request)
        if request.method != "POST" or not self.may(request, Scope.HANDOUTS_WRITE):
            raise PermissionDenied
        rows = PatientLink.objects.visible_to(actor).select_related("program")
        link = rows.filter(pk=link_id).first()
        if link is None:
            raise Http404
        handouts.revoke_link(link, by=actor)
        messages.success(request, "The link is withdrawn: it no longer opens.")
        return redirect(self.url_of(link.program) + "#given")
