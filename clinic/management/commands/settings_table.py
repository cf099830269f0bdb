"""Prints the table of settings for docs/deployment.md."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

READERS = {"env_str", "env_int", "env_bool", "env_list", "env_secret"}
MEANINGS = {
    "DEBUG": "error pages with code: only on a developer's machine, never with HTTPS",
    "SECRET_KEY": "signs sessions and forms",
    "SECRET_KEY_FALLBACKS": "former values of SECRET_KEY that are still accepted",
    "ALLOWED_HOSTS": "host names the site answers to, with commas between",
    "PUBLIC_URL": "the address people type, as printed on handouts",
    "HTTPS": "secure cookies, redirects and HSTS; false only on one machine",
    "DATA_DIR": "folder of private files (and of SQLite)",
    "LINK_KEY": "signs patients' links; never the same as SECRET_KEY",
    "PLAIN_HOSTS": "hosts reached without TLS: this machine, or a private link",
    "BACKUP_KEY": "encrypts backups (32 characters); without it there are none",
    "DATABASE_URL": "`postgres://user:password@host:5432/name?sslmode=verify-full`",
    "CONN_MAX_AGE": "seconds a connection to PostgreSQL is kept",
    "DATABASE_POOL_SIZE": "connections of one web process in a pool; 0: one a thread",
    "CACHE_URL": "Redis for counters and signs of life: `redis://host:6379/1`",
    "BREACHED_PASSWORDS": "file of SHA-1 digests as Have I Been Pwned gives it away",
    "BEHIND_PROXY": "believe X-Forwarded-Proto and the last X-Forwarded-For",
    "STATIC_ROOT": "folder that collectstatic fills",
    "S3_BUCKET": "bucket of an S3-compatible store; empty: files below DATA_DIR",
    "S3_ENDPOINT_URL": "address of the store; empty: Amazon's",
    "S3_REGION": "its region",
    "S3_ACCESS_KEY_ID": "only with S3_BUCKET",
    "S3_SECRET_ACCESS_KEY": "only with S3_BUCKET",
    "RENDER_DEADLINE_SECONDS": "how long one rendering may take (89 at most)",
    "BROKER_URL": "queue: `redis://host:6379/0` or `amqp://user:password@host//`",
    "SWEEP_SECONDS": "how often the sweeper looks",
    "METRICS_TOKEN": "what a scrape of /metrics must carry; empty: no such page",
    "TRACES_URL": "OpenTelemetry: `https://host:4318/v1/traces`; empty: no traces",
    "WEBHOOK_PRIVATE_HOSTS": "hosts of webhooks on your own network: no https needed",
    "MAIL_URL": "`smtp+tls://user:password@host:587`; empty: no mail is sent",
    "MAIL_FROM": "address that mail comes from; required with MAIL_URL",
    "SMS_PROVIDER": "class that sends text messages; empty: none are sent",
    "SMS_SENDER": "name or number that the provider sends from",
    "SMS_TOKEN": "the provider's secret",
    "VIDEO_HOSTS": "where videos of exercises may be",
    "LOG_FORMAT": "line, or json: one object a line",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
}


@dataclass(frozen=True)
class Setting:
    """A variable that clinic/settings.py reads, and what it is without one."""

    name: str
    default: str


def read_settings() -> list[Setting]:
    """Return the variables in the order in which the settings read them."""
    source = Path(settings.BASE_DIR, "clinic", "settings.py").read_text()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [
        Setting(str(ast.literal_eval(call.args[0])), _default(call))
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in READERS
    ]


def _default(call: ast.Call) -> str:
    named = [word.value for word in call.keywords if word.arg == "default"]
    given = [*call.args[1:], *named]
    if not given:
        lengths = [word.value for word in call.keywords if word.arg == "at_least"]
        length = ast.unparse(lengths[0]) if lengths else "32"
        is_secret = ast.unparse(call.func) == "env_secret"
        return f"required, {length} characters" if is_secret else "required"
    try:
        value = ast.literal_eval(given[0])
    except ValueError:
        return "in DATA_DIR"
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def table() -> str:
    """Return the settings as a table in Markdown."""
    lines = ["| variable | without it | what it is |", "|---|---|---|"]
    for setting in read_settings():
        default = setting.default or "empty"
        lines.append(f"| `{setting.name}` | {default} | {MEANINGS[setting.name]} |")
    return "\n".join(lines)


class Command(BaseCommand):
    """Print the table."""

    help = "Print the settings, their defaults and meanings as a Markdown table."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        self.stdout.write(table())
