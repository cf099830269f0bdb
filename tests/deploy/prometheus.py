"""A real Prometheus that looks at a server as deploy/monitoring says."""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clinic.local.redis_server import attempts
from tests.deploy.files import DEPLOY
from tests.services.availability import first_on_path
from tests.services.postgres import free_port
from tests.services.processes import ServiceProcess

MONITORING = DEPLOY / "monitoring"


def missing_prometheus() -> str | None:
    """Why nobody can ask Prometheus; None when one can."""
    has_both = first_on_path(["prometheus"]) and first_on_path(["promtool"])
    return None if has_both else "no prometheus"


def alarms() -> dict[str, str]:
    """Expressions of the alarms by name."""
    rules = yaml.safe_load((MONITORING / "alarms.yml").read_text())["groups"][0]
    return {rule["alert"]: rule["expr"] for rule in rules["rules"]}


def dashboard() -> list[dict[str, Any]]:
    """The panels of the dashboard."""
    panels: list[dict[str, Any]] = json.loads(
        (MONITORING / "grafana.json").read_text()
    )["panels"]
    return panels


@dataclass(frozen=True)
class Prometheus:
    """The HTTP API of a running one."""

    address: str

    def ask(self, expression: str) -> list[Any]:
        """What an expression gives at this moment; a wrong one raises."""
        query = urllib.parse.urlencode({"query": expression})
        url = f"{self.address}/api/v1/query?{query}"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (loopback)
            found: list[Any] = json.load(answer)["data"]["result"]
        return found

    def has_seen(self, expression: str, seconds: float = 60) -> bool:
        """Wait until an expression gives something."""
        return any(
            self.is_up() and self.ask(expression) for _ in attempts(seconds, pause=0.5)
        )

    def is_up(self) -> bool:
        """Whether it takes questions yet."""
        try:
            url = f"{self.address}/-/ready"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def running_prometheus(
    folder: Path, *, target: str, token: str
) -> Iterator[Prometheus]:
    """One with the configuration of deploy/, another target and a look each second."""
    folder.mkdir()
    (folder / "token").write_text(token)
    text = (MONITORING / "prometheus.yml").read_text()
    for theirs, ours in {
        "127.0.0.1:8000": target,
        "/etc/prometheus/catcamel_token": str(folder / "token"),
        "scrape_interval: 30s": "scrape_interval: 1s",
        "catcamel-alarms.yml": str(MONITORING / "alarms.yml"),
    }.items():
        assert theirs in text, theirs
        text = text.replace(theirs, ours)
    (folder / "prometheus.yml").write_text(text)
    listen = f"127.0.0.1:{free_port()}"
    process = ServiceProcess(
        "prometheus",
        [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={listen}",
        ],
        environment={"PATH": os.environ["PATH"]},
        logs=folder,
    )
    with process:
        yield Prometheus(f"http://{listen}")
