"""The library's list: cards with pictures, one search box, choices at the side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from clinic import languages
from clinic.admin import ClinicModelAdmin, ScopedSelect, choices_of, required_actor
from clinic.audit import record
from clinic.models import ExternalId, Membership, Patient, SignOff
from clinic.roles import Scope
from exercises import tags
from exercises.dosage import sentences
from exercises.models import Exercise, ExerciseQuerySet, Favorite, OwnDosage
from exercises.own import own_dosages
from exercises.search import MOST_HITS, facets, find, why_slow
from exercises.search.query import LONGEST
from exercises.served import picture_response

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

SHOWN_AT_ONCE = 24
MOST_PAGES = 20
PICTURE_ROUTE = "<uuid:object_id>/picture/<str:name>"
ANY = ("", "Any")
# What is asked for by the page's own script: the results alone
PART_HEADER = "X-Page-Part"
OWNERS = [("", "All"), ("shared", "Shared"), ("own", "Own")]
STATES = [("", "In use"), ("draft", "Drafts"), ("archived", "Archived"), ("all", "All")]
LEVELS = ["Very easy", "Easy", "Medium", "Demanding", "Hard"]


def level(difficulty: int) -> str:
    """Return a difficulty from 1 to 5 in words."""
    return LEVELS[difficulty - 1] if 1 <= difficulty <= len(LEVELS) else str(difficulty)


def _terms(field: str) -> forms.ChoiceField:
    choices = [ANY, *tags.term_choices(field)]
    return forms.ChoiceField(choices=choices, required=False)


class FacetForm(forms.Form):
    """What may be chosen; a value that cannot be chosen narrows nothing."""

    q = forms.CharField(required=False, max_length=LONGEST, label="Find an exercise")
    owner = forms.ChoiceField(choices=OWNERS, required=False, label="Library")
    favorite = forms.BooleanField(required=False, label="Favorites only")
    region = _terms("regions")
    category = _terms("category")
    position = _terms("position")
    equipment = _terms("equipment")
    stage = _terms("stages")
    difficulty = forms.ChoiceField(
        choices=[ANY, *((str(n), level(n)) for n in range(1, 6))], required=False
    )
    muscle = forms.ChoiceField(required=False)
    language = forms.ChoiceField(
        choices=[ANY, *languages.choices()], required=False, label="Texts in"
    )
    patient = forms.ModelChoiceField(
        queryset=Patient.objects.none(), required=False, label="Suitable for patient"
    )
    status = forms.ChoiceField(choices=STATES, required=False)

    def __init__(self, data: Any, *, actor: Membership, site: Any) -> None:
        super().__init__(data, label_suffix="", auto_id="facet-%s")
        self.actor = actor
        muscle: Any = self.fields["muscle"]
        known = facets.muscles(Exercise.objects.visible_to(actor).published())
        muscle.choices = [ANY, *((name, name.capitalize()) for name in known)]
        patient: Any = self.fields["patient"]
        if not actor.can(Scope.PATIENTS_READ):
            del self.fields["patient"]
        else:
            source = ExternalId._meta.get_field("patient")
            patient.widget = ScopedSelect(source, site)
            patient.queryset = choices_of(Patient, actor)
        self.is_valid()

    def chosen(self, name: str) -> Any:
        """Return the value of a field, nothing when it was left out or is wrong."""
        return self.cleaned_data.get(name) or ""

    def narrow(self, rows: ExerciseQuerySet) -> ExerciseQuerySet:
        """Return the rows that fit all choices; the search comes after."""
        for name, column in COLUMNS.items():
            if value := self.chosen(name):
                rows = rows.filter(**{column: value})
        for name, column in LISTS.items():
            if value := self.chosen(name):
                rows = facets.holding(rows, column, value)
        if owner := self.chosen("owner"):
            rows = facets.owned(rows, owner)
        if self.chosen("favorite"):
            rows = facets.favorites(rows, self.actor)
        if language := self.chosen("language"):
            rows = facets.in_language(rows, self.actor, language)
        if patient := self.chosen("patient"):
            rows = facets.suitable_for(rows, patient.flags)
        if (status := self.chosen("status")) != "all":
            rows = rows.filter(status=status or Exercise.Status.PUBLISHED)
        return rows

    def chips(self, asked: QueryDict) -> Iterator[tuple[str, str]]:
        """Yield the words of each choice, and the query string without it."""
        for name, field in self.fields.items():
            if name != "q" and self.chosen(name):
                rest = asked.copy()
                for gone in (name, "p"):
                    rest.pop(gone, None)
                yield self._word(name, field), rest.urlencode()

    def _word(self, name: str, field: Any) -> str:
        value = self.chosen(name)
        if name == "patient":
            return f"For {value}"
        if name == "favorite":
            return "Favorites"
        word = dict(field.choices).get(value, value)
        return f"Texts in {word}" if name == "language" else str(word)


COLUMNS = {"category": "category", "position": "position", "difficulty": "difficulty"}
LISTS = {
    "region": "regions",
    "equipment": "equipment",
    "stage": "stages",
    "muscle": "muscles",
}


@dataclass(frozen=True)
class Card:
    """An exercise as the list shows it."""

    exercise: Any
    picture: str
    alt: str
    regions: str
    category: str
    level: str
    dosage: tuple[str, ...]
    is_own_dosage: bool


@dataclass(frozen=True)
class Results:
    """The cards in sight, how many there are in all, and whether that is bounded."""

    cards: list[Card]
    count: int
    is_cut: bool
    more: str

    @property
    def words(self) -> str:
        """The count as people say it."""
        if not self.count:
            return "No exercise"
        noun = "exercise" if self.count == 1 else "exercises"
        return f"{self.count} {noun} or more" if self.is_cut else f"{self.count} {noun}"


class LibraryPage(Page):
    """The page in place of the stock list."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the library, or its results alone to the page's script."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = required_actor(request)
        form = FacetForm(request.GET, actor=actor, site=self.admin_site)
        context = {
            "form": form,
            "results": self._results(request, form),
            "chips": list(form.chips(request.GET)),
            "query": form.chosen("q"),
            "asked": request.GET.urlencode(),
            "may_write": self.may(request, self.write_scope),
            "opts": self.opts,
        }
        if request.headers.get(PART_HEADER):
            return render(request, "admin/exercises/_results.html", context)
        if patient := form.chosen("patient"):
            record(actor, "patient.viewed", patient)
        request.current_app = self.admin_site.name
        context |= {
            **self.admin_site.each_context(request),
            "title": self.list_title,
            "lead": self.lead,
            "slow": why_slow() if actor.can(Scope.CLINIC_MANAGE) else "",
            "media": self.media + form.media,
            "total": Exercise.objects.visible_to(actor).published().exists(),
        }
        return TemplateResponse(request, "admin/exercises/library.html", context)

    def _results(self, request: HttpRequest, form: FacetForm) -> Results:
        pages = _whole(request.GET.get("p", ""), most=MOST_PAGES)
        shown = pages * SHOWN_AT_ONCE
        visible: Any = self.get_queryset(request)
        rows = form.narrow(visible)
        if text := form.chosen("q"):
            ids = find(rows, text)
            count, is_cut = len(ids), len(ids) >= MOST_HITS
        else:
            count, is_cut = rows.count(), False
            ids = list(rows.order_by("name", "id").values_list("pk", flat=True)[:shown])
        more = ""
        if count > shown and pages < MOST_PAGES:
            following = request.GET.copy()
            following["p"] = str(pages + 1)
            more = following.urlencode()
        cards = self._cards(form.actor, ids[:shown])
        return Results(cards, count, is_cut, more)

    def _cards(self, actor: Membership, ids: list[UUID]) -> list[Card]:
        marks = Favorite.objects.filter(membership=actor).values_list("slug", flat=True)
        visible = Exercise.objects.visible_to(actor).filter(pk__in=ids)
        marked = SignOff.objects.all().mark(visible, actor.clinic_id)
        rows: dict[Any, Any] = {row.pk: row for row in marked}
        slugs = [row.slug for row in rows.values()]
        kept = own_dosages(actor, slugs)
        favorites = set(marks.filter(slug__in=slugs))
        cards = []
        for pk in ids:
            exercise = rows[pk]
            exercise.is_favorite = exercise.slug in favorites
            cards.append(self._card(exercise, kept.get(exercise.slug), actor))
        return cards

    def _card(
        self, exercise: Exercise, kept: OwnDosage | None, actor: Membership
    ) -> Card:
        drawn = [figure for figure in exercise.figures if figure.get("asset")]
        shown = next(iter(drawn[1:2] + drawn), None)
        words = shown["description"] if shown else {}
        return Card(
            exercise=exercise,
            picture=self.picture_url(exercise, shown["asset"]) if shown else "",
            alt=words.get(exercise.language) or next(iter(words.values()), ""),
            regions=", ".join(tags.label(region) for region in exercise.regions),
            category=tags.label(exercise.category),
            level=level(exercise.difficulty),
            dosage=sentences((kept or exercise).dosage, units=actor.clinic.units),
            is_own_dosage=kept is not None,
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the pictures."""
        view = self.admin_site.admin_view(self.picture_view)
        route = path(PICTURE_ROUTE, view, name="exercises_exercise_picture")
        return [route, *super().get_urls()]

    def picture_url(self, exercise: Exercise, name: str) -> str:
        """Return the address of a picture."""
        return reverse("admin:exercises_exercise_picture", args=[exercise.pk, name])

    def picture_view(
        self, request: HttpRequest, object_id: str, name: str
    ) -> HttpResponse:
        """Send a picture of an exercise that the person may see."""
        return picture_response(self.object_or_404(request, object_id), name)


def _whole(text: str, *, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), most)
