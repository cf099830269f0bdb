"""The builder: a page that edits a program through the REST API while it is typed.

The page holds a draft of its own; what only the server knows (the patient's sentence of
a dosage, minutes, findings) is told anew after each save.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from clinic import first_help
from clinic.admin import ClinicModelAdmin, required_actor
from clinic.models import Patient
from clinic.roles import Scope
from exercises import tags
from exercises.dosage import minutes_per_day, sentences
from exercises.models import Exercise
from prescriptions.admin import presence
from prescriptions.admin.filling import ways_to_fill
from prescriptions.admin.findings import ShownFinding, shown
from prescriptions.admin.patients import age_on
from prescriptions.documents import NOT_EXERCISES
from prescriptions.findings import today_of
from prescriptions.models import Phase, PrescribedExercise, Program
from prescriptions.programs import PhaseDraft, create_program
from prescriptions.progression import versions_of

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

# Printed until somebody gives it another
FIRST_TITLE = "Home exercises"
FINDING = "admin/prescriptions/program/_finding.html"
SIDE = "admin/prescriptions/program/build_side.html"
FACETS = ("regions", "category", "position", "stages", "equipment")
# Facet of the closed lists -> filter of the API
FILTERS = {"regions": "region", "stages": "stage"}


class BuilderPages(Page):
    """The builder, and what it asks for after each save."""

    def builder_urls(self) -> list[URLPattern]:
        """Addresses of the builder."""
        chosen = path(
            "start/",
            self.admin_site.admin_view(self.chosen_view),
            name="prescriptions_program_start_chosen",
        )
        start = path(
            "start/<uuid:patient_id>/",
            self.admin_site.admin_view(self.start_view),
            name="prescriptions_program_start",
        )
        return [
            chosen,
            start,
            self.object_path("build", self.build_view),
            self.object_path("told", self.told_view),
            self.object_path("here", self.here_view),
        ]

    def chosen_view(self, request: HttpRequest) -> HttpResponse:
        """Start for the patient chosen in a form, or ask to choose one."""
        try:
            patient_id = UUID(request.POST.get("patient", ""))
        except ValueError:
            messages.info(request, "Choose a patient first.")
            return redirect("admin:index")
        return self.start_view(request, patient_id)

    def start_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponse:
        """Store an empty draft for the patient and open it in the builder."""
        if request.method != "POST" or not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        patient = get_object_or_404(Patient.objects.visible_to(actor), pk=patient_id)
        if patient.is_archived:
            told = f"{patient} is archived. Untick “Archived” first, then begin."
            messages.warning(request, told)
            return redirect("admin:clinic_patient_change", patient.pk)
        program = Program(
            clinic=actor.clinic,
            patient=patient,
            practitioner=actor.practitioner,
            title=FIRST_TITLE,
            start_date=today_of(actor.clinic),
        )
        create_program(program, [PhaseDraft()], by=actor)
        return redirect(self.url_of(program, "build"))

    def build_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the builder; the program itself comes from the API."""
        program: Program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        patient = program.patient
        flags = [tags.label(flag, "en") for flag in patient.flags]
        return self.page(
            request,
            "admin/prescriptions/program/build.html",
            f"Build “{program}”",
            program,
            patient=patient,
            flags=flags,
            age=age_on(timezone.localdate(), patient.date_of_birth),
            against={flag: tags.label(flag) for flag in tags.implied(patient.flags)},
            **ways_to_fill(program, required_actor(request)),
            start=self._start(program),
            facets=[
                (FILTERS.get(name, name), LABELS[name], tags.term_choices(name))
                for name in FACETS
            ],
            keep_url=(
                self.url_of(program, "keep")
                if self.may(request, Scope.TEMPLATES_WRITE)
                else ""
            ),
            may_issue=self.may(request, Scope.PROGRAMS_ISSUE),
            is_ended=program.is_closed,
            has_help="builder" not in first_help.closed_by(required_actor(request)),
        )

    def _start(self, program: Program) -> dict[str, Any]:
        """Return the addresses that the page talks to; nothing of the patient."""
        return {
            "id": str(program.pk),
            "program": reverse("program-detail", args=[program.pk]),
            "exercises": reverse("exercise-list"),
            "told": self.url_of(program, "told"),
            "here": self.url_of(program, "here"),
            "journal": reverse("session-journal"),
            "page": self.url_of(program, "build"),
            "fill": self.url_of(program, "fill"),
            "exercisePages": reverse("admin:exercises_exercise_changelist"),
            "zone": program.clinic.time_zone,
            "issue": self.url_of(program, "issue"),
            "preview": self.url_of(program, "preview"),
            "patient": str(program.patient_id),
            "stages": tags.term_choices("stages"),
        }

    def here_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell who else is here, the present version and whose it is; DELETE leaves.

        Asked every few seconds: no contents, so nothing to record as read.
        """
        program: Program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        if request.method == "DELETE":
            presence.leave(program.pk, actor)
            return HttpResponse(status=204)
        presence.arrive(program.pk, actor)
        return JsonResponse(
            {
                "others": presence.others(program.pk, actor),
                "version": program.version,
                "by": presence.changed_by(program, actor),
            }
        )

    def told_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Tell what the stored program comes to, for the rows and the side."""
        program: Program = self.object_or_404(request, object_id)
        actor = required_actor(request)
        loaded = Program.objects.visible_to(actor).with_contents().get(pk=program.pk)
        found = shown(program)
        lines = [line for phase in loaded.phases.all() for line in lines_of(phase)]
        swaps = versions_of(lines, by=actor)
        context: dict[str, Any] = {
            "shown": found,
            "phases": [_phase_told(phase) for phase in loaded.phases.all()],
            "count": len(lines),
            "minutes": longest_phase(loaded.phases.all()),
        }
        return JsonResponse(
            {
                "version": loaded.version,
                "side": render_to_string(SIDE, context),
                "open": len(found.open),
                "blocking": sum(one.needs_reason for one in found.all),
                "count": len(lines),
                "minutes": context["minutes"]["minutes"],
                "lines": {
                    str(line.pk): _line_told(
                        line, loaded, swaps, found.by_part.get(line.pk, ())
                    )
                    for line in lines
                },
            }
        )


