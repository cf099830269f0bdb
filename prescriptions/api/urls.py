"""Addresses of programs and handouts."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from prescriptions.api.batches import BatchViewSet
from prescriptions.api.diary import AdherenceViewSet, AlertViewSet, DiaryEntryViewSet
from prescriptions.api.handouts import HandoutViewSet
from prescriptions.api.history import RevisionViewSet
from prescriptions.api.jobs import JobViewSet
from prescriptions.api.links import LinkViewSet
from prescriptions.api.templates import TemplateViewSet
from prescriptions.api.views import ProgramViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("programs", ProgramViewSet, "program")
router.register("handouts", HandoutViewSet, "handout")
router.register("templates", TemplateViewSet, "template")
router.register("batches", BatchViewSet, "batch")
router.register("jobs", JobViewSet, "job")
router.register("revisions", RevisionViewSet, "revision")
router.register("links", LinkViewSet, "link")
router.register("diary-entries", DiaryEntryViewSet, "diary-entry")
router.register("alerts", AlertViewSet, "alert")

# What belongs to one program
of_program = {
    "revisions": RevisionViewSet.as_view({"get": "list"}),
    "links": LinkViewSet.as_view({"post": "share"}),
    "adherence": AdherenceViewSet.as_view({"get": "retrieve"}),
}

urlpatterns = [
    path("programs:batch", ProgramViewSet.as_view({"post": "batch"})),
    path("programs:check", ProgramViewSet.as_view({"post": "check_new"})),
    *(path(f"programs/<uuid:id>/{name}", view) for name, view in of_program.items()),
    *router.urls,
]
