"""Settings of the tests: everything in memory unless a fixture starts a service."""

import os
import tempfile
from pathlib import Path

_DATA = Path(os.environ.get("DATA_DIR") or tempfile.mkdtemp(prefix="catcamel-test-"))
(_DATA / "static").mkdir(parents=True, exist_ok=True)
os.environ.setdefault("DATA_DIR", str(_DATA))
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("LINK_KEY", "only-for-tests-" + "y" * 40)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,127.0.0.1,localhost")
os.environ.setdefault("PUBLIC_URL", "http://testserver")
os.environ.setdefault("HTTPS", "false")
os.environ.setdefault("BROKER_URL", "memory://")
os.environ.setdefault("MAIL_URL", "memorymail://")
os.environ.setdefault("MAIL_FROM", "clinic@example.org")
os.environ.setdefault("SMS_PROVIDER", "clinic.sms.Console")
os.environ.setdefault("CACHE_URL", "redis://127.0.0.1:1/0")

from clinic.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "tests.services.memory.Memory"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {}
# Tests that need a real broker start one.
SILENCED_SYSTEM_CHECKS = ["clinic.E005"]
