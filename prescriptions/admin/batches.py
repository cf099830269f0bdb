"""Pages on bulk jobs: start one, watch it, take its file."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from clinic.admin import (
    Nav,
    ReadOnlyAdmin,
    badge,
    by_day,
    required_actor,
    titled,
    when,
)
from clinic.errors import DomainError
from clinic.models import Membership
from clinic.roles import Scope
from prescriptions import batches, downloads
from prescriptions.admin.given import POLL_SECONDS
from prescriptions.admin.printing import OptionsForm
from prescriptions.admin.steps import say
from prescriptions.documents import CHOICES, OPTION_NAMES, default_options
from prescriptions.models import Batch, Program

LOOKS = {
    Batch.Status.RUNNING: ("info", "refresh-cw"),
    Batch.Status.DONE: ("ok", "check"),
    Batch.Status.CANCELLED: ("", "lock"),
}
# Items of a batch page that need somebody; the rest is counted
MOST_SHOWN = 200


class StartForm(OptionsForm):
    """Which handouts to make, and how."""

    programs = forms.CharField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label="What",
        choices=[
            (Batch.Kind.HANDOUTS, "Print what was issued"),
            (Batch.Kind.REISSUE, "Issue again, then print"),
        ],
        widget=forms.RadioSelect,
        initial=Batch.Kind.HANDOUTS,
        help_text="Issue again after the clinic's phone number, texts or library "
        "changed. A program in which nothing changed keeps its revision.",
    )
    size = forms.ChoiceField(
        choices=[("", "As suits each patient's age"), *CHOICES["size"]],
        required=False,
        label="Type",
    )
    signer = forms.ModelChoiceField(
        queryset=Membership.objects.none(),
        required=False,
        label="Signed by",
        help_text="Answers for what is issued again.",
    )

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.visible_to(actor).filter(is_active=True)
        self._may_issue = actor.can(Scope.PROGRAMS_ISSUE)
        usual = default_options(paper=actor.clinic.paper)
        for name in OPTION_NAMES:
            if name != "size":
                self.fields[name].initial = getattr(usual, name)
        signer: Any = self.fields["signer"]
        signer.queryset = members.filter(pk=actor.pk).select_related("practitioner")
        signer.initial = actor.pk
        if not self._may_issue:
            kind: Any = self.fields["kind"]
            kind.choices = kind.choices[:1]
            del self.fields["signer"]

    def looks(self) -> list[forms.BoundField]:
        """The fields on how a handout looks."""
        return [self[name] for name in OPTION_NAMES]

    def clean_programs(self) -> list[UUID]:
        """Return the ids; the page itself wrote them."""
        try:
            return [UUID(text) for text in self.cleaned_data["programs"].split()]
        except ValueError as error:
            message = "Choose the programs again."
            raise forms.ValidationError(message) from error


def start_page(request: HttpRequest, site: Any, form: StartForm, count: int) -> Any:
    """Return the page that asks what to do with the chosen programs."""
    opts = Batch._meta
    context = {
        **site.each_context(request),
        "title": f"Make {count} handout{'' if count == 1 else 's'}",
        "opts": opts,
        "form": form,
        "adminform": {"form": form},
        "count": count,
        "most": batches.MAX_PROGRAMS,
        "list_url": reverse("admin:prescriptions_program_changelist"),
        "start_url": reverse("admin:prescriptions_batch_start"),
    }
    return TemplateResponse(request, "admin/prescriptions/batch/start.html", context)


@admin.action(description="Make handouts for the selected programs")
def make_many(
    page: Any, request: HttpRequest, queryset: QuerySet[Program]
) -> HttpResponse:
    """Ask what to make of the programs chosen in their list."""
    ids = [str(pk) for pk in queryset.order_by().values_list("pk", flat=True)]
    initial = {"programs": " ".join(ids)}
    form = StartForm(actor=required_actor(request), initial=initial)
    answer: HttpResponse = start_page(request, page.admin_site, form, len(ids))
    return answer


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Bulk jobs, latest first."""

    read_scope = Scope.HANDOUTS_READ
    nav = Nav("", 5, "printer", "Batches")
    lead = "Many handouts at once. Choose programs in their list to start one."
    plural = "batches"
    empty = (
        "No batches yet. Tick programs in their list, then choose “Make handouts for "
        "the selected programs”: all of them come as one file to print or to save."
    )
    list_display = ["started", "kind", "state", "counts", "by"]
    list_filter = [("status", titled("State")), ("created_at", by_day("Started"))]
    list_select_related = ["started_by", "api_key"]
    change_form_template = "admin/prescriptions/batch/change_form.html"
    fields = [("kind", "started_by", "signer"), ("created_at", "finished_at")]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count the items of all shown batches in one query."""
        found = super().get_changelist_instance(request)
        self._counts = batches.progress_of(list(found.result_list))
        return found

    @admin.display(description="Started", ordering="created_at")
    def started(self, batch: Batch) -> str:
        """When."""
        return when(batch.created_at)

    @admin.display(description="By")
    def by(self, batch: Batch) -> str:
        """Who started it."""
        return str(batch.started_by or batch.api_key or "")

    @admin.display(description="State", ordering="status")
    def state(self, batch: Batch) -> SafeString:
        """State as a badge."""
        tone, icon = LOOKS[Batch.Status(batch.status)]
        return badge(tone, icon, batch.get_status_display())

    @admin.display(description="Handouts")
    def counts(self, batch: Batch) -> str:
        """How far it is."""
        counts = self._counts[batch.pk]
        told = f"{counts.ready} of {counts.total} ready"
        unmade = counts.failed + counts.left_out
        return f"{told}, {unmade} not made" if unmade else told

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show progress, what needs somebody, and the buttons."""
        if batch := kwargs.get("obj"):
            batches.settle(batch)
            batch.refresh_from_db()
            counts = batches.progress(batch)
            context |= {
                "batch": batch,
                "look": self.state(batch),
                "progress": counts,
                "unmade": batches.unmade_items(batch)[:MOST_SHOWN],
                "may_make": self.may(request, Scope.HANDOUTS_WRITE),
                "file_kinds": Batch.FileKind.choices,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # Steps

    def get_urls(self) -> list[URLPattern]:
        """Add the steps of a batch."""
        views = {
            "state": self.state_view,
            "cancel": self.cancel_view,
            "retry": self.retry_view,
            "file": self.file_view,
        }
        start = path(
            "start/",
            self.admin_site.admin_view(self.start_view),
            name="prescriptions_batch_start",
        )
        steps = [self.object_path(route, view) for route, view in views.items()]
        return [start, *steps, *super().get_urls()]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Start a batch, or show again what is wrong with the form."""
        actor = required_actor(request)
        if request.method != "POST" or not self.may(request, Scope.HANDOUTS_WRITE):
            raise PermissionDenied
        form = StartForm(request.POST, actor=actor)
        if form.is_valid():
            values = form.cleaned_data
            try:
                batch = batches.start_batch(
                    values["programs"],
                    kind=values["kind"],
                    options=form.chosen(),
                    by=actor,
                    signer=values.get("signer"),
                )
            except DomainError as error:
                say(request, error)
            else:
                return redirect(self.url_of(batch))
        count = len(request.POST.get("programs", "").split())
        answer: HttpResponse = start_page(request, self.admin_site, form, count)
        return answer

    def _batch(self, request: HttpRequest, object_id: str) -> Batch:
        batch: Batch = self.object_or_404(request, object_id)
        if not self.may(request, Scope.HANDOUTS_READ):
            raise PermissionDenied
        return batch

    def state_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Tell a page that waits how far it is."""
        batch = self._batch(request, object_id)
        batches.settle(batch)
        batch.refresh_from_db()
        counts = batches.progress(batch)
        is_final = (
            batch.status != Batch.Status.RUNNING
            and batch.file_status != Batch.FileStatus.WAITING
        )
        state = counts.__dict__ | {
            "settled": counts.settled,
            "total": counts.total,
            "is_final": is_final,
        }
        headers = {} if is_final else {"Retry-After": POLL_SECONDS}
        return JsonResponse(state, headers=headers)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it."""
        return self._step(request, object_id, batches.cancel_batch)

    def retry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Try again what was not made."""
        return self._step(request, object_id, batches.retry_batch)

    def file_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Ask for the one file (POST), or save it."""
        if request.method == "POST":
            kind = request.POST.get("kind", "")
            if kind not in Batch.FileKind:
                raise PermissionDenied
            return self._step(request, object_id, batches.request_file, kind=kind)
        batch = self._batch(request, object_id)
        try:
            stream = batches.open_file(batch, by=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(self.url_of(batch))
        return downloads.batch_file_response(batch, stream)

    def _step(
        self, request: HttpRequest, object_id: str, step: Any, **values: Any
    ) -> HttpResponse:
        batch = self._batch(request, object_id)
        if request.method != "POST":
            raise PermissionDenied
        try:
            step(batch, by=required_actor(request), **values)
        except DomainError as error:
            say(request, error)
        return redirect(self.url_of(batch))
