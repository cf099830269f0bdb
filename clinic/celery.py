"""The Celery application; tasks live in the packages and are discovered there."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("catcamel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
