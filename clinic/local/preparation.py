"""The data before a start: migrations, exercise library, static files, demo clinic."""

import hashlib
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

from clinic.local.environment import ROOT, Environment, Exit, Failure, last_lines
from clinic.local.folder import DataFolder
from clinic.local.leftovers import signal_group

MIGRATE = "migrate --no-input --verbosity=0"
COLLECT = "collectstatic --no-input --verbosity=0"
Login = dict[str, str]


def prepare_data(
    folder: DataFolder, *, demo: bool, stopping: threading.Event, key: bool = False
) -> Login:
    """Bring the data up to date; the login if the demo clinic is new.

    With ``key`` the login of a new demo holds an API key.
    """
    static = StaticFiles(folder.path)
    commands = [MIGRATE, "load_library"]
    commands += [] if static.are_current() else [COLLECT]
    if demo:
        commands.append("create_demo --api-key" if key else "create_demo")
    code, output = run_commands(folder, commands, stopping)
    if stopping.is_set():
        return {}
    (folder.logs / "prepare.log").write_text(without_login(output))
    if code:
        raise unprepared(folder, output)
    static.note()
    login = login_in(output)
    if login:
        folder.demo_login_file.write_text(login["email"])
    return login


def run_commands(
    folder: DataFolder, commands: list[str], stopping: threading.Event
) -> tuple[int, str]:
    """Run management commands in a child that Ctrl-C ends in between."""
    child = subprocess.Popen(
        [sys.executable, "-m", "clinic.local.prepare", *commands],
        cwd=ROOT,
        env=folder.environment(),
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    while True:
        try:
            output, _ = child.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            if stopping.is_set():
                signal_group(child.pid, signal.SIGKILL)
        else:
            return child.returncode, output


def unprepared(folder: DataFolder, output: str) -> Failure:
    """The message that names the command that failed and its reason."""
    lines = output.splitlines()
    steps = [line[3:] for line in lines if line.startswith("== ")]
    reasons = [line[3:] for line in lines if line.startswith("!! ")]
    command = steps[-1] if steps else MIGRATE
    return Failure(
        Exit.MIGRATION,
        f"a prepared database: {command.split()[0]} failed.",
        "Without it the data on disk would not match the program.",
        f"./dev manage --data '{folder.path}' {command}",
        "\n".join(reasons) or last_lines(output),
    )


def login_in(output: str) -> Login:
    """The JSON object among the printed lines; empty when nothing was created."""
    for line in output.splitlines():
        if line.startswith("{"):
            login: Login = json.loads(line)
            return login if login.get("password") else {}
    return {}


def without_login(output: str) -> str:
    """What may be kept in a log: the password is shown once and stored nowhere."""
    lines = output.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("{"))


class StaticFiles:
    """The collected files, and whether they are those of the present sources.

    Collecting names each file after its content and compresses it; that takes far
    longer than reading our own sources.
    """

    def __init__(self, data: Path) -> None:
        self.manifest = data / "static" / "staticfiles.json"
        self.stamp_file = data / "static-stamp"

    def stamp(self) -> str:
        """Content of our sources and the way of collecting, state of the packages."""
        sources = [*ROOT.glob("clinic/settings.py"), *ROOT.glob("clinic/static.py")]
        for folder in (ROOT / "static", *sorted(ROOT.glob("*/static"))):
            sources += sorted(path for path in folder.rglob("*") if path.is_file())
        digest = hashlib.sha256(Environment(ROOT).stamped().encode())
        for path in sources:
            digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def are_current(self) -> bool:
        """Whether nothing has to be collected."""
        if not (self.manifest.exists() and self.stamp_file.exists()):
            return False
        return self.stamp_file.read_text() == self.stamp()

    def note(self) -> None:
        """Remember that the files have been collected."""
        self.stamp_file.write_text(self.stamp())
