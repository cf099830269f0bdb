"""Programs, revisions and handouts."""

from django.apps import AppConfig


class PrescriptionsConfig(AppConfig):
    """What practitioners assemble and patients are given."""

    name = "prescriptions"
