"""Addresses of the patient pages, short and without anything personal; metrics."""

from django.urls import path

from prescriptions import offline_pages, patient_pages, reminder_pages, views
from prescriptions.metrics import metrics

urlpatterns = [
    path("metrics", metrics, name="metrics"),
    path("l/<str:token>", views.link_page, name="link-page"),
    path(
        "l/<str:token>/program.pdf",
        views.link_file,
        {"inline": True},
        name="link-file-open",
    ),
    path(
        "l/<str:token>/save", views.link_file, {"inline": False}, name="link-file-save"
    ),
    path("l/<str:token>/diary", patient_pages.diary_page, name="link-diary"),
    path("l/<str:token>/warning", patient_pages.warning_page, name="link-warning"),
    path("l/<str:token>/offline", offline_pages.program_copy, name="link-copy"),
    path("l/<str:token>/offline-diary", offline_pages.diary_copy),
    path("l/<str:token>/keep", offline_pages.keep),
    path("l/<str:token>/worker.js", offline_pages.worker),
    path("l/<str:token>/app.webmanifest", offline_pages.manifest, name="link-manifest"),
    path("l/<str:token>/reminder", reminder_pages.reminder_page, name="link-reminder"),
    path("r/<str:token>", reminder_pages.stop_page),
    path("l/<str:token>/paper", patient_pages.paper_page, name="link-paper"),
    path("l/<str:token>/language", patient_pages.language_page, name="link-language"),
    path("go", views.code_page, name="link-code"),
    # Typed by hand: some add the slash
    path("go/", views.code_page),
]
