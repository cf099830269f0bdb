"""All settings, read from the environment; a missing or odd value stops the start."""

import sys
from pathlib import Path

import environ
from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from clinic.env import env_bool, env_int, env_list, env_secret, env_str
from clinic.logs import FORMATTERS

BASE_DIR = Path(__file__).resolve().parent.parent
IS_WORKER = "worker" in sys.argv

# Core
DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_secret("SECRET_KEY", at_least=50)
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
PUBLIC_URL = env_str("PUBLIC_URL").rstrip("/")
HTTPS = env_bool("HTTPS", default=True)
DATA_DIR = Path(env_str("DATA_DIR")).resolve()
# Signs patient links; apart from SECRET_KEY so that either can be rotated alone.
LINK_KEY = env_secret("LINK_KEY")
# Encrypts backups: `manage.py backup` asks for it, nothing else does.
BACKUP_KEY = env_str("BACKUP_KEY", "")

# Database, queue, cache or storage on a host that needs no TLS to be reached
PLAIN_HOSTS = env_list("PLAIN_HOSTS", default=[])

if DEBUG and HTTPS:
    raise ImproperlyConfigured("DEBUG shows code and settings: not with HTTPS on.")
if HTTPS and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// while HTTPS is on.")

INSTALLED_APPS = [
    "clinic.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "clinic",
    "exercises",
    "prescriptions",
]
# Shared content that `load_library` brings to the database, in this order
LIBRARY_LOADERS = [
    "exercises.catalog.LOADER",
    "exercises.catalog.TRANSLATIONS",
    "exercises.leaflets.LOADER",
    "prescriptions.catalog.TEMPLATES",
    "prescriptions.catalog.RULES",
    "prescriptions.catalog.LIMITS",
]
# Texts of files that `lint_library` reads as a patient would
LINTED_TEXTS = [
    "exercises.catalog.texts_to_lint",
    "exercises.leaflets.texts_to_lint",
    "prescriptions.catalog.texts_to_lint",
]
MIDDLEWARE = [
    "clinic.middleware.MeasureMiddleware",
    "clinic.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.middleware.SessionMiddleware",
    "clinic.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# A program of 12 exercises is one form with about 30 inputs a row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            # Its {% csrf_token %} stands before Django's own.
            "builtins": ["clinic.form_clinic"],
        },
    }
]

# Database
DATABASES = {
    "default": environ.Env.db_url_config(
        env_str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'catcamel.sqlite3'}")
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue instead of failing; readers go on beside a writer.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env_int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A worker's processes have one connection each and would share none.
    if (pool_size := env_int("DATABASE_POOL_SIZE", default=0)) and not IS_WORKER:
        DATABASES["default"]["CONN_MAX_AGE"] = 0
        DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": 10,
        }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache: shared by all processes, holds counters and heartbeats, never patient data
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env_str("CACHE_URL"),
        "KEY_PREFIX": "catcamel",
        # A frozen Redis must not hold up a request: what is counted there may be lost.
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }
}

