"""Make the virtual environment of ./dev, then hand over to it.

The only module that runs before a package is installed, started by path and not
as part of its package: it needs the standard library alone and imports nothing
of ours. The rest of `clinic.local` takes `Failure` and `Exit` from here.

The environment is `.venv` beside `./dev`. A stamp in it holds the hash of the
lock file and the Python version, so that a start without changes does nothing.
`.venv.lock` makes simultaneous starts wait for each other; it holds a word while
packages are being installed, and whoever finds that word later knows that the
earlier start was interrupted and builds the environment anew.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parents[2]
# The interpreter behind a virtual environment, known before that is removed.
BASE_PYTHON = str(Path(sys.executable).resolve())
RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"  # holds everything of the runtime lock too
TRACING_LOCK = "requirements-tracing.lock"  # that of the runtime with OpenTelemetry
BUILDING = "building"

USAGE = """\
./dev run [--port N] [--data DIR] [--no-demo]   start Catcamel on this machine
./dev manage [--data DIR] COMMAND ...           manage.py beside a running ./dev run
./dev test [--full] [pytest arguments]          every check and every test
./dev test --faults [--seed N]                  break every process on purpose
./dev lint                                      the checks without the tests
./dev fmt                                       format the code
./dev bench [NAME ...] [--json FILE]            measurements against their bars
./dev figures --sheet OUT [--exercise SLUG] [--gray]   all figures on one sheet
./dev messages                                  update and compile the translations
./dev sbom [FILE]                               what it is built of (CycloneDX)
./dev security                                  remake the tables of docs/security.md
./dev lock                                      remake the lock files
./dev help                                      this text

Exit codes of what is missing: 2 Python, 3 native libraries, 4 network or package
index, 5 migration, 6 not ready, 7 Redis, 8 port, 9 folder or lock.
"""

# Where each sub-command goes once the environment stands: its lock file and
# the arguments of the environment's Python.
COMMANDS: Mapping[str, tuple[str, list[str]]] = {
    "run": (RUNTIME_LOCK, ["-m", "clinic.local", "run"]),
    "manage": (RUNTIME_LOCK, ["-m", "clinic.local", "manage"]),
    "test": (DEV_LOCK, ["-m", "tests.run_checks"]),
    "lint": (DEV_LOCK, ["-m", "tests.run_checks", "--static"]),
    "fmt": (DEV_LOCK, ["-m", "tests.run_checks", "--format"]),
    "figures": (RUNTIME_LOCK, ["-m", "clinic.local", "manage", "figures"]),
    "messages": (DEV_LOCK, ["-m", "clinic.local", "manage", "messages"]),
    "bench": (DEV_LOCK, ["-m", "tests.bench.runner"]),
    "sbom": (DEV_LOCK, ["-m", "tests.sbom"]),
    "security": (DEV_LOCK, ["-m", "tests.requirements"]),
}

# What a user has set for pip is meant for uv as well, which does not read it.
UV_NAMES = {
    "PIP_NO_INDEX": "UV_NO_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
}


class Exit(IntEnum):
    """What ./dev could not do without; the process ends with this code."""

    PYTHON = 2
    LIBRARIES = 3
    NETWORK = 4
    MIGRATION = 5
    NOT_READY = 6
    REDIS = 7
    PORT = 8
    FOLDER = 9


class Failure(Exception):
    """An expected failure, told in three parts and without a stack trace."""

    def __init__(
        self, code: Exit, missing: str, why: str, mend: str, detail: str = ""
    ) -> None:
        super().__init__(missing)
        self.code = code
        self.missing, self.why, self.mend = missing, why, mend
        self.detail = detail

    def __str__(self) -> str:
        detail = "".join(f"  | {line}\n" for line in self.detail.splitlines())
        parts = {"Missing": self.missing, "Why": self.why, "To mend": self.mend}
        return detail + "\n".join(
            f"{name + ':':<9}{text.replace(chr(10), chr(10) + ' ' * 9)}"
            for name, text in parts.items()
        )


def say(text: str) -> None:
    """One line for the person at the terminal, at once."""
    print(text, flush=True)


def last_lines(text: str, count: int = 12) -> str:
    """The end of a tool's output, where the reason stands."""
    return "\n".join(text.strip().splitlines()[-count:])


