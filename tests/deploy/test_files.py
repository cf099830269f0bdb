"""What deploy/ and docs/deployment.md say is what the code does."""

import re
import shutil
import stat
import subprocess

import pytest
import yaml

from clinic.env import env_list, env_str
from clinic.local.commands import sweeper_command, worker_command
from clinic.local.environment import ROOT
from clinic.management.commands.settings_table import MEANINGS, read_settings, table
from tests.deploy.files import DEPLOY, command_of, services, unit
from tests.services.availability import require

COMPOSE = DEPLOY / "containers" / "compose.yaml"
OURS = ("migrate", "web", "worker-interactive", "worker-all", "sweeper")


def compose() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load(COMPOSE.read_text())
    return found["services"]  # type: ignore[return-value]


def test_the_table_of_settings_is_that_of_the_code():
    page = (ROOT / "docs" / "deployment.md").read_text()
    assert table() in page, "put the output of ./manage.py settings_table there"


def test_every_setting_is_explained_and_nothing_else():
    assert {setting.name for setting in read_settings()} == set(MEANINGS)


@pytest.mark.requirement("D9")
def test_any_value_may_stand_in_a_file(monkeypatch, tmp_path):
    file = tmp_path / "value"
    file.write_text("redis://somewhere/0\n")
    monkeypatch.delenv("BROKER_URL", raising=False)
    monkeypatch.setenv("BROKER_URL_FILE", str(file))
    assert env_str("BROKER_URL") == "redis://somewhere/0"


def test_a_list_may_stand_in_a_file(monkeypatch, tmp_path):
    file = tmp_path / "value"
    file.write_text("one, two\n")
    monkeypatch.setenv("SOME_LIST_FILE", str(file))
    assert env_list("SOME_LIST", default=[]) == ["one", "two"]


@pytest.mark.parametrize("queue", ["interactive", "all"])
def test_units_start_workers_as_dev_run_does(queue):
    started = command_of(f"catcamel-worker-{queue}.service")[1:]
    # What is called differently on purpose: number of processes, name and queues.
    kept = [word for word in worker_command()[1:] if word.startswith(("-m", "--"))]
    assert [word for word in kept if word not in started] == []
    assert "handouts.interactive" in started[-1]


def test_the_unit_starts_the_sweeper_as_dev_run_does():
    assert command_of("catcamel-sweeper.service")[1:] == sweeper_command()[1:]


@pytest.mark.requirement("C3")
@pytest.mark.parametrize("path", services(), ids=lambda path: path.stem)
def test_every_service_is_without_rights(path):
    service = unit(path.name)["Service"]
    assert service["User"] == "catcamel"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_the_target_starts_every_service():
    wanted = unit("catcamel.target")["Unit"]["Wants"].split()
    assert {path.name for path in services()} < set(wanted)


@pytest.mark.full
def test_systemd_understands_the_units(tmp_path):
    require(None if shutil.which("systemd-analyze") else "no systemd-analyze")
    for path in (DEPLOY / "systemd").glob("catcamel*.*"):
        text = path.read_text().replace(
            "/opt/catcamel/current/.venv/bin/python", "/bin/true"
        )
        (tmp_path / path.name).write_text(text)
    units = [str(path) for path in tmp_path.iterdir() if path.suffix != ".env"]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "catcamel" not in done.stderr, done.stderr


@pytest.mark.requirement("C3")
@pytest.mark.parametrize("name", OURS)
def test_every_container_of_ours_is_read_only_and_without_rights(name):
    service = compose()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_containers_start_workers_as_the_units_do():
    for queue in ("interactive", "all"):
        ours = compose()[f"worker-{queue}"]["command"]
        units = command_of(f"catcamel-worker-{queue}.service", host="%h")
        assert ours[1:] == units[1:]  # type: ignore[index]


def test_the_queue_of_the_containers_loses_nothing_it_took():
    command = " ".join(compose()["redis"]["command"])  # type: ignore[arg-type]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_nothing_starts_before_the_audit_trail_is_protected():
    services = compose()
    waiting = [name for name in OURS if "protect" in services[name]["depends_on"]]  # type: ignore[operator]
    assert waiting == [name for name in OURS if name != "migrate"]
    assert "protect.sql" in str(services["protect"])


@pytest.mark.requirement("C3")
def test_the_image_does_not_run_as_root():
    lines = (DEPLOY / "containers" / "Containerfile").read_text().splitlines()
    assert "USER 10001" in lines


def test_the_image_collects_static_files_beside_their_sources():
    text = (DEPLOY / "containers" / "Containerfile").read_text()
    (folder,) = re.findall(r"STATIC_ROOT=/opt/catcamel/(\S+)", text)
    assert not (ROOT / folder).exists()


def test_secrets_are_made_once_and_stay(tmp_path):
    shutil.copy(DEPLOY / "containers" / "make-secrets", tmp_path)
    command = str(tmp_path / "make-secrets")
    subprocess.run([command], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run([command], check=True, capture_output=True)
    again = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert first == again
    assert len(first["secret_key"]) >= 50
    named = yaml.safe_load(COMPOSE.read_text())["secrets"]
    assert set(named) == set(first)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
