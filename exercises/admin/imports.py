"""Pages on imports: upload, look at the dry run, apply; and the clinic's own bundle."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from clinic.admin import Nav, ReadOnlyAdmin, badge, by_day, required_actor, when
from clinic.audit import record
from clinic.errors import DomainError
from clinic.roles import Scope
from exercises import imports
from exercises.exporting import with_parts, write_bundle
from exercises.importers import LABELS
from exercises.models import Exercise, ImportLine, ImportRun

POLL_SECONDS = 1
ON_A_PAGE = 50
LOOKS = {
    ImportRun.Status.WAITING: ("info", "refresh-cw", "In work"),
    ImportRun.Status.RUNNING: ("info", "refresh-cw", "In work"),
    ImportRun.Status.DONE: ("ok", "check", "Imported"),
    ImportRun.Status.FAILED: ("bad", "octagon-alert", "Failed"),
    ImportRun.Status.CANCELLED: ("", "lock", "Cancelled"),
}


class UploadForm(forms.Form):
    """A file, what it is, and how careful to be."""

    file = forms.FileField(
        help_text="ZIP, JSON or CSV, at most 50 MB. Pictures come inside a ZIP."
    )
    format = forms.ChoiceField(
        label="It comes from", choices=list(LABELS.items()), widget=forms.RadioSelect
    )
    overwrite = forms.BooleanField(
        required=False, label="Write over what was changed here since an earlier import"
    )
    unlicensed_pictures = forms.BooleanField(
        required=False,
        label="Also take pictures of which the file tells no licence",
        help_text="Only if you may use them: your clinic answers for that.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Imports of the clinic, latest first."""

    read_scope = Scope.EXERCISES_WRITE
    nav = Nav("Library", 8, "download", "Import and export")
    lead = (
        "Collections of exercises from files. A dry run shows first what would happen."
    )
    empty = (
        "No imports yet. Choose “Import a file”: the dry run lists what would be added "
        "and what is not understood, and changes nothing."
    )
    list_display = ["started", "format_word", "state", "counts", "started_by"]
    list_filter = [("created_at", by_day("Started"))]
    list_select_related = ["started_by"]
    change_list_template = "admin/exercises/imports.html"
    change_form_template = "admin/exercises/import_run.html"
    fields = [("format", "started_by")]

    @property
    def list_title(self) -> str:
        """What the list is called."""
        return "Import and export"

    @admin.display(description="Started", ordering="created_at")
    def started(self, run: ImportRun) -> str:
        """When."""
        return when(run.created_at)

    @admin.display(description="From", ordering="format")
    def format_word(self, run: ImportRun) -> str:
        """The format by its name."""
        return LABELS.get(run.format, run.format)

    @admin.display(description="State", ordering="status")
    def state(self, run: ImportRun) -> SafeString:
        """State as a badge; a finished dry run waits for somebody."""
        if run.status == ImportRun.Status.DONE and run.is_dry:
            return badge("warn", "eye", "To look at")
        return badge(*LOOKS[ImportRun.Status(run.status)])

    @admin.display(description="Exercises")
    def counts(self, run: ImportRun) -> str:
        """How far it is."""
        return f"{run.done} of {run.total}"

    # Pages

    def get_urls(self) -> list[URLPattern]:
        """Add the upload, the steps of a run, and the export."""
        views = {
            "state": self.state_view,
            "apply": self.apply_view,
            "cancel": self.cancel_view,
        }
        own = {"upload": self.upload_view, "export": self.export_view}
        return [
            *(
                path(
                    f"{route}/",
                    self.admin_site.admin_view(view),
                    name=f"exercises_importrun_{route}",
                )
                for route, view in own.items()
            ),
            *(self.object_path(route, view) for route, view in views.items()),
            *super().get_urls(),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file and begin its dry run; what is wrong is told at the field."""
        if not self.may(request, self.read_scope):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            try:
                content = values.pop("file").read(imports.MOST_UPLOAD + 1)
                by = required_actor(request)
                run = imports.start_import(content, by=by, **values)
            except DomainError as error:
                name = error.code if error.code in form.fields else None
                form.add_error(name, error.message)
            else:
                return redirect(self.url_of(run))
        context = {
            **self.admin_site.each_context(request),
            "title": "Import exercises",
            "list_title": self.list_title,
            "list_url": reverse("admin:exercises_importrun_changelist"),
            "opts": self.opts,
            "form": form,
            "adminform": {"form": form},
        }
        return TemplateResponse(request, "admin/exercises/upload.html", context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show progress, counts, and what becomes of each exercise."""
        if run := kwargs.get("obj"):
            lines = run.lines.all()
            chosen = request.GET.get("outcome", "")
            if chosen in ImportLine.Outcome:
                lines = lines.filter(outcome=chosen)
            counts = imports.counts_of(run)
            context |= {
                "run": run,
                "look": self.state(run),
                "format_word": self.format_word(run),
                "counts": [
                    (kind, kind.label, counts[kind]) for kind in ImportLine.Outcome
                ],
                "writes": counts["created"] + counts["updated"],
                "chosen": chosen,
                "page": Paginator(lines, ON_A_PAGE).get_page(request.GET.get("page")),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _run(self, request: HttpRequest, object_id: str) -> ImportRun:
        run: ImportRun = self.object_or_404(request, object_id)
        if not self.may(request, self.read_scope):
            raise PermissionDenied
        return run

    def state_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Tell a page that waits how far the run is."""
        run = self._run(request, object_id)
        state = imports.counts_of(run) | {
            "settled": run.done,
            "total": run.total,
            "is_final": run.is_final,
        }
        headers = {} if run.is_final else {"Retry-After": POLL_SECONDS}
        return JsonResponse(state, headers=headers)

    def apply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do for good what was shown."""
        return self._step(request, object_id, imports.apply_import)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it, or forget a dry run."""
        return self._step(request, object_id, imports.cancel_import)

    def _step(self, request: HttpRequest, object_id: str, step: Any) -> HttpResponse:
        run = self._run(request, object_id)
        if request.method != "POST":
            raise PermissionDenied
        try:
            step(run, by=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
        return redirect(self.url_of(run))

    def export_view(self, request: HttpRequest) -> FileResponse | HttpResponse:
        """Save the clinic's own exercises as one bundle."""
        if request.method != "POST" or not self.may(request, self.read_scope):
            raise PermissionDenied
        actor = required_actor(request)
        rows = Exercise.objects.visible_to(actor).filter(clinic=actor.clinic_id)
        stream = BytesIO()
        try:
            count = write_bundle(with_parts(rows), stream)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:exercises_importrun_changelist")
        if not count:
            told = (
                "Your clinic has no exercises of its own yet; there is nothing to save."
            )
            messages.info(request, told)
            return redirect("admin:exercises_importrun_changelist")
        record(actor, "exercises.exported", actor.clinic, count=count)
        stream.seek(0)
        response = FileResponse(stream, as_attachment=True, filename="exercises.zip")
        response["Cache-Control"] = "no-store"
        return response