def run_quietly(
    command: list[str],
    environment: Mapping[str, str] | None = None,
    inherited: tuple[int, ...] = (),
) -> "subprocess.CompletedProcess[str]":
    """Run a tool and keep what it says, both streams in order."""
    return subprocess.run(
        command,
        env=environment,
        pass_fds=inherited,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def can_use_apt() -> bool:
    """Whether missing Debian packages may be installed without asking."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> str:
    """Install Debian packages; return apt's last lines if that failed, else ''."""
    say(f"Installing with apt: {' '.join(packages)}")
    # RUNLEVEL keeps the packages' own services from being started.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends"]
    run_quietly(["apt-get", "update"], environment)
    done = run_quietly([*install, *packages], environment)
    return last_lines(done.stdout) if done.returncode else ""


def find_uv() -> str | None:
    """The uv on PATH, if it really starts (it may be a version manager's shim)."""
    uv = shutil.which("uv")
    if uv is None or run_quietly([uv, "--version"]).returncode:
        return None
    return uv


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The user's environment for uv: never a silent interpreter, pip's options."""
    translated = {
        uv_name: ",".join(environment[name].split())
        for name, uv_name in UV_NAMES.items()
        if environment.get(name) and uv_name not in environment
    }
    return {**environment, **translated, "UV_PYTHON_DOWNLOADS": "never"}


class Environment:
    """The folder `.venv` and what is known about its content."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp_file = self.folder / ".catcamel-stamp"
        # The lock goes on to the installing tools: if this process is killed, the
        # next start waits until they have ended.
        self.held: tuple[int, ...] = ()

    def stamp(self, lock: str) -> str:
        """What the stamp file holds when the environment matches this lock file."""
        digest = hashlib.sha256((self.root / lock).read_bytes()).hexdigest()
        return f"{lock} {digest} {sys.version_info[0]}.{sys.version_info[1]}\n"

    def stamped(self) -> str:
        """What the stamp file holds; '' when there is none."""
        try:
            return self.stamp_file.read_text()
        except OSError:
            return ""

    def lock_for(self, lock: str) -> str:
        """The lock file to install: never take the tools away from a developer."""
        return DEV_LOCK if self.stamped().startswith(DEV_LOCK) else lock

    def is_current(self, lock: str) -> bool:
        """Whether nothing has to be installed."""
        return self.stamped() == self.stamp(self.lock_for(lock)) and self.works()

    def works(self) -> bool:
        """Whether its Python starts and is ours (an upgrade may have removed it)."""
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            answer = run_quietly([str(self.python), "-I", "-c", code]).stdout
        except OSError:
            return False
        return answer.strip() == f"{sys.version_info[0]}.{sys.version_info[1]}"

    def prepare(self, lock: str) -> None:
        """Bring the environment to the state of the lock file, if it is not."""
        if self.is_current(lock):
            return
        with self.exclusive() as marker:
            if not self.is_current(lock):
                self.rebuild_if_broken(interrupted=marker.read() == BUILDING)
                write_over(marker, BUILDING)
                self.install(self.lock_for(lock))
                write_over(marker, "")

    @contextmanager
    def exclusive(self) -> Iterator[TextIO]:
        """Keep other starts waiting; yields the marker file."""
        try:
            marker = (self.root / ".venv.lock").open("a+")
        except OSError as error:
            raise unwritable(self.root, error) from error
        with marker:
            try:
                fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("Waiting for another ./dev that is installing packages ...")
                fcntl.flock(marker, fcntl.LOCK_EX)
            self.held = (marker.fileno(),)
            marker.seek(0)
            yield marker
            self.held = ()

    def rebuild_if_broken(self, *, interrupted: bool) -> None:
        """Remove what an interrupted start or an upgrade of Python left behind."""
        if not self.folder.exists() or (self.works() and not interrupted):
            return
        say("Removing the half-made environment of an earlier start ...")
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def install(self, lock: str) -> None:
        """Make the environment if need be and install exactly what is locked."""
        uv = find_uv()
        say(f"Installing the packages of {lock} with {'uv' if uv else 'pip'} ...")
        if not self.python.exists():
            if uv is None:
                require_ensurepip()
            with_pip = [BASE_PYTHON, "-m", "venv"]
            self.create([uv, "venv", "-p", BASE_PYTHON] if uv else with_pip)
        self.fill(uv, lock)
        self.stamp_file.write_text(self.stamp(lock))

    def run_tool(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run uv, venv or pip."""
        return run_quietly(command, uv_environment(os.environ), self.held)

    def create(self, command: list[str]) -> None:
        """Make the empty environment."""
        done = self.run_tool([*command, str(self.folder)])
        if done.returncode:
            raise Failure(
                Exit.PYTHON,
                "a virtual environment in .venv.",
                "Catcamel's packages are kept apart from those of the system.",
                f"{' '.join(command)} {self.folder}",
                last_lines(done.stdout),
            )

    def fill(self, uv: str | None, lock: str) -> None:
        """Install exactly what is locked, by name, version and hash."""
        python, wanted = str(self.python), str(self.root / lock)
        if uv:
            command = [uv, "pip", "sync", "--require-hashes", "-p", python, wanted]
        else:
            if run_quietly([python, "-m", "pip", "--version"]).returncode:
                self.create([BASE_PYTHON, "-m", "venv", "--upgrade"])
            command = [python, "-m", "pip", "install", "--require-hashes"]
            command += ["-r", wanted]
        done = self.run_tool(command)
        if done.returncode:
            raise Failure(
                Exit.NETWORK,
                f"the packages of {lock}.",
                "The package index could not be reached or did not have them"
                " (offline? proxy? the lines above tell).",
                "connect and start again, or point UV_FIND_LINKS (pip: PIP_FIND_LINKS)"
                " to a folder of wheels",
                last_lines(done.stdout),
            )


def write_over(file: TextIO, text: str) -> None:
    """Replace the content of an open file."""
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def unwritable(path: Path, error: OSError) -> Failure:
    """The message when the environment cannot be made."""
    return Failure(
        Exit.FOLDER,
        f"write access to {path} ({error.strerror}).",
        "./dev keeps Catcamel's packages beside itself, in .venv.",
        f"cp -R '{ROOT}' ~/catcamel && ~/catcamel/dev run",
    )


def require_ensurepip() -> None:
    """Debian ships Python without the part that fills a virtual environment."""
    check = [BASE_PYTHON, "-I", "-c", "import ensurepip, venv"]
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if run_quietly(check).returncode == 0:
        return
    detail = apt_install([package]) if can_use_apt() else ""
    if run_quietly(check).returncode:
        raise Failure(
            Exit.PYTHON,
            f"the venv module of {BASE_PYTHON}.",
            "Catcamel's packages are kept in a virtual environment.",
            f"sudo apt-get install {package}",
            detail,
        )


def remake_locks() -> None:
    """Resolve pyproject.toml again into the lock files."""
    uv = find_uv()
    if uv is None:
        raise Failure(
            Exit.PYTHON,
            "uv.",
            "Only uv writes lock files for all platforms at once.",
            "python3 -m pip install uv",
        )
    common = [uv, "pip", "compile", "--universal", "--generate-hashes", "--upgrade"]
    common += ["--no-emit-index-url", "--no-header", "--extra", "local", "--quiet"]
    os.chdir(ROOT)
    wanted = {
        RUNTIME_LOCK: [],
        DEV_LOCK: ["--group", "dev"],
        TRACING_LOCK: ["--extra", "tracing"],
    }
    for lock, group in wanted.items():
        command = [*common, *group, "pyproject.toml", "--output-file", lock]
        done = run_quietly(command, uv_environment(os.environ))
        if done.returncode:
            raise Failure(
                Exit.NETWORK,
                f"a new {lock}.",
                "The package index could not be reached, or the ranges conflict.",
                "correct pyproject.toml or connect, then ./dev lock",
                last_lines(done.stdout),
            )
        say(f"{lock} remade")


def hand_over(name: str, arguments: list[str]) -> NoReturn:
    """Prepare the environment and become the sub-command in it."""
    lock, start = COMMANDS[name]
    environment = Environment(ROOT)
    environment.prepare(lock)
    # Relative names on the command line are those of the caller's folder.
    os.environ["CATCAMEL_CALLED_FROM"] = str(Path.cwd())
    os.chdir(ROOT)
    python = str(environment.python)
    os.execv(python, [python, *start, *arguments])  # noqa: S606 - wants no shell


def main(arguments: list[str]) -> int:
    """Do what ./dev was asked for."""
    name = arguments[0] if arguments else "help"
    if name in COMMANDS:
        hand_over(name, arguments[1:])
    if name == "lock":
        remake_locks()
        return 0
    say(USAGE)
    return 0 if name in ("help", "-h", "--help") else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
