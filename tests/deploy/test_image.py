"""The image is built and works on a read-only file system, without rights.

IMAGE_BASE names another base where the usual one cannot be fetched; PODMAN_OPTIONS,
BUILD_OPTIONS and RUN_OPTIONS (words with blanks between) what a machine needs besides.
"""

import os
import subprocess

import pytest

from clinic.local.environment import ROOT
from tests.services.availability import first_on_path, require

pytestmark = [pytest.mark.services, pytest.mark.full]

NAME = "localhost/catcamel-test"
BASE = os.environ.get("IMAGE_BASE", "docker.io/library/python:3.12-slim-bookworm")
SETTINGS = {
    "SECRET_KEY": "s" * 50,
    "LINK_KEY": "l" * 50,
    "ALLOWED_HOSTS": "localhost",
    "PUBLIC_URL": "https://localhost",
    "BROKER_URL": "redis://localhost/0",
    "CACHE_URL": "redis://localhost/1",
}
MAKE = """
from prescriptions import tasks
from prescriptions.models import Handout
row = Handout.objects.unscoped().filter(status="pending").first()
tasks.render_handout.apply(args=[str(row.pk)], throw=True)
row.refresh_from_db()
print(row.status)
"""
JOB = f"""
python manage.py migrate --verbosity=0
python manage.py load_library >/tmp/said
python manage.py create_demo >/tmp/said
python manage.py shell --no-imports -c '{MAKE}'
id -u
touch /opt/catcamel/mine 2>/dev/null || echo read-only
"""


def podman(*arguments: str, seconds: float = 900) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["podman", *os.environ.get("PODMAN_OPTIONS", "").split(), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@pytest.fixture(scope="module")
def image() -> str:
    require(None if first_on_path(["podman"]) else "no podman")
    has_base = podman("image", "exists", BASE).returncode == 0
    if not has_base and podman("pull", "--quiet", BASE, seconds=120).returncode:
        require(f"{BASE} cannot be fetched")
    options = os.environ.get("BUILD_OPTIONS", "").split()
    file = "deploy/containers/Containerfile"
    done = podman(
        "build", *options, "--build-arg", f"BASE={BASE}", "-f", file, "-t", NAME, "."
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return NAME


@pytest.mark.requirement("C3")
def test_a_handout_is_made_in_a_container_that_cannot_be_changed(image):
    given = [f"--env={name}={value}" for name, value in SETTINGS.items()]
    rights = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
    limits = os.environ.get("RUN_OPTIONS", "").split()
    done = podman(
        "run",
        "--rm",
        "--network=none",
        *rights,
        *limits,
        "--tmpfs=/tmp:mode=1777,size=256m",
        *given,
        image,
        "sh",
        "-ec",
        JOB,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["ready", "10001", "read-only"]
