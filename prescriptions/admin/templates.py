"""Pages on program templates: cards to start from, and a clinic's own to change."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from clinic.admin import (
    ActorForm,
    ClinicInline,
    ClinicModelAdmin,
    Nav,
    NumbersField,
    ScopedSelect,
    TermsField,
    Tool,
    choices_of,
    required_actor,
)
from clinic.errors import DomainError
from clinic.models import Actor, Patient
from clinic.roles import Scope
from exercises import tags
from exercises.admin.leaflets import UseFilter
from exercises.admin.shared import OriginFilter, SharedPages
from exercises.dosage import minutes_per_day, summary
from exercises.models import Leaflet
from exercises.shared_rows import free_slug
from prescriptions import catalog
from prescriptions.admin.lines import stage_field
from prescriptions.admin.steps import say
from prescriptions.admin.template_phases import count_edit, exercise_choices
from prescriptions.models import (
    Program,
    ProgramTemplate,
    TemplatePhase,
)
from prescriptions.templates import apply_template

# What is shown of a shared template
SHOWN = ["goal", "leaflet_words", "review_words", "note"]


def leaflet_choices(actor: Actor) -> list[tuple[str, str]]:
    """Return slug and English title of the leaflets that a program can hold."""
    rows = Leaflet.objects.visible_to(actor).published()
    # English comes last and wins, whatever other languages there are
    titles = dict(rows.order_by("-language").values_list("slug", "title"))
    return sorted(titles.items(), key=lambda pair: pair[1].casefold())


@dataclass(frozen=True)
class PhaseCard:
    """A phase on a card: what it is called, how long, how much."""

    title: str
    days: int | None
    count: int
    minutes: int

    @property
    def length(self) -> str:
        """The length in words."""
        if self.days is None:
            return "open end"
        if self.days % 7 == 0:
            weeks = self.days // 7
            return "1 week" if weeks == 1 else f"{weeks} weeks"
        return "1 day" if self.days == 1 else f"{self.days} days"


def phase_cards(template: ProgramTemplate) -> list[PhaseCard]:
    """Return the phases of a template as its card shows them."""
    cards = []
    for phase in template.phases.all():
        lines = list(phase.exercises.all())
        minutes = round(sum(minutes_per_day(line.dosage) for line in lines))
        cards.append(PhaseCard(str(phase), phase.days, len(lines), minutes))
    return cards


class StageFilter(admin.SimpleListFilter):
    """By stage."""

    title, parameter_name = "Stage", "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All stages."""
        return tags.term_choices("stages")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(stage=self.value()) if self.value() else None


