"""Issuing: one page with all that is to be seen before, and the report by CERT."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html

from clinic import languages
from clinic.admin import ClinicModelAdmin, required_actor
from clinic.errors import DomainError, FieldError
from clinic.models import Patient
from clinic.models.plain import one_line
from clinic.roles import Scope
from exercises.readability import grade
from exercises.words import words_of
from prescriptions import cert, handouts, programs
from prescriptions.admin.building import lines_of, longest_phase
from prescriptions.admin.findings import Group, given_in, groups_of, shown
from prescriptions.admin.screening import day_field
from prescriptions.admin.steps import say
from prescriptions.answers import Given, OpenFindingsError
from prescriptions.documents import language_of
from prescriptions.handouts import NOTHING_GIVEN
from prescriptions.models import PrescribedExercise, Program

if TYPE_CHECKING:
    Page = ClinicModelAdmin
    ModelForm = forms.ModelForm[Program]
else:
    Page = object
    ModelForm = forms.ModelForm

# Of patients' texts; see the lint of the library
GRADE_WISHED = 6


class ShownForm(ModelForm):
    """What happened in the room, for the record and the handout."""

    class Meta:
        model = Program
        fields = ["shown_on", "is_shown_back"]

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["shown_on"] = day_field("Exercises shown on")
        self.fields["shown_on"].required = False
        self.fields["is_shown_back"].help_text = ""

    def clean_shown_on(self) -> Any:
        """Refuse a day to come."""
        day = self.cleaned_data["shown_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("This day is still to come.")
        return day


class CertForm(forms.Form):
    """A short text for each part of CERT that nothing else tells."""

    is_usual = forms.BooleanField(
        label="Keep these as this clinic's usual answers", required=False
    )

    def __init__(self, *args: Any, meter: cert.Meter, may_keep: bool, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if not may_keep:
            del self.fields["is_usual"]
        for part in meter.parts:
            if part.is_text:
                self.fields[f"part-{part.number}"] = forms.CharField(
                    label=f"{part.number} {part.asked}",
                    max_length=cert.LONGEST,
                    required=False,
                    validators=[one_line],
                    initial="" if part.is_usual else part.answer,
                    help_text=f"Usually: {part.answer}" if part.is_usual else "",
                )

    def texts(self) -> dict[str, str]:
        """Return the answers by part."""
        return {
            name.removeprefix("part-"): text
            for name, text in self.cleaned_data.items()
            if name.startswith("part-")
        }


@dataclass(frozen=True)
class Fact:
    """One line of what is to be seen before issuing."""

    name: str
    text: str
    is_fine: bool = True
    link: str = ""
    action: str = ""


class IssuingPages(Page):
    """The page that issues, mixed into the pages on programs."""

    def issuing_urls(self) -> list[URLPattern]:
        """Addresses of the pages."""
        return [
            self.object_path("issue", self.issue_view),
            self.object_path("cert", self.cert_view),
        ]

    def issue(
        self, request: HttpRequest, program: Program, given: Given = NOTHING_GIVEN
    ) -> None:
        """Issue a program that was just saved; raise while findings are open."""
        try:
            revision, is_new = handouts.issue_program(
                program, by=required_actor(request), given=given
            )
        except OpenFindingsError:
            raise
        except DomainError as error:
            say(request, error)
            messages.info(request, "The program is saved, and not issued.")
            return
        if is_new:
            told = (
                'Revision {} is issued. <a href="#make-handout">Make the handout</a> '
                'or <a href="{}">send the link</a>.'
            )
            text = format_html(told, revision.number, self.url_of(program, "send"))
            messages.success(request, text)
        else:
            told = f"Nothing has changed since revision {revision.number}."
            messages.info(request, told)

    def issue_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show all that matters before it goes out; issue with ticks and reasons."""
        program: Program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_ISSUE):
            raise PermissionDenied
        faults: Sequence[FieldError] = ()
        given = given_in(request.POST)
        form = ShownForm(request.POST or None, instance=program)
        if request.method == "POST" and form.is_valid():
            try:
                self._keep_shown(request, program, form)
                self.issue(request, program, given)
            except OpenFindingsError as error:
                faults = error.errors
            except DomainError as error:
                say(request, error)
            else:
                # The next thing to do has the focus there.
                return redirect(f"{self.url_of(program)}#make-handout")
        actor = required_actor(request)
        loaded = Program.objects.visible_to(actor).with_contents().get(pk=program.pk)
        found = shown(program)
        groups = groups_of(found, given)
        return self.page(
            request,
            "admin/prescriptions/program/issue.html",
            f"Review and issue “{program}”",
            program,
            shown=found,
            groups=groups,
            faults=_in_order(faults, groups),
            form=form,
            facts=facts_of(loaded),
            meter=cert.meter_of(loaded),
            may_override=actor.licensed,
        )

    def _keep_shown(
        self, request: HttpRequest, program: Program, form: ShownForm
    ) -> None:
        """Store what was said of the exercises being shown, if it was changed."""
        if not form.has_changed():
            return
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        programs.change_program(program, values, None, by=required_actor(request))
        program.refresh_from_db()

    def cert_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the parts of CERT that the program does not tell."""
        program: Program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        loaded = Program.objects.visible_to(actor).with_contents().get(pk=program.pk)
        meter = cert.meter_of(loaded)
        may_keep = self.may(request, Scope.CLINIC_MANAGE)
        form = CertForm(request.POST or None, meter=meter, may_keep=may_keep)
        if request.method == "POST" and form.is_valid():
            if form.cleaned_data.get("is_usual"):
                cert.answer_usually(program.clinic, form.texts(), by=actor)
            else:
                cert.answer(program, form.texts(), by=actor)
            messages.success(request, "The answers are saved.")
            return redirect(self.url_of(program, "issue"))
        return self.page(
            request,
            "admin/prescriptions/program/cert.html",
            f"Report of “{program}” by CERT",
            program,
            form=form,
            meter=meter,
        )


def _in_order(
    faults: Sequence[FieldError], groups: Sequence[Group]
) -> list[tuple[str, str]]:
    """Return what still waits, with its rule; the same words of two places once."""
    found = [(_rule_of(fault, groups), fault.detail) for fault in faults]
    return list(dict.fromkeys(found))


def _rule_of(fault: FieldError, groups: Sequence[Group]) -> str:
    """Return the code of the rule that still waits, where the page answers it."""
    for group in groups:
        for one in group.findings:
            is_named = fault.detail.startswith(one.finding.message)
            if fault.pointer == one.finding.pointer and is_named:
                return group.code
    return ""


def facts_of(program: Program) -> list[Fact]:
    """Return what to look at before issuing; the program is loaded with contents."""
    lines = [line for phase in program.phases.all() for line in lines_of(phase)]
    minutes = longest_phase(program.phases.all())
    walking = minutes["minutes"] - minutes["exercise_minutes"]
    language = language_of(program)
    told = f"{minutes['exercise_minutes']} minutes a day"
    return [
        Fact("Exercises", str(len(lines)), is_fine=bool(lines)),
        Fact("Time", f"{told}, and {walking} of walking or rest" if walking else told),
        Fact("Language", languages.name(language)),
        _screening(program.patient),
        _reading(program, lines, language),
        _pictures(lines),
        Fact(
            "Ends",
            f"{program.end_date:%b %-d, %Y}" if program.end_date else "No end date",
            is_fine=program.end_date is not None,
        ),
    ]


def _screening(patient: Patient) -> Fact:
    last = patient.screenings.order_by("-answered_on").first()
    link = reverse("admin:prescriptions_program_screening", args=[patient.pk])
    if last is None:
        return Fact("Warning signs", "Not asked yet", False, link, "Ask now")
    return Fact("Warning signs", f"Asked on {last.answered_on:%b %-d, %Y}", True, link)


def _reading(
    program: Program, lines: Sequence[PrescribedExercise], language: str
) -> Fact:
    """Return the hardest text by school grade; English alone has a formula."""
    wanted = [(line.exercise, line.exercise_version) for line in lines]
    words = words_of(wanted, language, program.clinic).values()
    graded = [
        (level, one.name)
        for one in words
        if (level := grade((one.start, *one.steps, one.feel), one.language)) is not None
    ]
    if not graded:
        return Fact("Reading", "No formula for this language")
    level, name = max(graded)
    told = f"Grade {max(level, 1):.0f} at most ({name})"
    return Fact("Reading", told, is_fine=level <= GRADE_WISHED)


def _pictures(lines: Sequence[PrescribedExercise]) -> Fact:
    bare = [line.exercise.name for line in lines if not line.exercise.figures]
    if not bare:
        return Fact("Pictures", "Every exercise has one")
    return Fact("Pictures", f"None of: {', '.join(bare)}", is_fine=False)
