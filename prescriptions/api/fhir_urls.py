"""Addresses of the FHIR export."""

from django.urls import path

from prescriptions.api.fhir import FhirViewSet

urlpatterns = [
    path("metadata", FhirViewSet.as_view({"get": "metadata"}), name="fhir-metadata"),
    path(
        "CarePlan/<uuid:pk>/$everything",
        FhirViewSet.as_view({"get": "everything"}),
        name="fhir-everything",
    ),
]
