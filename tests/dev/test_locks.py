"""The lock files hold names, versions and hashes, and no address."""

import re

import pytest

from clinic.local.environment import DEV_LOCK, ROOT, RUNTIME_LOCK, TRACING_LOCK

LOCKS = [RUNTIME_LOCK, DEV_LOCK, TRACING_LOCK]
PACKAGE = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"\w+://|file:|--(extra-)?index-url|--find-links", text)


@pytest.mark.requirement("C1")
@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    logical = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    requirements = [
        line for line in logical if line and not line.lstrip().startswith("#")
    ]
    unpinned = [
        line
        for line in requirements
        if "==" not in line or "--hash=sha256:" not in line
    ]
    assert requirements
    assert unpinned == []


@pytest.mark.parametrize("lock", [DEV_LOCK, TRACING_LOCK])
def test_another_lock_holds_the_runtime_lock(lock: str) -> None:
    runtime, more = (
        set(PACKAGE.findall((ROOT / one).read_text())) for one in (RUNTIME_LOCK, lock)
    )
    assert runtime < more
