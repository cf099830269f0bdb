"""Apps of the project package: people, and the admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ClinicConfig(AppConfig):
    """People, tenancy and audit."""

    name = "clinic"
    default = True


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin with our site class."""

    default = False
    default_site = "clinic.admin.CatcamelAdminSite"
