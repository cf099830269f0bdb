"""The page on a program."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.safestring import SafeString

from clinic.admin import (
    ActorForm,
    ClinicModelAdmin,
    Nav,
    Tool,
    UsefulFirst,
    badge,
    by_day,
    day,
    required_actor,
    when,
)
from clinic.models import Patient
from clinic.roles import Scope
from prescriptions import following
from prescriptions.admin.batches import make_many
from prescriptions.admin.building import BuilderPages
from prescriptions.admin.closing import ClosingPages
from prescriptions.admin.diaries import DiaryPages
from prescriptions.admin.filling import FillPages
from prescriptions.admin.findings import shown
from prescriptions.admin.given_side import LinkPages, given_to_patient
from prescriptions.admin.issuing import IssuingPages
from prescriptions.admin.keeping import KeepingPages
from prescriptions.admin.lines import LineInline, LineRows, PhaseInline, PhaseRows
from prescriptions.admin.paper import PaperPages
from prescriptions.admin.patients import PatientPages
from prescriptions.admin.rights import RightsPages
from prescriptions.admin.screening import ScreeningPages
from prescriptions.admin.sending import SendingPages
from prescriptions.admin.steps import ProgramSteps
from prescriptions.answers import OpenFindingsError
from prescriptions.models import Phase, Program

STATES = {
    Program.Status.DRAFT: ("info", "pencil"),
    Program.Status.ACTIVE: ("ok", "check"),
    Program.Status.ENDED: ("", "lock"),
    Program.Status.VOID: ("block", "x"),
}


class ProgramForm(ActorForm):
    """A program; its version counts the edits of its parts too."""

    def clean_patient(self) -> Patient:
        """Refuse to give a program to somebody who is not under care."""
        patient: Patient = self.cleaned_data["patient"]
        if patient.is_archived and patient.pk != self.initial.get("patient"):
            message = f"{patient} is archived. Bring the patient back first."
            raise ValidationError(message)
        return patient

    def clean(self) -> dict[str, Any]:
        """Refuse what was closed meanwhile, with the typing kept."""
        if not self.instance._state.adding:
            self._refuse_closed()
        return super().clean()

    def state_of(self, row: QuerySet[Any]) -> Any:
        """Return the version: issuing and ending are no edits."""
        return list(row.values("version"))

    def _refuse_closed(self) -> None:
        """Look under a lock, so that nobody closes the program before it is saved."""
        rows = Program.objects.visible_to(self.actor).select_for_update()
        stored = rows.only("status").get(pk=self.instance.pk)
        if stored.is_closed:
            message = f"{stored.why_closed} Copy it to go on."
            raise ValidationError(message, code=f"program_{stored.status}")


class StatusFilter(UsefulFirst):
    """Programs in work unless asked otherwise."""

    title, parameter_name = "Status", "status"
    first = "Active and drafts"
    others = [*Program.Status.choices, ("soon", "Ending soon"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Filter."""
        if self.value() == "all":
            return queryset
        if self.value() == "soon":
            return queryset.ending_soon()
        if self.value():
            return queryset.filter(status=self.value())
        return queryset.not_closed()


class FollowUpFilter(admin.SimpleListFilter):
    """Patients to ask how it goes."""

    title, parameter_name = "Follow up", "follow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The reasons."""
        return following.Reason.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() not in following.Reason.values:
            return None
        found = following.to_follow_up(required_actor(request), str(self.value()))
        return queryset.filter(pk__in=found.values("pk"))


