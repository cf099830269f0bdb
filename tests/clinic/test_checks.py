"""Combinations of settings that must not start."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clinic import checks

ROOT = Path(settings.BASE_DIR)


def files_in(folder: Path, **options: Any) -> dict[str, Any]:
    return {"default": {"OPTIONS": {"location": folder, "base_url": None} | options}}


def on_server(**values: Any) -> dict[str, Any]:
    return {"HTTPS": True} | values


def database(host: str, sslmode: str = "") -> dict[str, Any]:
    return {"default": {"HOST": host, "OPTIONS": {"sslmode": sslmode}}}


WRONG: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (checks.check_private_files, {"STORAGES": files_in(settings.STATIC_ROOT / "x")}),
    (checks.check_private_files, {"STORAGES": files_in(ROOT / "static" / "x")}),
    (checks.check_private_files, {"STORAGES": files_in(settings.DATA_DIR)}),
    (
        checks.check_private_files,
        {"STORAGES": files_in(settings.DATA_DIR / "files", base_url="/media/")},
    ),
    (checks.check_link_key, {"LINK_KEY": settings.SECRET_KEY}),
    (checks.check_link_key, {"SECRET_KEY_FALLBACKS": [settings.LINK_KEY]}),
    (checks.check_time_limits, {"RENDER_DEADLINE_SECONDS": 35}),
    (checks.check_time_limits, {"CELERY_TASK_TIME_LIMIT": 35}),
    (checks.check_time_limits, {"HANDOUT_LEASE_SECONDS": 45}),
    (
        checks.check_time_limits,
        {"CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 60}},
    ),
    (checks.check_fonts, {"BASE_DIR": Path("/nowhere")}),
    (checks.check_broker, {"CELERY_BROKER_URL": "memory://"}),
    (checks.check_broker, {"CELERY_BROKER_URL": "filesystem://"}),
    (checks.check_debug, {"DEBUG": True, "HTTPS": True}),
    (checks.check_breached_passwords, {"BREACHED_PASSWORDS": "/nowhere/pwned.txt"}),
    (checks.check_transport, on_server(DATABASES=database("db.example.org"))),
    (checks.check_transport, on_server(DATABASES=database("10.0.0.5", "prefer"))),
    (checks.check_transport, on_server(CELERY_BROKER_URL="redis://q.example.org/0")),
    (
        checks.check_transport,
        on_server(CELERY_BROKER_URL="rediss://q.example.org/0?ssl_cert_reqs=none"),
    ),
    (
        checks.check_transport,
        on_server(STORAGES=files_in(Path("x"), endpoint_url="http://s3.example.org")),
    ),
    (
        checks.check_transport,
        on_server(MAIL_URL="smtp://mail.example.org", EMAIL_HOST="mail.example.org"),
    ),
    (checks.check_messages, {"MAIL_URL": "smtp+tls://m:587", "MAIL_FROM": ""}),
    (checks.check_messages, on_server(MAIL_URL="filemail:///var/mails")),
    (checks.check_messages, on_server(MAIL_URL="", SMS_PROVIDER="clinic.sms.Console")),
]
RIGHT: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (checks.check_private_files, {"STORAGES": files_in(settings.DATA_DIR / "files")}),
    (checks.check_private_files, {}),
    (checks.check_link_key, {}),
    (checks.check_time_limits, {}),
    (
        checks.check_time_limits,
        {"CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 120}},
    ),
    (checks.check_fonts, {}),
    (checks.check_broker, {"CELERY_BROKER_URL": "redis+socket:///run/redis.sock"}),
    (checks.check_debug, {"DEBUG": True, "HTTPS": False}),
    (checks.check_breached_passwords, {}),
    (
        checks.check_transport,
        on_server(DATABASES=database("db.example.org", "verify-full")),
    ),
    (checks.check_transport, on_server(CELERY_BROKER_URL="amqps://q.example.org//")),
    (
        checks.check_transport,
        on_server(CELERY_BROKER_URL="redis://redis:6379/0", PLAIN_HOSTS=["redis"]),
    ),
    (checks.check_transport, on_server(DATABASES=database("/run/postgresql"))),
    (checks.check_messages, {}),
    (checks.check_messages, on_server(MAIL_URL="", SMS_PROVIDER="")),
]


@pytest.mark.requirement("P6", "W1", "D8")
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(("check", "values"), WRONG)
def test_a_wrong_combination_is_an_error_with_a_hint(
    settings: Any, check: Callable[..., Any], values: dict[str, Any]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    (error,) = check()
    assert error.is_serious()
    assert error.hint


@pytest.mark.requirement("P6", "W1", "D8")
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(("check", "values"), RIGHT)
def test_a_right_combination_passes(
    settings: Any, check: Callable[..., Any], values: dict[str, Any]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert check() == []


def test_the_ids_differ() -> None:
    assert len({check.__name__ for check in checks.CHECKS}) == len(checks.CHECKS)


@pytest.mark.requirement("W1")
@pytest.mark.slow
def test_settings_of_production_pass_all_deployment_checks(tmp_path: Path) -> None:
    production = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "kd83-Jx02_qPz7Lm45-Wv9tRb61_Yc38-Nh50sGf27aUe94-Hq18mT",
        "LINK_KEY": "pX71-Cw46_dTk9Rz20-Bv8mQj53_Hs17-Ln62yFg84oAe35i",
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "https://hep.example.org",
        "ALLOWED_HOSTS": "hep.example.org",
        "BROKER_URL": "redis://127.0.0.1:6379/0",
        "CACHE_URL": "redis://127.0.0.1:6379/1",
        "DATABASE_URL": "postgres://catcamel@127.0.0.1/catcamel",
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
    }
    command = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=production, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
