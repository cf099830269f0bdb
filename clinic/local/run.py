"""./dev run: from an empty folder to a running Catcamel on this machine."""

import argparse
import errno
import json
import os
import socket
import sys

from clinic.local.child import Child
from clinic.local.commands import sweeper_command, web_command, worker_command
from clinic.local.environment import (
    Exit,
    Failure,
    last_lines,
    run_quietly,
    say,
)
from clinic.local.folder import DataFolder, data_folder
from clinic.local.leftovers import end_leftovers, write_down
from clinic.local.native import require_pdf
from clinic.local.readiness import wait_until_ready
from clinic.local.redis_server import (
    find_redis,
    redis_command,
    remove_stale_socket,
    wait_for_redis,
)
from clinic.local.supervisor import TICK, Supervisor

FIRST_PORT, LAST_PORT = 8000, 8099
PREPARATIONS = [
    "migrate --no-input --verbosity=0",
    "load_library",
    "collectstatic --no-input --verbosity=0",
]
# Whose log explains a part of /readyz that fails.
CHILD_OF_PART = {"broker": "redis", "worker": "worker", "sweeper": "sweeper"}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line of ./dev run."""
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    parser.add_argument("--port", type=int, help="default: 8000 or the next free one")
    parser.add_argument("--data", metavar="DIR", help="data folder, default: var")
    parser.add_argument(
        "--no-demo", action="store_true", help="start without a demo clinic"
    )
    return parser.parse_args(arguments)


def run(arguments: list[str]) -> int:
    """Prepare everything, start it, and stay until it is stopped."""
    options = parse(arguments)
    folder = data_folder(options.data)
    os.umask(0o077)
    require_pdf()
    server = find_redis()
    folder.prepare()
    with folder.locked():
        end_leftovers(folder.children_file)
        with reserve_port(options.port) as listener:
            folder.remember_address(f"http://127.0.0.1:{listener.getsockname()[1]}")
            login = prepare_data(folder, demo=not options.no_demo)
            supervisor = Supervisor(children(folder, server, listener))
            keep_running(supervisor, folder, banner(folder, login, options))
    return 0


def reserve_port(port: int | None) -> socket.socket:
    """Bind the asked-for port or the first free one; the web server inherits it."""
    for candidate in [port] if port else range(FIRST_PORT, LAST_PORT + 1):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(128)
        except (OSError, OverflowError) as error:
            listener.close()
            reason = getattr(error, "errno", None)
            if port or reason != errno.EADDRINUSE:
                raise port_taken(candidate, str(error)) from error
        else:
            return listener
    raise port_taken(LAST_PORT, f"{FIRST_PORT} to {LAST_PORT} are all in use")


def port_taken(port: int, reason: str) -> Failure:
    """The message when the web server would have nowhere to listen."""
    return Failure(
        Exit.PORT,
        f"a free port: {port} cannot be used ({reason}).",
        "The web server listens there for your browser.",
        "./dev run   (takes the next free port, or name one with --port)",
    )


def prepare_data(folder: DataFolder, *, demo: bool) -> dict[str, str]:
    """Database, library, static files; the login if the demo clinic is new."""
    say("Preparing the database, the exercise library and the static files ...")
    commands = [*PREPARATIONS, "create_demo"] if demo else PREPARATIONS
    child = [sys.executable, "-m", "clinic.local.prepare", *commands]
    done = run_quietly(child, folder.environment())
    (folder.logs / "prepare.log").write_text(done.stdout)
    if done.returncode:
        raise unprepared(folder, done.stdout)
    login = login_in(done.stdout)
    if login:
        folder.demo_login_file.write_text(login["email"])
    return login


def unprepared(folder: DataFolder, output: str) -> Failure:
    """The message that names the command that failed and its reason."""
    lines = output.splitlines()
    steps = [line[3:] for line in lines if line.startswith("== ")]
    reasons = [line[3:] for line in lines if line.startswith("!! ")]
    command = steps[-1] if steps else PREPARATIONS[0]
    return Failure(
        Exit.MIGRATION,
        f"a prepared database: {command.split()[0]} failed.",
        "Without it the data on disk would not match the program.",
        f"./dev manage --data '{folder.path}' {command}",
        "\n".join(reasons) or last_lines(output),
    )


def login_in(output: str) -> dict[str, str]:
    """The JSON object among the printed lines; empty when nothing was created."""
    for line in output.splitlines():
        if line.startswith("{"):
            login: dict[str, str] = json.loads(line)
            return login if login.get("password") else {}
    return {}


def children(folder: DataFolder, server: str, listener: socket.socket) -> list[Child]:
    """Redis, web server, worker and sweeper."""
    descriptor = listener.fileno()
    commands = {
        "redis": redis_command(server, socket_path=folder.socket, folder=folder.queue),
        "web": web_command(descriptor),
        "worker": worker_command(),
        "sweeper": sweeper_command(),
    }
    return [
        Child(
            name,
            command,
            environment=folder.environment() | {"PYTHONUNBUFFERED": "1"},
            logs=folder.logs,
            descriptors=(descriptor,) if name == "web" else (),
        )
        for name, command in commands.items()
    ]


def keep_running(supervisor: Supervisor, folder: DataFolder, text: str) -> None:
    """Start the children, look after them, and end them whatever happens."""
    supervisor.catch_signals()
    try:
        start(supervisor, folder)
        if not supervisor.stopping.is_set():
            say(text)
            show_logs(supervisor)
        while not supervisor.stopping.wait(TICK):
            if supervisor.tick():
                write_down(folder.children_file, supervisor.pids())
    finally:
        say("\nStopping ...")
        supervisor.stop()
        folder.children_file.unlink(missing_ok=True)


def start(supervisor: Supervisor, folder: DataFolder) -> None:
    """Start Redis, then the others, and wait until all parts work."""
    redis, *others = supervisor.children.values()
    say("Starting Redis, web server, worker and sweeper ...")
    remove_stale_socket(folder.socket)
    redis.start()
    if not wait_for_redis(folder.socket):
        raise redis_silent(redis)
    for child in others:
        child.start()
    write_down(folder.children_file, supervisor.pids())

    def meanwhile() -> bool:
        supervisor.tick()
        return supervisor.stopping.is_set()

    port = int(folder.address().rpartition(":")[2])
    failing = wait_until_ready(port, meanwhile)
    if failing and not supervisor.stopping.is_set():
        raise not_ready(failing, supervisor)


def redis_silent(redis: Child) -> Failure:
    """The message when Redis was started and does not answer."""
    return Failure(
        Exit.REDIS,
        "an answer of the Redis that was started.",
        "The web server hands handouts to the worker through it.",
        f"read {redis.log}; Catcamel can do without the folder"
        f" {redis.log.parent.parent / 'redis'}",
        redis.tail(),
    )


def not_ready(failing: dict[str, str], supervisor: Supervisor) -> Failure:
    """The message that names the failing part and shows its last lines."""
    part, state = next(iter(failing.items()))
    child = supervisor.children[CHILD_OF_PART.get(part, "web")]
    names = ", ".join(f"{name} ({text})" for name, text in failing.items())
    return Failure(
        Exit.NOT_READY,
        f"a working {names}.",
        f"Catcamel was started, but after a minute it still says: {part}: {state}.",
        f"read {child.log}, then ./dev run",
        child.tail(),
    )


def show_logs(supervisor: Supervisor) -> None:
    """From now on show the lines of all children, each with its name."""
    for child in supervisor.children.values():
        child.show = lambda name, line: say(f"{name:<7} | {line}")


def banner(
    folder: DataFolder, login: dict[str, str], options: argparse.Namespace
) -> str:
    """What to do now: address, login, data, how to stop."""
    data = f" --data '{folder.path}'" if options.data else ""
    rows = {
        "Catcamel": folder.address() + "/admin/",
        "Sign in": sign_in(folder, login, f"./dev manage{data}", options.no_demo),
        "Data": str(folder.path),
        "Handout": f"./dev manage{data} make_handout --out handout.pdf",
        "Stop": "Ctrl-C",
    }
    return "\n" + "\n".join(f"  {name:<10}{text}" for name, text in rows.items()) + "\n"


def sign_in(
    folder: DataFolder, login: dict[str, str], manage_command: str, no_demo: bool
) -> str:
    """How to get in: the new password once, later the way to another one."""
    if login:
        return f"{login['email']}  password {login['password']}  (shown only now)"
    if no_demo:
        return f"{manage_command} create_clinic   prints an invitation for its owner"
    if folder.demo_login_file.exists():
        email = folder.demo_login_file.read_text()
        return f"{email}  new password: {manage_command} changepassword {email}"
    return f"with your account; new password: {manage_command} changepassword E-MAIL"