class MineFilter(admin.SimpleListFilter):
    """Whose programs."""

    title, parameter_name = "Practitioner", "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One's own."""
        return [("me", "Mine")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() != "me":
            return None
        return queryset.filter(practitioner=required_actor(request).practitioner_id)


@admin.register(Program)
class ProgramAdmin(
    DiaryPages,
    PaperPages,
    SendingPages,
    ProgramSteps,
    IssuingPages,
    ClosingPages,
    BuilderPages,
    FillPages,
    ScreeningPages,
    KeepingPages,
    PatientPages,
    RightsPages,
    LinkPages,
    ClinicModelAdmin,
):
    """Programs of the clinic."""

    read_scope, write_scope = Scope.PROGRAMS_READ, Scope.PROGRAMS_WRITE
    nav = Nav("", 2, "clipboard-list")
    records_views = True
    form = ProgramForm
    inlines = [PhaseInline, LineInline]
    actions = [make_many]
    lead = "Drafts and active programs. Ended ones are one filter away."
    empty = (
        "No drafts and no active programs. Choose a patient on Today, or begin with a "
        "template: a program from a template is ready in a few clicks."
    )
    list_display = [
        "patient",
        "title",
        "state",
        "review",
        "ends",
        "practitioner",
        "changed",
    ]
    list_display_links = ["patient", "title"]
    list_select_related = ["patient", "practitioner"]
    list_filter = [
        StatusFilter,
        FollowUpFilter,
        MineFilter,
        ("review_date", by_day("Review")),
    ]
    search_fields = ["patient__name", "patient__number", "title"]
    search_help_text = "Patient, clinic number or title"
    ordering = ["-updated_at", "id"]
    autocomplete_fields = ["patient"]
    fieldsets = [
        (
            None,
            {"fields": [("patient", "title"), "goal"]},
        ),
        (
            "Dates and person",
            {
                "fields": [
                    ("practitioner", "start_date", "review_date", "end_date"),
                    ("shown_on", "is_shown_back"),
                ]
            },
        ),
        (
            "For the team, not printed",
            {
                "fields": [("reason", "directional_preference"), "practitioner_notes"],
                "classes": ["collapse"],
            },
        ),
    ]

    @admin.display(description="Status", ordering="status")
    def state(self, program: Program) -> SafeString:
        """State as a badge."""
        tone, icon = STATES[Program.Status(program.status)]
        return badge(tone, icon, program.get_status_display())

    @admin.display(description="Changed", ordering="updated_at")
    def changed(self, program: Program) -> str:
        """When it was last changed."""
        return when(program.updated_at)

    @admin.display(description="Review", ordering="review_date")
    def review(self, program: Program) -> str:
        """When it is looked at again."""
        return day(program.review_date)

    @admin.display(description="Ends", ordering="end_date")
    def ends(self, program: Program) -> str:
        """Its last day."""
        return day(program.end_date)

    # Rights and choices

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write, until the program is closed.

        A form that was sent is answered by the form, which keeps the typing.
        """
        is_closed = bool(obj and obj.is_closed) and request.method != "POST"
        return super().has_change_permission(request, obj) and not is_closed

    def get_actions(self, request: HttpRequest) -> Any:
        """What may be done with many programs; nothing for who makes no handouts."""
        may = self.may(request, Scope.HANDOUTS_WRITE)
        return super().get_actions(request) if may else {}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the patient of the address and with oneself."""
        actor = required_actor(request)
        initial: dict[str, Any] = {"practitioner": actor.practitioner_id}
        wished = request.GET.get("patient", "")
        page = self.admin_site.get_model_admin(Patient)
        if wished and (patient := page.get_object(request, wished)):
            initial["patient"] = patient.pk
        return initial

    # Saving

    def _create_formsets(self, request: Any, obj: Any, change: bool) -> Any:
        """Let the exercises know which phases there are."""
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        phases = next(rows for rows in formsets if isinstance(rows, PhaseRows))
        for rows in formsets:
            if isinstance(rows, LineRows):
                rows.phases = phases
        return formsets, inlines

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Write the columns of the form alone: the status may have moved meanwhile."""
        if not change:
            obj.save()
            return
        columns = {field.name for field in obj._meta.concrete_fields if field.editable}
        obj.save(update_fields=[*(columns & set(form.changed_data)), "updated_at"])

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: bool
    ) -> None:
        """Store phases, one at least, then the exercises in them."""
        if isinstance(formset, LineRows):
            formset.write(form.instance)
            return
        super().save_formset(request, form, formset, change)
        if not form.instance.phases.exists():
            Phase.objects.create(program=form.instance)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Count the edit."""
        super().save_related(request, form, formsets, change)
        edited = [part for part in (form, *formsets) if part.has_changed()]
        if change and edited:
            form.instance.touch()

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay on the page."""
        return self.response_change(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Stay on the page; "Issue to patient" goes on where saving ended."""
        if "_issue" in request.POST:
            try:
                self.issue(request, obj)
            except OpenFindingsError:
                messages.info(request, f"{obj} is saved. Look at this before issuing.")
                return HttpResponseRedirect(self.url_of(obj, "issue"))
        else:
            messages.success(request, f"{obj} is saved.")
        if "_save" in request.POST:
            return self.response_post_save_change(request, obj)
        place = "#make-handout" if "_issue" in request.POST else ""
        return HttpResponseRedirect(self.url_of(obj) + place)

    # The page

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Build, keep, copy, close."""
        if not self.may(request, self.write_scope):
            return []
        copy = Tool("Copy", "copy", self.url_of(obj, "copy"), is_post=False)
        keep = self.keeping_tool(request, obj)
        written = Tool(
            "Diary", "clipboard-list", self.url_of(obj, "diary"), is_post=False
        )
        rest = [*keep, written, copy, *self.closing_tools(request, obj)]
        if obj.is_closed:
            return rest
        build = Tool("Build", "dumbbell", self.url_of(obj, "build"), is_post=False)
        return [build, *rest]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add what the patient has been given, and the button to issue."""
        if obj := kwargs.get("obj"):
            context["side"] = given_to_patient(request, obj)
            context["shown"] = found = shown(obj)
            for inline in context["inline_admin_formsets"]:
                for form in inline.formset.forms:
                    form.findings = found.by_part.get(form.instance.pk, ())
            context["state"] = self.state(obj)
        context["may_issue"] = self.may(request, Scope.PROGRAMS_ISSUE)
        context["may_make"] = self.may(request, Scope.HANDOUTS_WRITE)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the steps of a program."""
        own = [
            *self.step_urls(),
            *self.issuing_urls(),
            *self.closing_urls(),
            *self.builder_urls(),
            *self.fill_urls(),
            *self.screening_urls(),
            *self.keeping_urls(),
            *self.patient_urls(),
            *self.rights_urls(),
            *self.diary_urls(),
            *self.paper_urls(),
            *self.sending_urls(),
            *self.link_urls(),
        ]
        return [*own, *super().get_urls()]
