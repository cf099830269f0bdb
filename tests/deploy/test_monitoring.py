"""Alarms and dashboard: what they ask for exists, and alarms are raised."""

import re
import subprocess
from itertools import combinations

import pytest
import yaml

from clinic.local.environment import ROOT
from tests.deploy.prometheus import (
    MONITORING,
    alarms,
    dashboard,
    missing_prometheus,
)
from tests.services.availability import require

METRICS = ROOT / "prescriptions" / "metrics.py"
# Series that raise each alarm, one value a minute.
RAISED_BY = {
    "queue_stalled": ('catcamel_oldest_queued_seconds{queue="interactive"}', "121"),
    "no_worker": ('catcamel_process_alive{process="worker"}', "0"),
    "no_sweeper": ('catcamel_process_alive{process="sweeper"}', "0"),
    "redis_away": ("catcamel_redis_up", "0"),
    "storage_away": ('catcamel_handouts_delayed{reason="storage"}', "1"),
    "many_failures": ('catcamel_handouts_failed_24h{reason="storage"}', "21"),
    "server_errors": ('catcamel_request_seconds_count{status="500"}', "0+10"),
    "slow_answers": ('catcamel_request_seconds_bucket{le="10"}', "0+10"),
    "pool_too_small": ('catcamel_database_pool{host="web",state="waiting"}', "1"),
    "no_answer": ("catcamel_something_else", "1"),
}
MINUTES = 20


def promtool(*arguments: str) -> None:
    done = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def asked_by_dashboard() -> list[dict[str, str]]:
    return [target for panel in dashboard() for target in panel["targets"]]


def test_dashboard_and_alarms_ask_for_numbers_that_exist():
    known = set(re.findall(r'"(?:catcamel_)?([a-z0-9_]+)"', METRICS.read_text()))
    asked_for = [*alarms().values(), *(one["expr"] for one in asked_by_dashboard())]
    asked = set(re.findall(r"catcamel_([a-z0-9_]+)", " ".join(asked_for)))
    # A histogram is asked for by its parts.
    asked = {re.sub("_(bucket|count|sum)$", "", name) for name in asked}
    assert len(asked) > 10
    assert asked <= known


def test_alarms_are_explained():
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in alarms() if f"`{name}`" not in page] == []


def test_every_label_of_a_legend_is_left_by_its_expression():
    for target in asked_by_dashboard():
        left = set(re.findall(r"\bby \(([^)]*)\)", target["expr"]))
        names = {name.strip() for group in left for name in group.split(",")}
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= names, target


def test_no_panel_covers_another():
    boxes = {panel["title"]: panel["gridPos"] for panel in dashboard()}
    assert len(boxes) == len({panel["id"] for panel in dashboard()})
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, (one, other)
    assert all(box["x"] + box["w"] <= 24 for box in boxes.values())


@pytest.mark.full
def test_prometheus_understands_the_files(tmp_path):
    require(missing_prometheus())
    text = (MONITORING / "prometheus.yml").read_text()
    text = text.replace("/etc/prometheus/catcamel_token", "/dev/null")
    rules = str(MONITORING / "alarms.yml")
    (tmp_path / "prometheus.yml").write_text(text.replace("catcamel-alarms.yml", rules))
    promtool("check", "config", str(tmp_path / "prometheus.yml"))


@pytest.mark.full
def test_every_alarm_is_raised_by_what_it_speaks_of(tmp_path):
    require(missing_prometheus())
    assert set(RAISED_BY) == set(alarms())
    tests = [raises(name, *RAISED_BY[name]) for name in RAISED_BY]
    content = {
        "rule_files": [str(MONITORING / "alarms.yml")],
        "evaluation_interval": "1m",
        "tests": tests,
    }
    (tmp_path / "alarms.yml").write_text(yaml.safe_dump(content))
    promtool("test", "rules", str(tmp_path / "alarms.yml"))


def raises(name: str, series: str, value: str) -> dict[str, object]:
    """One test of promtool: this series and, but for one, an answering Redis."""
    shape = f"{value}x{MINUTES}"
    told = [{"series": series, "values": shape}]
    if "le=" in series:
        told.append({"series": series.replace('"10"', '"+Inf"'), "values": shape})
    if name not in ("no_answer", "redis_away"):
        told.append({"series": "catcamel_redis_up", "values": f"1x{MINUTES}"})
    labels = {"host": "web"} if "host=" in series else {}
    return {
        "interval": "1m",
        "input_series": told,
        "alert_rule_test": [
            {
                "eval_time": f"{MINUTES}m",
                "alertname": name,
                "exp_alerts": [{"exp_labels": labels}],
            }
        ],
    }
