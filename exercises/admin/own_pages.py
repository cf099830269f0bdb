"""Pages and buttons behind an exercise: star, own dosage, new from it, photos, use."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from clinic import languages
from clinic.admin import Tool, required_actor
from clinic.errors import DomainError
from clinic.models.plain import one_line
from exercises import own
from exercises.admin.browse import PART_HEADER, LibraryPage
from exercises.admin.dosage import COLUMNS, COMMON, RARE, DosageForm
from exercises.dosage import summary
from exercises.models import Exercise, OwnDosage
from exercises.pictures import is_upload
from exercises.uploads import store_picture

LONGEST_ALT = 300
LONGEST_CAPTION = 60
OwnDosageForm: Any = forms.modelform_factory(
    OwnDosage, form=DosageForm, fields=list(COLUMNS)
)


class PictureForm(forms.Form):
    """A picture from a file, with the words that stand in for it."""

    file = forms.FileField(
        label="Picture",
        help_text="JPEG, PNG or WEBP, at most 8 MB. It is stored anew, without the "
        "place and date that cameras write into their files.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    alt = forms.CharField(
        max_length=LONGEST_ALT,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[one_line],
        help_text="For patients who cannot see it: “On hands and knees, back flat.”",
    )
    caption = forms.CharField(
        max_length=LONGEST_CAPTION,
        required=False,
        label="Words below it",
        validators=[one_line],
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        self.fields["alt"].label = f"What it shows, in {languages.name(language)}"

    def clean_file(self) -> Any:
        """Return the picture as it is stored."""
        try:
            return store_picture(self.cleaned_data["file"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


class OwnPages(LibraryPage):
    """What a clinic and its members make of an exercise."""

    def own_tools(self, request: HttpRequest, exercise: Exercise) -> list[Tool]:
        """The buttons that lead here."""
        tools = [
            Tool("My dosage", "user", self.url_of(exercise, "my_dosage"), False),
        ]
        if not self.may(request, self.write_scope):
            return tools
        states = Exercise.Status
        word = {states.ARCHIVED: "Bring back", states.DRAFT: "Put into use"}
        icon = "history" if exercise.status != states.DRAFT else "check"
        status: Any = exercise.status
        return [
            *tools,
            Tool("Photos", "eye", self.url_of(exercise, "photos"), False),
            Tool("New from this", "copy", self.url_of(exercise, "new_from")),
            Tool(word.get(status, "Archive"), icon, self.url_of(exercise, "archive")),
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add the pages."""
        return [
            self.step_path("archive", self.archive_view),
            self.step_path("favorite", self.favorite_view),
            self.object_path("my_dosage", self.my_dosage_view),
            self.step_path("new_from", self.new_from_view),
            self.object_path("photos", self.photos_view),
            *super().get_urls(),
        ]

    def favorite_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Turn the star on or off, and go back to the list as it was."""
        exercise = self._posted(request, object_id, self.read_scope)
        actor = required_actor(request)
        marked = actor.favorite_exercises.filter(slug=exercise.slug).exists()
        own.set_favorite(exercise, actor, not marked)
        if request.headers.get(PART_HEADER):
            return JsonResponse({"favorite": not marked})
        back = request.POST.get("back", "")
        return redirect(f"{self._list_url()}?{back}")

    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Take an exercise out of use in this clinic, or put it into use."""
        exercise = self._posted(request, object_id, self.write_scope)
        states = Exercise.Status
        is_used = exercise.status == states.PUBLISHED
        status = states.ARCHIVED if is_used else states.PUBLISHED
        try:
            mine = own.set_status(exercise, status, required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(self.url_of(exercise))
        told = "archived: programs keep it, nobody is offered it" if is_used else ""
        messages.success(request, f"{mine.name} is {told or 'in use'}.")
        return redirect(self.url_of(mine))

    def new_from_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Make a new exercise that begins as this one is."""
        exercise = self._posted(request, object_id, self.write_scope)
        new = own.new_from(exercise, required_actor(request))
        text = (
            f"This is a new exercise of your clinic, made from {exercise.name}. "
            "It is a draft until you put it into use."
        )
        messages.success(request, text)
        return redirect(self.url_of(new))

    def my_dosage_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Keep a dosage for this person alone, or take the usual one again."""
        exercise = self.object_or_404(request, object_id)
        actor = required_actor(request)
        if "_drop" in request.POST:
            own.drop_dosage(exercise, actor)
            messages.success(request, f"{exercise.name}: you start as usual again.")
            return redirect(self.url_of(exercise))
        kept = own.own_dosages(actor, [exercise.slug])
        start = OwnDosage(membership=actor, slug=exercise.slug)
        start.dosage = own.starting_columns(exercise, actor).dosage
        form = OwnDosageForm(request.POST or None, instance=start)
        if request.method == "POST" and form.is_valid():
            own.keep_dosage(exercise, actor, form.instance.dosage)
            text = f"You start {exercise.name} with your own dosage from now on."
            messages.success(request, text)
            return redirect(self.url_of(exercise))
        fieldsets: Any = [
            (None, {"fields": [COMMON]}),
            ("More of the dosage", {"fields": [RARE], "classes": ["collapse"]}),
        ]
        return self.page(
            request,
            "admin/exercises/my_dosage.html",
            f"My dosage of {exercise.name}",
            exercise,
            adminform=AdminForm(form, fieldsets, {}),
            errors=form.errors,
            usual=summary(exercise.dosage),
            is_kept=bool(kept),
        )

    def photos_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Add a picture from a file, or remove one."""
        exercise = self.object_or_404(request, object_id)
        if not self.may(request, self.write_scope):
            raise PermissionDenied
        language = exercise.language
        if gone := request.POST.get("remove"):
            return self._changed(
                request,
                lambda actor: own.remove_picture(exercise, gone, by=actor),
                exercise,
            )
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        form: Any = PictureForm(*data, language=language)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            return self._changed(
                request,
                lambda actor: own.add_picture(
                    exercise,
                    given["file"],
                    given["alt"],
                    caption=given["caption"],
                    by=actor,
                ),
                exercise,
            )
        fieldsets = [(None, {"fields": ["file", "alt", "caption"]})]
        return self.page(
            request,
            "admin/exercises/photos.html",
            f"Photos of {exercise.name}",
            exercise,
            adminform=AdminForm(form, fieldsets, {}),
            errors=form.errors,
            pictures=[
                (figure, self.picture_url(exercise, figure["asset"]))
                for figure in exercise.figures
                if is_upload(figure)
            ],
        )

    def _changed(
        self,
        request: HttpRequest,
        change: Callable[[Any], Exercise],
        exercise: Exercise,
    ) -> HttpResponse:
        """Do it and stay on the page of photos, now of the clinic's own exercise."""
        try:
            exercise = change(required_actor(request))
            messages.success(request, f"The pictures of {exercise.name} are saved.")
        except DomainError as error:
            messages.error(request, error.message)
        return redirect(self.url_of(exercise, "photos"))

    def _posted(self, request: HttpRequest, object_id: str, scope: Any) -> Exercise:
        exercise: Exercise = self.object_or_404(request, object_id)
        if not self.may(request, scope):
            raise PermissionDenied
        return exercise

    def _list_url(self) -> str:
        return reverse("admin:exercises_exercise_changelist")
