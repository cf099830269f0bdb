"""The admin site."""

from django.contrib import admin


class CatcamelAdminSite(admin.AdminSite):
    """The practitioners' pages."""

    site_header = site_title = "Catcamel"
