"""Addresses of programs and handouts."""

from rest_framework.routers import SimpleRouter

from prescriptions.api.batches import BatchViewSet
from prescriptions.api.handouts import HandoutViewSet
from prescriptions.api.templates import TemplateViewSet
from prescriptions.api.views import ProgramViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("programs", ProgramViewSet, "program")
router.register("handouts", HandoutViewSet, "handout")
router.register("templates", TemplateViewSet, "template")
router.register("batches", BatchViewSet, "batch")

urlpatterns = router.urls