LABELS = {
    "regions": "Region",
    "category": "Category",
    "position": "Position",
    "stages": "Stage",
    "equipment": "Equipment",
}


def lines_of(phase: Phase) -> list[PrescribedExercise]:
    return list(phase.exercises.all())


def _minutes(lines: Iterable[PrescribedExercise]) -> int:
    return round(sum(minutes_per_day(line.dosage) for line in lines))


def _phase_told(phase: Phase) -> dict[str, int]:
    lines = lines_of(phase)
    exercises = [one for one in lines if one.exercise.category not in NOT_EXERCISES]
    return {"minutes": _minutes(lines), "exercise_minutes": _minutes(exercises)}


def longest_phase(phases: Iterable[Phase]) -> dict[str, int]:
    """Return the minutes of the longest phase: phases follow each other."""
    told = [_phase_told(phase) for phase in phases]
    empty = {"minutes": 0, "exercise_minutes": 0}
    return max(told, key=lambda one: one["minutes"], default=empty)


def _swap(slug: str, swaps: Mapping[str, Exercise]) -> dict[str, str] | None:
    row = swaps.get(slug)
    return {"id": str(row.pk), "slug": row.slug, "name": row.name} if row else None


def _safer(
    line: PrescribedExercise,
    program: Program,
    swaps: Mapping[str, Exercise],
    findings: Iterable[ShownFinding],
) -> dict[str, str] | None:
    """Return the easier version where this one is blocked and the other suits."""
    easier = swaps.get(line.exercise.easier)
    is_blocked = any(one.needs_reason for one in findings)
    if not (easier and is_blocked):
        return None
    against = {*easier.contraindications, *easier.cautions}
    is_fit = against.isdisjoint(program.patient.flags)
    return _swap(easier.slug, swaps) if is_fit else None


def _line_told(
    line: PrescribedExercise,
    program: Program,
    swaps: Mapping[str, Exercise],
    findings: Iterable[ShownFinding],
) -> dict[str, Any]:
    findings = list(findings)
    drawn = [figure for figure in line.exercise.figures if figure.get("asset")]
    picture = drawn[min(1, len(drawn) - 1)] if drawn else None
    words = sentences(line.dosage, units=program.clinic.units)
    return {
        "exercise": str(line.exercise_id),
        "minutes": round(minutes_per_day(line.dosage), 1),
        "sentence": " ".join(words),
        "picture": (
            reverse("exercise-picture", args=[line.exercise_id, picture["asset"]])
            if picture
            else ""
        ),
        "easier": _swap(line.exercise.easier, swaps),
        "safer": _safer(line, program, swaps, findings),
        "harder": _swap(line.exercise.harder, swaps),
        "findings": "".join(
            render_to_string(FINDING, {"found": one}) for one in findings
        ),
    }