# People and sessions
AUTH_USER_MODEL = "clinic.Practitioner"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "clinic.passwords.GuessableValidator"},
    {"NAME": "clinic.passwords.BreachedValidator"},
    {
        "NAME": (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
        ),
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
# Have I Been Pwned's list of SHA-1 digests, for installations that keep a copy
BREACHED_PASSWORDS = env_str("BREACHED_PASSWORDS", "")
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "admin:login"
SESSION_ENGINE = "clinic.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# "__Host-" binds a cookie to this host; browsers accept it over https only.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
# Messages may name a patient: no cookie, which browsers write to their disk.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"

# Transport and browser
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers would then send forms with "Origin: null", which the
# check against forged requests refuses.
SECURE_REFERRER_POLICY = "same-origin"
BEHIND_PROXY = env_bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Languages and time. There is no LocaleMiddleware: the staff's pages and the API are in
# English, whatever the browser asks for; patient pages choose for themselves.
LANGUAGE_CODE = "en"
# Of patients; clinic.languages says more about them.
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "clinic.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# Files: private; only the views of prescriptions hand them out
STORAGES = {
    "default": {
        "BACKEND": "clinic.stores.Folder",
        "OPTIONS": {
            "location": DATA_DIR / "files",
            "base_url": None,
            # Names are made from the content: whoever writes twice writes the same.
            "allow_overwrite": True,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "clinic.static.ModuleManifestStorage",
    },
}
if S3_BUCKET := env_str("S3_BUCKET", ""):
    STORAGES["default"] = {
        "BACKEND": "clinic.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env_str("S3_ENDPOINT_URL", "") or None,
            "region_name": env_str("S3_REGION", "us-east-1"),
            "access_key": env_secret("S3_ACCESS_KEY_ID", at_least=3),
            "secret_key": env_secret("S3_SECRET_ACCESS_KEY", at_least=8),
            "default_acl": None,
            "file_overwrite": True,
        },
    }
STATIC_URL = "/static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(DATA_DIR / "static"))).resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clinic.api.authentication.ApiKeyAuthentication",
        "clinic.api.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.permissions.ScopePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.api.pagination.CreatedCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["clinic.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["clinic.api.throttling.ActorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"actor": "600/min"},
    "EXCEPTION_HANDLER": "clinic.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Catcamel API",
    "VERSION": "1",
    "DESCRIPTION": (
        "Home exercise programs of a clinic: patients, library, templates, programs, "
        "handouts, links, diaries. Send the key of an integration as "
        "`Authorization: Bearer ccm_…`; each operation names the scope that it needs. "
        "Errors are `application/problem+json`: decide by `code`. Every POST takes an "
        "`Idempotency-Key`; changes need `If-Match`; lists come in pages, follow "
        "`next`; what takes time is answered by a 202 with the `Location` of a job. "
        "Unknown parameters and members are refused. The guide is "
        "`docs/api-guide.md` of the source."
    ),
    "OAS_VERSION": "3.1.0",
    "WEBHOOKS": "clinic.api.events.WEBHOOKS",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Lists of values that share a field's name
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "prescriptions.models.Status",
        "KindEnum": "exercises.dosage.Kind.choices",
        "BatchKindEnum": "prescriptions.models.Batch.Kind",
        "AlertKindEnum": "prescriptions.models.Alert.Kind",
        "LinkKindEnum": "prescriptions.models.PatientLink.Kind",
        "JobKindEnum": "prescriptions.api.jobs.KINDS",
        "JobStateEnum": "prescriptions.api.jobs.STATES",
        "KeyStateEnum": "clinic.api.keys.STATES",
        "LinkStateEnum": "prescriptions.api.links.STATES",
        "StageEnum": "exercises.api.writing.STAGES",
        "TagEnum": "exercises.api.writing.TAGS",
        "ProgramStatusEnum": "prescriptions.models.Program.Status",
        "BatchFileKindEnum": "prescriptions.models.Batch.FileKind",
    },
}

# Queue. The database row is the truth and Redis a doorbell: see docs/architecture.md.
# Order of limits: render child < soft < hard < lease < visibility (clinic.checks).
RENDER_DEADLINE_SECONDS = env_int("RENDER_DEADLINE_SECONDS", default=30)
HANDOUT_LEASE_SECONDS = RENDER_DEADLINE_SECONDS + 30
CELERY_BROKER_URL = env_str("BROKER_URL")
IS_RABBITMQ = CELERY_BROKER_URL.startswith(("amqp://", "amqps://"))
CELERY_TASK_QUEUES = [
    # Without a key of its own a queue also gets what is meant for the default one.
    Queue(
        name,
        Exchange("handouts"),
        routing_key=name,
        # Kept on several nodes of RabbitMQ; Redis does not look at it.
        queue_arguments={"x-queue-type": "quorum"} if IS_RABBITMQ else None,
    )
    for name in ("handouts.interactive", "handouts.bulk")
]
CELERY_TASK_DEFAULT_QUEUE = CELERY_TASK_DEFAULT_ROUTING_KEY = "handouts.interactive"
CELERY_TASK_DEFAULT_EXCHANGE = "handouts"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_SOFT_TIME_LIMIT = RENDER_DEADLINE_SECONDS + 5
CELERY_TASK_TIME_LIMIT = RENDER_DEADLINE_SECONDS + 15
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = RENDER_DEADLINE_SECONDS + 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 1
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 0,
    "interval_start": 0.1,
    "interval_step": 0,
    "interval_max": 0.1,
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # The smallest value of all processes on one broker wins: a constant, no setting.
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 1 if IS_WORKER else 0.4,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "retry_on_timeout": False,
    "global_keyprefix": "catcamel:",
}
if IS_RABBITMQ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
SWEEP_SECONDS = env_int("SWEEP_SECONDS", default=10)
TURNS = {
    "prescriptions.sweep_handouts": SWEEP_SECONDS,
    "prescriptions.raise_alarms": 60,
    "prescriptions.sweep_batches": SWEEP_SECONDS,
    "prescriptions.sweep_messages": SWEEP_SECONDS,
    "prescriptions.drop_reminders": 3600,
    "prescriptions.remove_orphans": 3600,
    "prescriptions.check_files": 3600,
    "prescriptions.drop_batch_files": 3600,
    "prescriptions.finish_erasures": 3600,
    "exercises.sweep_imports": SWEEP_SECONDS,
    "exercises.drop_uploads": 3600,
    "clinic.drop_answers": 3600,
    "clinic.drop_sessions": 3600,
    "clinic.sweep_webhooks": SWEEP_SECONDS,
    "clinic.seal_audit": 60,
}
# For `celery beat`, where it runs instead of `manage.py sweep --loop`
CELERY_BEAT_SCHEDULE = {
    task: {
        "task": task,
        "schedule": schedule(seconds),
        # Turns that were missed while no worker ran are not all made up for.
        "options": {
            "expires": max(seconds, 600),
            "queue": f"handouts.{'bulk' if seconds == 3600 else 'interactive'}",
        },
    }
    for task, seconds in TURNS.items()
}

