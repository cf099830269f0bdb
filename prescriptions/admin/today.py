"""The first page: what waits for a person today, in a constant number of queries."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from clinic import first_help
from clinic.admin import ScopedSelect, choices_of, required_actor
from clinic.models import ClinicText, Membership, Patient
from clinic.roles import Scope
from prescriptions.admin.diaries import alerts_of
from prescriptions.admin.given import state_of
from prescriptions.documents import LANGUAGE
from prescriptions.following import Reason, to_follow_up
from prescriptions.models import Handout, Program, Revision, Status

SHOWN = 5
SOON = timedelta(days=7)


class StartForm(forms.Form):
    """For whom to begin a program."""

    patient = forms.ModelChoiceField(queryset=Patient.objects.none())

    def __init__(self, *args: Any, actor: Membership, site: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.label = "New program for"
        field.widget = ScopedSelect(Program._meta.get_field("patient"), site)
        field.queryset = choices_of(Patient, actor)


@dataclass(frozen=True)
class Step:
    """One of the first steps: what to do, why, whether it is done, and where."""

    what: str
    why: str
    is_done: bool
    ways: tuple[tuple[str, str], ...]


def today(request: HttpRequest, site: Any) -> dict[str, Any]:
    """Return what the page shows."""
    actor = required_actor(request)
    start = StartForm(actor=actor, site=site) if _may_begin(actor) else None
    page = site.get_model_admin(Program)
    unsigned = _unsigned(actor)
    closed = first_help.closed_by(actor) if start else set()
    has_help = start and "today" not in closed
    return {
        "start": start,
        "steps": _first_steps(actor, is_signed=not unsigned) if has_help else [],
        "has_closed_help": bool(closed),
        "media": page.media + start.media if start else page.media,
        "alerts": alerts_of(actor),
        "unsigned": unsigned,
        "drafts": _drafts(actor),
        "in_work": _in_work(actor),
        "due": _due(actor),
        "ending": _ending(actor),
        "follow_up": _follow_up(actor),
    }


def _may_begin(actor: Membership) -> bool:
    return actor.can(Scope.PROGRAMS_WRITE)


def _first_steps(actor: Membership, *, is_signed: bool) -> list[Step]:
    """Return the steps to the first handout; nothing when all are done."""
    person = actor.practitioner_id
    issued = Revision.objects.visible_to(actor).filter(issued_by=person)
    given = Handout.objects.visible_to(actor).filter(revision__issued_by=person)
    programs = reverse("admin:prescriptions_program_changelist")
    steps = [
        Step(
            "Sign the clinic's texts",
            "When to get help, and what pain is all right: both stand on each handout.",
            is_signed,
            ((reverse("admin:exercises_unsigned"), "Read and sign"),),
        ),
        Step(
            "Bring in your patients",
            "One by one, or as a list from your other system.",
            Patient.objects.visible_to(actor).exists(),
            (
                (reverse("admin:clinic_patient_add"), "Add"),
                (reverse("admin:clinic_patient_import"), "Import"),
            ),
        ),
        Step(
            "Build a program and issue it",
            "From a template in a few clicks, or exercise by exercise. Issuing freezes "
            "what the patient gets.",
            issued.exists(),
            ((reverse("admin:prescriptions_programtemplate_changelist"), "Templates"),),
        ),
        Step(
            "Print the handout",
            "On the program's page. Its QR code leads to the same plan on the phone.",
            given.exists(),
            ((f"{programs}?status=active", "Active programs"),),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _unsigned(actor: Membership) -> list[str]:
    """Return the texts without which nothing can be issued."""
    signed = ClinicText.objects.visible_to(actor).signed().filter(language=LANGUAGE)
    kinds = set(signed.values_list("kind", flat=True))
    return [kind.label for kind in ClinicText.Kind if kind not in kinds]


def _follow_up(actor: Membership) -> list[tuple[Program, Reason]]:
    """Return patients to ask how it goes, worse ones first."""
    found: list[tuple[Program, Reason]] = []
    for reason in reversed(Reason):
        rows = to_follow_up(actor, reason).select_related("patient")
        found += [(row, reason) for row in rows.order_by("start_date", "id")[:SHOWN]]
    return found[:SHOWN]


def _drafts(actor: Membership) -> list[Program]:
    mine = Program.objects.visible_to(actor).filter(
        status=Program.Status.DRAFT, practitioner=actor.practitioner_id
    )
    return list(mine.select_related("patient")[:SHOWN])


def _in_work(actor: Membership) -> list[Any]:
    states = [Status.FAILED, Status.PENDING, Status.RENDERING]
    rows = Handout.objects.visible_to(actor).filter(status__in=states)
    rows = rows.select_related("revision__program__patient")
    found = rows.defer("revision__document").order_by("status", "-requested_at")
    return [(row, state_of(row)) for row in found[:SHOWN]]


def _due(actor: Membership) -> list[Program]:
    rows = Program.objects.visible_to(actor).active().select_related("patient")
    soon = rows.filter(review_date__lte=timezone.localdate() + SOON)
    return list(soon.order_by("review_date", "id")[:SHOWN])


def _ending(actor: Membership) -> list[Program]:
    rows = Program.objects.visible_to(actor).ending_soon().select_related("patient")
    return list(rows.order_by("end_date", "id")[:SHOWN])
