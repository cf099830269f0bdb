"""Addresses of the people and of the OpenAPI document."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from clinic.api import documentation
from clinic.api.clinics import AuditEventViewSet, ClinicViewSet, PractitionerViewSet
from clinic.api.keys import ClinicKeyViewSet, KeyViewSet
from clinic.api.patients import PatientViewSet
from clinic.api.webhooks import DeliveryViewSet, WebhookViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("patients", PatientViewSet, "patient")
router.register("clinics", ClinicViewSet, "clinic")
router.register("practitioners", PractitionerViewSet, "practitioner")
router.register("audit-events", AuditEventViewSet, "audit-event")
router.register("webhooks", WebhookViewSet, "webhook")
router.register("webhook-deliveries", DeliveryViewSet, "webhook-delivery")
router.register("keys", ClinicKeyViewSet, "clinic-key")
by_external = PatientViewSet.as_view({"get": "read_by_external", "put": "upsert"})
member_by_external = PractitionerViewSet.as_view({"get": "read_by_external"})

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema", documentation.openapi, name="api-schema"),
    path("docs", documentation.reference, name="api-docs"),
    path(
        "patients/by-external/<path:system>/<str:value>",
        by_external,
        name="patient-by-external",
    ),
    path(
        "practitioners/by-external/<path:system>/<str:value>",
        member_by_external,
        name="practitioner-by-external",
    ),
    path("patients:batch", PatientViewSet.as_view({"post": "batch"})),
    path("keys/current", KeyViewSet.as_view({"get": "read"}), name="key"),
    path("keys/current/rotate", KeyViewSet.as_view({"post": "rotate"})),
    *router.urls,
]
