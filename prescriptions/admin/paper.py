"""A paper diary typed in: the printed grid as a form, two weeks at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.dateparse import parse_date

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.admin import day as in_words
from clinic.audit import record
from clinic.roles import Scope
from prescriptions import diary, documents, phone
from prescriptions.diary import Written
from prescriptions.documents import HandoutDocument
from prescriptions.documents.parts import ExerciseCard
from prescriptions.findings import today_of
from prescriptions.models import DiaryEntry, Revision
from prescriptions.models.diary import WORST_PAIN

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

DAYS = 14


@dataclass(frozen=True)
class Row:
    """An exercise, and a box for each day it is due; None on its days off."""

    card: ExerciseCard
    boxes: list[BoundField | None]


class PaperForm(forms.Form):
    """A box for each exercise and day, and the pain of each day."""

    # The same sheet sent twice is one set of entries
    sheet = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self,
        *args: Any,
        document: HandoutDocument,
        days: list[date],
        entries: Mapping[date, DiaryEntry],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.document, self.days, self.entries = document, days, entries
        self.due = {
            day: {card.number: card for card in _due(document, day)} for day in days
        }
        for day in days:
            self._add_day(day, entries.get(day))

    def _add_day(self, day: date, entry: DiaryEntry | None) -> None:
        done = entry.numbers_done if entry else frozenset()
        for number, card in self.due[day].items():
            self.fields[_box(day, number)] = forms.BooleanField(
                label=f"{card.name}, {in_words(day)}",
                required=False,
                initial=number in done,
            )
        wrong = f"Pain on {in_words(day)}: a number from 0 to {WORST_PAIN}."
        kinds = ["invalid", "min_value", "max_value"]
        self.fields[_pain(day)] = forms.IntegerField(
            label=f"Pain, {in_words(day)}",
            required=False,
            initial=entry.pain if entry else None,
            min_value=0,
            max_value=WORST_PAIN,
            error_messages=dict.fromkeys(kinds, wrong),
            widget=forms.TextInput({"inputmode": "numeric", "size": 2}),
        )

    def rows(self) -> list[Row]:
        """Return the grid as it is printed."""
        cards: dict[int, ExerciseCard] = {}
        for due in self.due.values():
            cards |= due
        return [
            Row(
                card,
                [
                    self[_box(day, number)] if number in self.due[day] else None
                    for day in self.days
                ],
            )
            for number, card in sorted(cards.items())
        ]

    def pains(self) -> list[BoundField]:
        """Return the last row."""
        return [self[_pain(day)] for day in self.days]

    def written(self) -> Iterator[Written]:
        """Yield the days that were changed; what paper does not tell stays."""
        for day in self.days:
            names = [_box(day, number) for number in self.due[day]]
            if {*names, _pain(day)} & set(self.changed_data):
                yield self._written(day, self.entries.get(day))

    def _written(self, day: date, entry: DiaryEntry | None) -> Written:
        given = self.cleaned_data
        told = {item["number"]: item for item in entry.done} if entry else {}
        sheet: UUID = given["sheet"]
        return Written(
            client_id=uuid5(sheet, day.isoformat()),
            day=day,
            written_at=timezone.now(),
            done=[
                told.get(number, {"number": number, "slug": card.slug})
                for number, card in self.due[day].items()
                if given[_box(day, number)]
            ],
            pain=given[_pain(day)],
            is_flare=bool(entry and entry.is_flare),
            effort=entry.effort if entry else "",
            comment=entry.comment if entry else "",
        )


class PaperPages(Page):
    """The page that takes a paper diary in."""

    def paper_urls(self) -> list[URLPattern]:
        """Address of the page."""
        return [self.object_path("paper", self.paper_view)]

    def paper_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show two weeks as printed; POST stores the days that were changed."""
        program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        mine = Revision.objects.visible_to(actor).filter(program=program)
        revision = mine.current().select_related("program__clinic").first()
        if revision is None:
            messages.info(request, "Issue the program first; then there is a diary.")
            return redirect(self.url_of(program))
        document = documents.from_json(revision.document)
        days = _stretch(document, request.GET.get("from"), today_of(program.clinic))
        form = PaperForm(
            request.POST or None,
            document=document,
            days=days,
            entries=diary.entries_of(program),
        )
        if request.method == "POST" and form.is_valid():
            count = 0
            for written in form.written():
                diary.write(revision, written, by=actor)
                count += 1
            told = f"{count} day{'' if count == 1 else 's'} written down."
            messages.success(request, told if count else "Nothing was changed.")
            return redirect(self.url_of(program, "diary"))
        record(actor, "diary.viewed", program)
        start, today = date.fromisoformat(document.start_date), today_of(program.clinic)
        before, after = days[0] - timedelta(days=DAYS), days[-1] + timedelta(days=1)
        return self.page(
            request,
            "admin/prescriptions/program/paper.html",
            f"Paper diary of {program.patient}",
            program,
            form=form,
            days=days,
            before=before if before >= start else None,
            after=after if after <= today else None,
            diary_url=self.url_of(program, "diary"),
        )


def _stretch(document: HandoutDocument, asked: str | None, today: date) -> list[date]:
    """Return the days of one printed table up to today: the one asked for, or the last.

    Before the start it is the first one: there may be something to try out.
    """
    start = date.fromisoformat(document.start_date)
    try:
        day = parse_date(asked or "") or today
    except ValueError:
        day = today
    day = max(start, min(day, today))
    first = start + timedelta(days=(day - start).days // DAYS * DAYS)
    last = max(first, min(first + timedelta(days=DAYS - 1), today))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _due(document: HandoutDocument, day: date) -> list[ExerciseCard]:
    return phone.due(phone.phase_on(document, day), day)


def _box(day: date, number: int) -> str:
    return f"done-{day}-{number}"


def _pain(day: date) -> str:
    return f"pain-{day}"
