"""A program's diary for the clinic: course, entries, alerts, going on after a pause."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.audit import record
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.roles import Scope
from prescriptions import adherence, diary, documents, progression
from prescriptions.findings import today_of
from prescriptions.models import Alert, Program, Revision

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

SHOWN = 5


class DiaryPages(Page):
    """The page of a program's diary."""

    def diary_urls(self) -> list[URLPattern]:
        """Address of the page."""
        return [self.object_path("diary", self.diary_view)]

    def diary_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show course, entries and alerts; POST resumes, or settles an alert."""
        program = self.object_or_404(request, object_id)
        actor = required_actor(request)
        if request.method == "POST":
            if not self.may(request, Scope.PROGRAMS_WRITE):
                raise PermissionDenied
            if "take" in request.POST:
                return self._take_over(request, program, actor)
            self._act(request, program, actor)
            return redirect(self.url_of(program, "diary"))
        entries = diary.entries_of(program)
        course = _course(program, entries)
        alerts = Alert.objects.visible_to(actor).waiting().filter(program=program)
        record(actor, "diary.viewed", program)
        return self.page(
            request,
            "admin/prescriptions/program/diary.html",
            f"Diary of {program.patient}",
            program,
            course=course,
            proposals=_proposals(program, course, actor),
            may_change=self.may(request, Scope.PROGRAMS_WRITE),
            entries=sorted(entries.values(), key=lambda one: one.day, reverse=True),
            found=diary.judged(program, entries),
            alerts=alerts,
            may_resume=actor.licensed,
        )

    def _take_over(
        self, request: HttpRequest, program: Program, actor: Membership
    ) -> HttpResponse:
        """Change the program by what was chosen, and go where it is issued."""
        course = _course(program, diary.entries_of(program))
        found = _proposals(program, course, actor)
        chosen = request.POST.getlist("step")
        try:
            count = progression.take_over(program, chosen, found, by=actor)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(self.url_of(program, "diary"))
        if not count:
            messages.info(request, "Choose what to take over first.")
            return redirect(self.url_of(program, "diary"))
        told = "1 change" if count == 1 else f"{count} changes"
        messages.success(
            request, f"{told} taken over. The patient gets what you issue."
        )
        return redirect(self.url_of(program, "build"))

    def _act(self, request: HttpRequest, program: Program, actor: Membership) -> None:
        try:
            if "resume" in request.POST:
                diary.resume(program, by=actor)
                messages.success(request, f"{program} goes on.")
                return
            mine = Alert.objects.visible_to(actor).filter(program=program)
            kind = request.POST.get("settle", "")
            alert = get_object_or_404(mine.waiting(), kind=kind)
            diary.settle(alert, by=actor)
        except DomainError as error:
            messages.error(request, error.message)


def alerts_of(actor: Membership) -> list[Alert]:
    """Return what the first page shows of what patients told, oldest first."""
    waiting = Alert.objects.visible_to(actor).waiting()
    return list(waiting.select_related("patient", "program")[:SHOWN])


def _course(program: Program, entries: dict[date, Any]) -> adherence.Course | None:
    mine = Revision.objects.of_clinic(program.clinic_id).filter(program=program)
    revision = mine.current().first()
    if revision is None:
        return None
    document = documents.from_json(revision.document)
    return adherence.course_of(document, entries, today_of(program.clinic))


def _proposals(
    program: Program, course: adherence.Course | None, actor: Membership
) -> progression.Proposals:
    loaded = Program.objects.visible_to(actor).with_contents().get(pk=program.pk)
    return progression.proposals_of(loaded, course, by=actor)
