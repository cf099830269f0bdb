"""Asks whether faults of the packages we build on are known (pip-audit).

Not everybody can ask: without network, or behind an index that holds packages alone,
nobody answers. That is no failure, but it is said. A fault that does not concern us
is waived in pyproject.toml, with the reason, until a day.
"""

import json
import subprocess
import sys
import time
import tomllib
from datetime import UTC, date, datetime
from typing import Any

from clinic.local.environment import ROOT, RUNTIME_LOCK
from tests.steps import Result

NAME = "known faults"
NOBODY = f"{NAME} of packages: no advisory source answered"
SECONDS = 90


def look_up() -> Result | None:
    """Return what is known of the locked packages; None when nobody answers."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    command += ["-r", RUNTIME_LOCK, "-f", "json", "--timeout", "5"]
    command += [word for one in waived() for word in ("--ignore-vuln", one)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    faults = faults_in(done.stdout)
    if faults is None:
        return None
    return Result(NAME, time.monotonic() - began, ok=not faults, output=faults)


def faults_in(report: str) -> str | None:
    """Return a line for each fault of pip-audit's report; None for no answer at all."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return None
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        return None
    return "\n".join(
        f"{one['name']} {one['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for one in asked
        for fault in one["vulns"]
    )


def waived(today: date | None = None) -> list[str]:
    """Return the ids of faults that are waived on this day."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    day = today or datetime.now(UTC).date()
    return [one["id"] for one in tool["advisories"]["waived"] if day <= one["until"]]
