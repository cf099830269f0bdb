"""Forms of the patient's pages behind the gate: a day of the diary."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, ngettext

from clinic.languages import long_date
from clinic.models.plain import plain_text
from prescriptions.diary import Written
from prescriptions.documents.options import Layout, Size
from prescriptions.documents.parts import ExerciseCard
from prescriptions.editions import Offer
from prescriptions.models import DiaryEntry
from prescriptions.models.diary import WORST_PAIN

MOST_SETS = 20
MOST_REPETITIONS = 200
# Days back that can still be written down on the phone
DAYS_BACK = 14
NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
EFFORT = [
    (DiaryEntry.Effort.EASY, gettext_lazy("Easy")),
    (DiaryEntry.Effort.RIGHT, gettext_lazy("Just right")),
    (DiaryEntry.Effort.HARD, gettext_lazy("Hard")),
]


class PrintForm(forms.Form):
    """How the PDF is to look, and in which of the languages it was issued in."""

    layout = forms.ChoiceField(
        label=gettext_lazy("Layout"),
        initial=Layout.TWO,
        choices=[
            (Layout.ONE, gettext_lazy("One exercise a page")),
            (Layout.TWO, gettext_lazy("Two exercises a page")),
            (Layout.FOUR, gettext_lazy("Four exercises a page")),
            (Layout.LIST, gettext_lazy("A short list")),
            (Layout.CHART, gettext_lazy("One page for the wall")),
        ],
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Size of the letters"),
        initial=Size.NORMAL,
        choices=[
            (Size.NORMAL, gettext_lazy("Normal")),
            (Size.MEDIUM, gettext_lazy("Larger")),
            (Size.LARGE, gettext_lazy("Very large")),
        ],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["language"]
        field.choices = [(offer.language, _told(offer)) for offer in offers]
        if len(offers) < 2:
            del self.fields["language"]


def _told(offer: Offer) -> str:
    """Return the language's own name, and in its words how much is not translated."""
    if not offer.untranslated:
        return offer.name
    with translation.override(offer.language):
        left = ngettext(
            "%(count)d exercise not translated",
            "%(count)d exercises not translated",
            offer.untranslated,
        )
    return f"{offer.name} ({left % {'count': offer.untranslated}})"


class DiaryForm(forms.Form):
    """A day: what was done, pain, effort, a comment; nothing of it is required."""

    use_required_attribute = False

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    written_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    day = forms.DateField(widget=forms.HiddenInput)
    done = forms.TypedMultipleChoiceField(
        label=gettext_lazy("What did you do?"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    pain = forms.TypedChoiceField(
        label=gettext_lazy("Pain"),
        choices=[(n, str(n)) for n in range(WORST_PAIN + 1)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    is_flare = forms.BooleanField(
        label=gettext_lazy("The pain got worse and lasted more than a day"),
        required=False,
    )
    effort = forms.ChoiceField(
        label=gettext_lazy("How hard was it?"),
        choices=EFFORT,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("Anything to add?"),
        max_length=500,
        required=False,
        validators=[plain_text],
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        cards: list[ExerciseCard],
        today: date,
        start: date,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.cards, self.today, self.start = cards, today, start
        field: Any = self.fields["done"]
        field.choices = [(card.number, card.name) for card in cards]
        for card in cards:
            self.fields[f"sets_{card.number}"] = _count(MOST_SETS)
            self.fields[f"repetitions_{card.number}"] = _count(MOST_REPETITIONS)

    def clean_day(self) -> date:
        """Refuse days that have not come, and those long gone."""
        day: date = self.cleaned_data["day"]
        earliest = max(self.start, self.today - timedelta(days=DAYS_BACK))
        # A device in another time zone may be a day ahead
        if not earliest <= day <= self.today + timedelta(days=1):
            raise forms.ValidationError(
                gettext_lazy("Choose a day between %(first)s and today."),
                params={"first": long_date(earliest)},
            )
        return day

    def written(self) -> Written:
        """Return what was typed."""
        given = self.cleaned_data
        moment: datetime = given["written_at"] or timezone.now()
        return Written(
            client_id=given["client_id"],
            day=given["day"],
            written_at=moment,
            done=[self._done(card) for card in self.cards if self._is_done(card)],
            pain=given["pain"],
            is_flare=given["is_flare"],
            effort=given["effort"],
            comment=given["comment"].strip(),
        )

    def counts(self) -> list[tuple[ExerciseCard, Any, Any]]:
        """Return each card with its two fields for other numbers than asked."""
        return [
            (card, self[f"sets_{card.number}"], self[f"repetitions_{card.number}"])
            for card in self.cards
        ]

    def _is_done(self, card: ExerciseCard) -> bool:
        return card.number in self.cleaned_data["done"]

    def _done(self, card: ExerciseCard) -> dict[str, Any]:
        counts = {
            name: self.cleaned_data[f"{name}_{card.number}"]
            for name in ("sets", "repetitions")
        }
        told = {name: value for name, value in counts.items() if value is not None}
        return {"number": card.number, "slug": card.slug, **told}


def initial_of(entry: DiaryEntry | None, day: date) -> dict[str, Any]:
    """Return what the form begins with: the entry of the day to correct, or nothing."""
    begin: dict[str, Any] = {"client_id": new_client_id(), "day": day}
    if entry is None:
        return begin
    for item in entry.done:
        for name in ("sets", "repetitions"):
            begin[f"{name}_{item['number']}"] = item.get(name)
    return begin | {
        "done": sorted(entry.numbers_done),
        "pain": entry.pain,
        "is_flare": entry.is_flare,
        "effort": entry.effort,
        "comment": entry.comment,
    }


def new_client_id() -> UUID:
    """Return an id for an entry: the same form sent twice is one entry."""
    return uuid4()


def _count(most: int) -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=0, max_value=most, widget=forms.TextInput(NUMBER)
    )