# A scrape of /metrics carries it; without one there is no such page.
METRICS_TOKEN = env_str("METRICS_TOKEN", "")

# Where spans go (OTLP over HTTP), with the extra "tracing" installed; empty: nowhere
TRACES_URL = env_str("TRACES_URL", "")
if TRACES_URL:
    # Within the request's context, whose id each span tells
    MIDDLEWARE.insert(2, "clinic.tracing.TraceMiddleware")

# Hosts of webhooks on the clinic's own network: no https, no public address needed
WEBHOOK_PRIVATE_HOSTS = env_list("WEBHOOK_PRIVATE_HOSTS", default=[])

# Mail: the row is the truth, a worker hands it to the server and tries again.
MAIL_URL = env_str("MAIL_URL", "")
MAIL_FROM = env_str("MAIL_FROM", "")
vars().update(environ.Env.email_url_config(MAIL_URL or "dummymail://"))
# Several waits in one delivery end before the task's own limit.
EMAIL_TIMEOUT = 8

# Text messages: the class that sends them, and what it needs
SMS_PROVIDER = env_str("SMS_PROVIDER", "")
SMS_SENDER = env_str("SMS_SENDER", "")
SMS_TOKEN = env_str("SMS_TOKEN", "")

# Where videos of exercises may be: pages that patients are sent to
VIDEO_HOSTS = env_list(
    "VIDEO_HOSTS",
    ["www.youtube.com", "youtube.com", "youtu.be", "vimeo.com", "player.vimeo.com"],
)

# The closed list of patient flags belongs to the exercise library, which this
# package must not import.
PATIENT_FLAG_CHOICES = "exercises.tags.flag_choices"
PATIENT_FLAG_GROUPS = "exercises.tags.flag_groups"
# Likewise what the admin shows first.
ADMIN_TODAY = "prescriptions.admin.today.today"
# And which exercises and leaflets a clinic's programs use, by slug.
CONTENT_IN_USE = "prescriptions.programs.content_in_use"
# And what a colleague who leaves has in hand, and gives to somebody else.
WORK_IN_HAND = "prescriptions.handing_over.in_hand"
HAND_OVER = "prescriptions.handing_over.hand_over"

# Logging: no patient data, one line an event
LOG_FORMAT = env_str("LOG_FORMAT", "line")
if LOG_FORMAT not in FORMATTERS:
    raise ImproperlyConfigured(f"LOG_FORMAT must be one of: {', '.join(FORMATTERS)}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": FORMATTERS[LOG_FORMAT]}},
    "filters": {
        "no_readiness": {"()": "clinic.logs.ReadinessFilter"},
        "redacting": {"()": "clinic.logs.RedactingFilter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "chosen",
            "filters": ["redacting"],
        }
    },
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["no_readiness"]},
        # It brings a handler of its own, which would tell addresses as they are.
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        **{
            name: {"level": "WARNING"}
            for name in ("fontTools", "pikepdf", "weasyprint.progress")
        },
    },
}
