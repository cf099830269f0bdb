"""Addresses of the people and of the OpenAPI document."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from clinic.api import documentation
from clinic.api.patients import PatientViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("patients", PatientViewSet, "patient")
by_external = PatientViewSet.as_view({"get": "read_by_external", "put": "upsert"})

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema", documentation.openapi, name="api-schema"),
    path("docs", documentation.reference, name="api-docs"),
    path(
        "patients/by-external/<path:system>/<str:value>",
        by_external,
        name="patient-by-external",
    ),
    *router.urls,
]
