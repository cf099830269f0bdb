"""./dev run: from an empty folder to a running Catcamel on this machine."""

import argparse
import errno
import os
import socket
from typing import NoReturn

from clinic.local.child import Child
from clinic.local.commands import sweeper_command, web_command, worker_command
from clinic.local.environment import Exit, Failure, say
from clinic.local.folder import DataFolder, data_folder
from clinic.local.leftovers import end_leftovers, write_down
from clinic.local.native import require_pdf
from clinic.local.preparation import Login, prepare_data
from clinic.local.readiness import wait_until_ready
from clinic.local.redis_server import (
    find_redis,
    redis_command,
    remove_stale_socket,
    wait_for_redis,
)
from clinic.local.supervisor import TICK, Supervisor

FIRST_PORT, LAST_PORT = 8000, 8099
# Whose log explains a part of /readyz that fails.
CHILD_OF_PART = {"broker": "redis", "worker": "worker", "sweeper": "sweeper"}


class Parser(argparse.ArgumentParser):
    """A parser that leaves exit code 2 to a missing Python."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong with the command line."""
        self.exit(1, f"{self.format_usage()}{self.prog}: {message}\n")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line of ./dev run."""
    parser = Parser(prog="./dev run", description=__doc__)
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
            supervisor = Supervisor(children(folder, server, listener))
            keep_running(supervisor, folder, options)
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


def keep_running(
    supervisor: Supervisor, folder: DataFolder, options: argparse.Namespace
) -> None:
    """Start the children, look after them, and end them whatever happens."""
    supervisor.catch_signals()
    try:
        start_redis(supervisor.children["redis"], folder)
        # After Redis: the demo clinic asks for its first handouts.
        say("Preparing the database, the exercise library and the static files ...")
        stopping = supervisor.stopping
        login = prepare_data(
            folder,
            demo=not options.no_demo,
            stopping=stopping,
            key=bool(options.data),
        )
        if not stopping.is_set():
            start_others(supervisor, folder)
        if not stopping.is_set():
            say(banner(folder, login, options))
            show_logs(supervisor)
        while not stopping.wait(TICK):
            if supervisor.tick():
                write_down(folder.children_file, supervisor.pids())
    finally:
        say("\nStopping ...")
        supervisor.stop()
        folder.children_file.unlink(missing_ok=True)


def start_redis(redis: Child, folder: DataFolder) -> None:
    """Start Redis and wait for its answer."""
    remove_stale_socket(folder.socket)
    redis.start()
    write_down(folder.children_file, [redis.pid] if redis.pid else [])
    if not wait_for_redis(folder.socket):
        raise redis_silent(redis)


def start_others(supervisor: Supervisor, folder: DataFolder) -> None:
    """Start web server, worker and sweeper, and wait until all parts work."""
    say("Starting the web server, the worker and the sweeper ...")
    _, *others = supervisor.children.values()
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


def banner(folder: DataFolder, login: Login, options: argparse.Namespace) -> str:
    """What to do now: address, login, data, how to stop."""
    data = f" --data '{folder.path}'" if options.data else ""
    rows = {
        "Catcamel": folder.address() + "/admin/",
        "Sign in": sign_in(folder, login, f"./dev manage{data}", options.no_demo),
        "Code": code(folder, login, f"./dev manage{data}", options.no_demo),
        "API key": api_key(login, f"./dev manage{data}", options),
        "Data": str(folder.path),
        "Handout": f"./dev manage{data} make_handout --out handout.pdf",
        "Stop": "Ctrl-C",
    }
    lines = [f"  {name:<10}{text}" for name, text in rows.items() if text]
    return "\n" + "\n".join(lines) + "\n"


def code(folder: DataFolder, login: Login, manage_command: str, no_demo: bool) -> str:
    """How to get the second factor of the demo; other accounts have an app."""
    if no_demo or not (login or folder.demo_login_file.exists()):
        return ""
    email = login.get("email") or folder.demo_login_file.read_text()
    asked = f"{manage_command} second_factor {email} --code"
    if not login:
        return asked
    return f"{login['recovery_codes'][0]}  (works once); the next: {asked}"


def api_key(login: Login, manage_command: str, options: argparse.Namespace) -> str:
    """A key to try the API with, on a data folder of its own."""
    if options.no_demo or not options.data:
        return ""
    if key := login.get("api_key"):
        return f"{key}  (shown only now)"
    return f'{manage_command} create_api_key "My system"   prints one'


def sign_in(
    folder: DataFolder, login: Login, manage_command: str, no_demo: bool
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
