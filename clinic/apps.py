"""Apps of the project package: people, and the admin site."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin_apps
from django.core.checks import register
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string

from clinic.checks import CHECKS


class ClinicConfig(AppConfig):
    """People, tenancy and audit."""

    name = "clinic"
    default = True

    def ready(self) -> None:
        """Register the system checks; keep the index of names after migrations."""
        for check in CHECKS:
            register(check, "catcamel")
        prepare = import_string("clinic.trigrams.prepare")
        post_migrate.connect(prepare, sender=self, dispatch_uid="clinic.trigrams")
        if settings.TRACES_URL:
            import_string("clinic.tracing.start")()


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin with our site class."""

    default = False
    default_site = "clinic.admin.CatcamelAdminSite"
