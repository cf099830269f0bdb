"""The page on which an exercise's figures are edited while they are seen."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern

from clinic.admin import ClinicModelAdmin, Tool, required_actor
from clinic.errors import Conflict, DomainError, Invalid
from exercises import catalog
from exercises.catalog.drafts import MOST_FIGURES, in_words
from exercises.figures import PoseError, pose_names, written_out
from exercises.models import Exercise
from exercises.pictures import is_upload, pose_data

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

MOST_BYTES = 64_000


class UnreadableError(ValueError):
    """What was sent is no list of figures."""


class FigurePages(Page):
    """Pages behind the button "Pictures" of an exercise."""

    def figure_tool(self, exercise: Exercise) -> Tool:
        """The button that leads here."""
        return Tool("Pictures", "pencil", self.url_of(exercise, "figures"), False)

    def get_urls(self) -> list[URLPattern]:
        """Add the page, and the address that draws without storing."""
        return [
            self.object_path("figures", self.figures_view),
            self.object_path("draw", self.draw_view),
            *super().get_urls(),
        ]

    def figures_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the page; store what it sends."""
        exercise = self._writable(request, object_id)
        if request.method == "POST":
            return self._store(request, exercise)
        data = {
            "version": exercise.version,
            "figures": [
                _written_out(figure)
                for figure in exercise.figures
                if not is_upload(figure)
            ],
            "bases": {name: _written_out({"base": name}) for name in pose_names()},
            "most": MOST_FIGURES,
            "draw": self.url_of(exercise, "draw"),
        }
        template = "admin/exercises/figures.html"
        title = f"Pictures of {exercise.name}"
        return self.page(request, template, title, exercise, editor=data)

    def draw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Draw and judge what the page sends, and store nothing."""
        self._writable(request, object_id)
        if request.method != "POST":
            raise PermissionDenied
        try:
            figures, _ = _sent(request)
        except UnreadableError as error:
            return _refused(400, str(error))
        draft = catalog.judge(figures)
        bends = [
            [asdict(bend) | {"name": in_words(bend.joint)} for bend in each]
            for each in draft.bends
        ]
        faults = [asdict(fault) for fault in draft.faults]
        answer = {"drawings": draft.drawings, "places": draft.places}
        return JsonResponse(answer | {"bends": bends, "faults": faults})

    def _writable(self, request: HttpRequest, object_id: str) -> Exercise:
        exercise: Exercise = self.object_or_404(request, object_id)
        if not self.may(request, self.write_scope):
            raise PermissionDenied
        return exercise

    def _store(self, request: HttpRequest, exercise: Exercise) -> HttpResponse:
        actor = required_actor(request)
        try:
            figures, version = _sent(request)
            own = catalog.store_figures(exercise, figures, version=version, by=actor)
        except UnreadableError as error:
            return _refused(400, str(error))
        except Conflict as error:
            return _refused(409, error.message)
        except (Invalid, DomainError) as error:
            return _refused(422, error.message)
        messages.success(request, f"The pictures of {own.name} are saved.")
        return JsonResponse({"url": self.url_of(own)})


def _written_out(figure: dict[str, Any]) -> dict[str, Any]:
    """Return pose data with its base and named limbs as numbers, or as it stands."""
    (data,) = pose_data([figure])
    try:
        return written_out(data, "figure")
    except PoseError:
        return data


def _sent(request: HttpRequest) -> tuple[list[Any], int]:
    """Return the figures and the version they were made from."""
    if len(request.body) > MOST_BYTES:
        raise UnreadableError(f"At most {MOST_BYTES // 1000} kB.")
    try:
        data = json.loads(request.body, parse_int=_number)
        figures, version = data["figures"], data["version"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise UnreadableError("This is no list of figures.") from error
    if not isinstance(figures, list) or not isinstance(version, int):
        raise UnreadableError("This is no list of figures.")
    return pose_data([one if isinstance(one, dict) else {} for one in figures]), version


def _number(digits: str) -> int | float:
    """Keep numbers of a sane length whole; nothing can be done with others."""
    return int(digits) if len(digits) < 10 else float(digits)


def _refused(status: int, text: str) -> JsonResponse:
    return JsonResponse({"detail": text}, status=status)
