"""Addresses of the library."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from exercises.api.leaflets import LeafletViewSet
from exercises.api.translations import TranslationViewSet
from exercises.api.views import ExerciseViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("exercises", ExerciseViewSet, "exercise")
router.register("leaflets", LeafletViewSet, "leaflet")

translations = TranslationViewSet.as_view({"get": "told"})
translation = TranslationViewSet.as_view({"get": "retrieve", "put": "update"})
OF_EXERCISE = "exercises/<slug:id_or_slug>/translations"

urlpatterns = [
    path(OF_EXERCISE, translations),
    path(f"{OF_EXERCISE}/<slug:language>", translation),
    *router.urls,
]
