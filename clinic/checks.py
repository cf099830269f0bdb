"""System checks: combinations of settings that are each fine and together wrong."""

import os
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

from clinic.sms import CONSOLE

# In-process or file queues lose messages when a process dies.
UNSAFE_BROKERS = ("memory:", "filesystem:", "sqla+")
VERIFIED = ("verify-ca", "verify-full")
ENCRYPTED = ("rediss", "amqps", "https")


def check_private_files(**kwargs: Any) -> list[CheckMessage]:
    """Handouts must not lie where the web server serves files."""
    default: Any = settings.STORAGES["default"]
    options = default.get("OPTIONS", {})
    if "location" not in options:  # an object store or memory
        return []
    private = Path(options["location"]).resolve()
    served = [Path(settings.STATIC_ROOT), *map(Path, settings.STATICFILES_DIRS)]
    is_apart = not any(_overlap(private, folder.resolve()) for folder in served)
    if is_apart and options.get("base_url") is None:
        return []
    return [
        Error(
            "Patients' files would be served to everybody.",
            hint="Keep the default storage outside STATIC_ROOT and STATICFILES_DIRS, "
            "with base_url None.",
            id="clinic.E001",
        )
    ]


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def check_link_key(**kwargs: Any) -> list[CheckMessage]:
    """The keys of links and of sessions must be rotated apart."""
    if settings.LINK_KEY not in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        return []
    return [
        Error(
            "LINK_KEY is the same as SECRET_KEY or one of its fallbacks.",
            hint="Give LINK_KEY a random value of its own.",
            id="clinic.E002",
        )
    ]


def check_time_limits(**kwargs: Any) -> list[CheckMessage]:
    """Each limit must end what the one before it could not, before the next one."""
    limits: dict[str, float] = {
        "RENDER_DEADLINE_SECONDS": settings.RENDER_DEADLINE_SECONDS,
        "CELERY_TASK_SOFT_TIME_LIMIT": settings.CELERY_TASK_SOFT_TIME_LIMIT,
        "CELERY_TASK_TIME_LIMIT": settings.CELERY_TASK_TIME_LIMIT,
        "HANDOUT_LEASE_SECONDS": settings.HANDOUT_LEASE_SECONDS,
    }
    transport: dict[str, Any] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    if "visibility_timeout" in transport:  # a notion of Redis, not of RabbitMQ
        limits["visibility_timeout"] = transport["visibility_timeout"]
    if all(shorter < longer for shorter, longer in pairwise(limits.values())):
        return []
    found = ", ".join(f"{name} {seconds}" for name, seconds in limits.items())
    return [
        Error(
            f"The time limits of a rendering are not in rising order: {found}.",
            hint="Let each be longer than the one before it.",
            id="clinic.E003",
        )
    ]


def check_fonts(**kwargs: Any) -> list[CheckMessage]:
    """Handouts are set in the fonts of the package, never in those of the system."""
    fonts = Path(settings.BASE_DIR, "prescriptions", "fonts")
    if any(fonts.glob("*.ttf")):
        return []
    return [
        Error(
            f"There are no fonts in {fonts}.",
            hint="Restore the folder prescriptions/fonts of the release.",
            id="clinic.E004",
        )
    ]


def check_broker(**kwargs: Any) -> list[CheckMessage]:
    """Work must outlive the process that asked for it."""
    if not settings.CELERY_BROKER_URL.startswith(UNSAFE_BROKERS):
        return []
    return [
        Error(
            "BROKER_URL names a queue that loses work.",
            hint="Use redis://, rediss://, redis+socket:// or amqp://.",
            id="clinic.E005",
        )
    ]


def check_debug(**kwargs: Any) -> list[CheckMessage]:
    """Error pages of DEBUG show patients' data to whoever causes an error."""
    if not (settings.DEBUG and settings.HTTPS):
        return []
    return [
        Error(
            "DEBUG is on in an installation that is reached over HTTPS.",
            hint="Set DEBUG to false; it is for development without HTTPS.",
            id="clinic.E006",
        )
    ]


def check_breached_passwords(**kwargs: Any) -> list[CheckMessage]:
    """A list that cannot be read would stop everybody from setting a password."""
    path = settings.BREACHED_PASSWORDS
    if not path or os.access(path, os.R_OK):
        return []
    return [
        Error(
            "BREACHED_PASSWORDS names a file that cannot be read.",
            hint="Name a readable file, or leave the variable empty.",
            id="clinic.E007",
        )
    ]


def check_transport(**kwargs: Any) -> list[CheckMessage]:
    """What goes to another machine is encrypted, and the other side is verified."""
    if not settings.HTTPS:
        return []
    database: Any = settings.DATABASES["default"]
    mode = database.get("OPTIONS", {}).get("sslmode", "")
    cache: Any = settings.CACHES["default"]
    storage: Any = settings.STORAGES["default"]
    plain = {
        "DATABASE_URL": _is_elsewhere(database.get("HOST", ""))
        and mode not in VERIFIED,
        "BROKER_URL": _is_plain(settings.CELERY_BROKER_URL),
        "CACHE_URL": _is_plain(cache.get("LOCATION", "")),
        "TRACES_URL": _is_plain(settings.TRACES_URL),
        "S3_ENDPOINT_URL": _is_plain(
            storage.get("OPTIONS", {}).get("endpoint_url") or ""
        ),
        "MAIL_URL": settings.MAIL_URL.startswith("smtp:")
        and _is_elsewhere(settings.EMAIL_HOST),
    }
    return [
        Error(
            f"{name} leads to another machine without verified encryption.",
            hint="Use sslmode=verify-full, rediss://, amqps://, https:// or "
            "smtp+tls://; where the host is this machine, or behind a private link, "
            "name it in PLAIN_HOSTS.",
            id="clinic.E008",
        )
        for name, is_plain in plain.items()
        if is_plain
    ]


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    # Redis and others are told in the address not to look at the certificate.
    is_verified = parts.scheme in ENCRYPTED and "none" not in parts.query.lower()
    return not is_verified and _is_elsewhere(parts.hostname or "")


def _is_elsewhere(host: str) -> bool:
    """Tell whether it is another machine; a path is a socket of this one."""
    if not host or host.startswith("/") or host in ("localhost", *settings.PLAIN_HOSTS):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def check_messages(**kwargs: Any) -> list[CheckMessage]:
    """Messages must come from an address, and reach patients rather than a screen."""
    found: list[CheckMessage] = []
    if settings.MAIL_URL and "@" not in settings.MAIL_FROM:
        text, hint = "Mail has no sender.", "Set MAIL_FROM to your clinic's address."
        found.append(Error(text, hint=hint, id="clinic.E009"))
    stays_here = settings.MAIL_URL and not settings.MAIL_URL.startswith("smtp")
    if settings.HTTPS and (stays_here or settings.SMS_PROVIDER == CONSOLE):
        text = "Messages to patients would stay on this machine."
        hint = "Set MAIL_URL to smtp+tls://…, SMS_PROVIDER to a provider, or neither."
        found.append(Error(text, hint=hint, id="clinic.E010"))
    return found


CHECKS = (
    check_private_files,
    check_link_key,
    check_time_limits,
    check_fonts,
    check_broker,
    check_debug,
    check_breached_passwords,
    check_transport,
    check_messages,
)
