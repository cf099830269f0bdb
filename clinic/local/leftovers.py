"""Processes that a killed ./dev run left behind.

Each start writes down its children; the next one ends those that still live. A
number alone could meanwhile belong to somebody else, so the time at which the
process began is compared too.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from clinic.local.environment import say
from clinic.local.redis_server import attempts


def began(pid: int) -> str | None:
    """When a process began, as the system writes it; None if there is none."""
    try:
        # The name in parentheses may hold spaces; the 20th field after it counts.
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[19]
    except OSError:
        return None if Path("/proc/self/stat").exists() else began_by_ps(pid)


def began_by_ps(pid: int) -> str | None:
    """The same where there is no /proc (macOS)."""
    ps = ["ps", "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(ps, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def write_down(file: Path, pids: Iterable[int]) -> None:
    """Keep the processes of this start for the next one."""
    known = {str(pid): start for pid in pids if (start := began(pid))}
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(known))
    temporary.replace(file)


def read_back(file: Path) -> list[int]:
    """The processes of the start before that are still the same and alive."""
    try:
        known: dict[str, str] = json.loads(file.read_text())
    except (OSError, ValueError):
        return []
    return [int(pid) for pid, start in known.items() if began(int(pid)) == start]


def end_leftovers(file: Path) -> None:
    """End what a killed start left; only for the holder of the folder's lock."""
    pids = read_back(file)
    if pids:
        say(f"Ending {len(pids)} processes of a start that was killed ...")
    for pid in pids:
        signal_group(pid, signal.SIGTERM)
    for _ in attempts(5):
        if not read_back(file):
            break
    for pid in pids:
        signal_group(pid, signal.SIGKILL)
    file.unlink(missing_ok=True)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group a child leads, if there is still one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
