"""Addresses of the project."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from clinic import account_pages, staff_pages, views

API = ["clinic.api.urls", "exercises.api.urls", "prescriptions.api.urls"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("clinic/switch", views.switch_clinic, name="switch-clinic"),
    path(
        "second-factor",
        staff_pages.SecondFactorPage.as_view(),
        name="second-factor",
    ),
    path("session/left", staff_pages.session_left, name="session-left"),
    path("session/stay", staff_pages.stay_signed_in, name="session-stay"),
    path("session/journal", staff_pages.journal, name="session-journal"),
    path("session/leave", staff_pages.sign_out, name="session-leave"),
    path("session/end", staff_pages.sign_out_everywhere, name="session-end"),
    path("account/", include(account_pages.urls)),
    path("new-password", staff_pages.NewPasswordPage.as_view(), name="new-password"),
    path("invitation", views.AcceptInvitation.as_view(), name="invitation"),
    path("admin/", admin.site.urls),
    path("", include("prescriptions.urls")),
    path("fhir/R4/", include("prescriptions.api.fhir_urls")),
    path("api/v1/", include([path("", include(name)) for name in API])),
    # For addresses that do not exist
    re_path(r"^fhir(?=/|$)", include("prescriptions.api.fhir_unknown")),
    re_path(r"^api(?=/|$)", include("clinic.api.unknown")),
]
handler500 = "clinic.views.server_error"
