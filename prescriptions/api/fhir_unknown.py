"""Every other address below /fhir: an OperationOutcome instead of a page."""

from django.urls import re_path

from prescriptions.api.fhir import UnknownFhirRoute

urlpatterns = [re_path(r"", UnknownFhirRoute.as_view())]