class TemplateForm(ActorForm):
    """A template; texts are the patient's, in English, with Spanish beside them."""

    stage = forms.ChoiceField(choices=partial(tags.term_choices, "stages"))
    leaflets = TermsField(list)
    review_after_days = NumbersField(
        label="Review after (days)", help_text="Counted from the start: 3, 14"
    )
    name_es = forms.CharField(label="Name in Spanish", required=False, max_length=120)
    goal_es = forms.CharField(
        label="Goal in Spanish",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    class Meta:
        model = ProgramTemplate
        fields = ["name", "stage", "goal", "note", "leaflets", "visibility"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = self.instance.words.get("es", {})
        for name in ("name", "goal"):
            self.initial[f"{name}_es"] = words.get(name, "")
        if "leaflets" in self.fields and self.actor:
            field: Any = self.fields["leaflets"]
            field.choices = leaflet_choices(self.actor)

    def clean_review_after_days(self) -> list[int]:
        """Refuse days that come before the start."""
        days: list[int] = self.cleaned_data["review_after_days"]
        if any(not 0 < day <= 730 for day in days):
            raise ValidationError("Give days from 1 to 730.")
        return days

    def clean(self) -> dict[str, Any]:
        """Put the Spanish words into their column."""
        given = super().clean() or {}
        words = {name: given.get(f"{name}_es", "").strip() for name in ("name", "goal")}
        self.instance.words = {**self.instance.words, "es": words}
        return given


class PhaseInline(ClinicInline):
    """Phases of the clinic's own template."""

    model = TemplatePhase
    read_scope, write_scope = Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE
    verbose_name = "phase"
    max_num = 12
    fields = [("position", "title", "stage", "days"), "criterion"]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Stages to choose from; short numbers."""
        if db_field.name == "stage":
            return stage_field()
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "position":
            field.label = "Number"
        if db_field.name in {"position", "days"}:
            field.widget.attrs |= {"class": "short", "min": 1}
        if db_field.name == "days":
            field.help_text = "Empty: open end"
        return field


@admin.register(ProgramTemplate)
class ProgramTemplateAdmin(SharedPages, ClinicModelAdmin):
    """What a program can start from."""

    read_scope, write_scope = Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE
    nav = Nav("Library", 3, "copy", "Templates")
    noun, plural = "template", "templates"
    form = TemplateForm
    inlines = [PhaseInline]
    lead = "Programs to start from. What was started stays as it is when one changes."
    change_list_template = "admin/prescriptions/template/list.html"
    change_form_template = "admin/prescriptions/template/change_form.html"
    list_display = ["name"]
    list_filter = [StageFilter, OriginFilter, UseFilter]
    search_fields = ["name", "goal", "note"]
    search_help_text = "Words of a template"
    list_per_page = 60
    fieldsets = [
        (
            "Template",
            {"fields": [("name", "stage"), "goal", ("name_es",), "goal_es"]},
        ),
        ("With it", {"fields": ["leaflets", "review_after_days"]}),
        (
            "For the practitioner, not printed",
            {"fields": ["note", ("visibility", "is_archived")]},
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A shared template is read in words, and changed once it is one's own."""
        if obj is None or not obj.is_shared:
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": SHOWN})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The words of a shared template."""
        return SHOWN if obj and obj.is_shared else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Phases are changed in the clinic's own template alone."""
        return [] if obj and obj.is_shared else self.inlines

    @admin.display(description="Leaflets")
    def leaflet_words(self, template: ProgramTemplate) -> str:
        """The titles of the leaflets."""
        rows = Leaflet.objects.shared().filter(language="en")
        titles = dict(rows.values_list("slug", "title"))
        return ", ".join(titles.get(slug, slug) for slug in template.leaflets)

    @admin.display(description="Review")
    def review_words(self, template: ProgramTemplate) -> str:
        """The days of review."""
        days = ", ".join(str(day) for day in template.review_after_days)
        return f"After {days} days" if days else ""

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own template."""
        return catalog.own_template(row, actor)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Templates with phases and lines."""
        rows: Any = super().get_queryset(request)
        found: QuerySet[Any] = rows.with_contents()
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write, the clinic's own: a shared one is copied first."""
        may = super().has_change_permission(request, obj)
        return may and not (obj and obj.is_shared)

    def get_urls(self) -> list[URLPattern]:
        """Add starting a program, and making the clinic's own."""
        return [
            self.object_path("apply", self.apply_view),
            self.step_path("own", self.own_view),
            *super().get_urls(),
        ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Keep the patient for whom somebody chooses out of the filters."""
        query = request.GET.copy()
        query.pop("patient", None)
        request.GET = query  # type: ignore[assignment]
        return super().get_changelist_instance(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show cards; for one patient each starts a program at once."""
        patient = self._patient(request, request.GET.get("patient", ""))
        answer = super().changelist_view(
            request, (extra_context or {}) | {"patient": patient}
        )
        context = getattr(answer, "context_data", None) or {}
        if found := context.get("cl"):
            context["cards"] = [
                (one, phase_cards(one), self.origin(one), tags.label(one.stage))
                for one in found.result_list
            ]
            context["may_start"] = self.may(request, Scope.PROGRAMS_WRITE)
        return answer

    def _patient(self, request: HttpRequest, wished: str) -> Patient | None:
        page = self.admin_site.get_model_admin(Patient)
        found = page.get_object(request, wished) if wished else None
        return found if isinstance(found, Patient) else None

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Start a program, and make the template one's own."""
        found = []
        if self.may(request, Scope.PROGRAMS_WRITE) and not obj.is_archived:
            url = self.url_of(obj, "apply")
            found.append(Tool("Start a program", "plus", url, is_post=False))
        if self.may(request, self.write_scope) and obj.is_shared:
            found.append(
                Tool("Change it for our clinic", "pencil", self.url_of(obj, "own"))
            )
        return found

    def own_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the clinic's own template, and go on with it."""
        template = self.object_or_404(request, object_id)
        self.refuse_readers(request)
        own = self.own(template, required_actor(request))
        messages.success(request, "This is your clinic's own template now.")
        return redirect(self.url_of(own))

    def apply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a program for a patient from a template."""
        template = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        form = StartForm(request.POST or None, site=self.admin_site, actor=actor)
        if request.method == "POST" and form.is_valid():
            patient = form.cleaned_data["patient"]
            try:
                program = apply_template(template, patient, by=actor)
            except DomainError as error:
                say(request, error)
            else:
                messages.success(request, f"A draft for {patient} from {template}.")
                url = reverse("admin:prescriptions_program_build", args=[program.pk])
                return redirect(url)
        title, media = f"Start from “{template}”", self.media + form.media
        path = "admin/prescriptions/template/start.html"
        return self.page(request, path, title, template, form=form, media=media)

    # Saving and showing

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; what is new belongs to the clinic and to who made it."""
        if not change:
            obj.slug = free_slug(obj.name, ProgramTemplate, obj.clinic_id)
            obj.owner = required_actor(request).practitioner
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Count an edit of the phases; there is one phase at least."""
        super().save_related(request, form, formsets, change)
        template = form.instance
        if not template.phases.exists():
            TemplatePhase.objects.create(template=template, stage=template.stage)
        if change and any(rows.has_changed() for rows in formsets):
            count_edit(template, required_actor(request))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Stay on the page: exercises come next."""
        messages.success(request, f"{obj} is saved. Now put exercises into its phases.")
        return HttpResponseRedirect(self.url_of(obj))

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add the phases with their exercises."""
        if obj := kwargs.get("obj"):
            context["origin"] = self.origin(obj)
            context["phases"] = self._phases(request, obj)
            context["sources"] = self.source_titles(obj)
            context["stage_word"] = tags.label(obj.stage)
        return super().render_change_form(request, context, *args, **kwargs)

    def _phases(self, request: HttpRequest, template: ProgramTemplate) -> Any:
        names = dict(exercise_choices(required_actor(request)))
        may_write = self.has_change_permission(request, template)
        return [
            {
                "card": card,
                "criterion": phase.criterion,
                "url": _phase_url(phase) if may_write else "",
                "lines": [
                    (
                        names.get(line.exercise_slug, line.exercise_slug),
                        summary(line.dosage),
                        line.note,
                    )
                    for line in phase.exercises.all()
                ],
            }
            for card, phase in zip(
                phase_cards(template), template.phases.all(), strict=True
            )
        ]


def _phase_url(phase: TemplatePhase) -> str:
    return reverse("admin:prescriptions_templatephase_change", args=[phase.pk])


class StartForm(forms.Form):
    """For whom to start a program."""

    patient = forms.ModelChoiceField(queryset=Patient.objects.none())

    def __init__(self, *args: Any, site: Any, actor: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.widget = ScopedSelect(Program._meta.get_field("patient"), site)
        field.queryset = choices_of(Patient, actor).filter(is_archived=False)
