"""Every other address below /api: a problem instead of a page or a redirect."""

from django.urls import re_path

from clinic.api.views import UnknownRoute

urlpatterns = [re_path(r"", UnknownRoute.as_view())]
