"""Addresses of the library."""

from rest_framework.routers import SimpleRouter

from exercises.api.leaflets import LeafletViewSet
from exercises.api.views import ExerciseViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("exercises", ExerciseViewSet, "exercise")
router.register("leaflets", LeafletViewSet, "leaflet")

urlpatterns = router.urls
