"""The set-up of docs/deployment.md on loopback: what deploy/ says, started for real.

PostgreSQL with its two roles, Redis or RabbitMQ, an S3-compatible store, nginx with
TLS, and the processes of the units. systemd is stood in for by its protocols: a socket
that outlives the web server and is handed over as descriptor 3.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clinic.local.folder import DataFolder
from clinic.local.redis_server import attempts
from tests.deploy.files import DEPLOY, command_of
from tests.services.postgres import PostgresServer, free_port, running_postgres
from tests.services.processes import ServiceProcess
from tests.services.redis import RedisServer
from tests.services.s3 import object_store
from tests.services.worker import Installation

# What systemd does before it starts the web server
HAND_OVER = (
    "import os, sys\n"
    "os.dup2(int(sys.argv[1]), 3, inheritable=True)\n"
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)
METRICS_TOKEN = secrets.token_hex(16)
WORKERS = ("catcamel-worker-interactive", "catcamel-worker-all")


def missing_nginx() -> str | None:
    """Why there can be no proxy; None when there can."""
    has_both = shutil.which("nginx") and shutil.which("openssl")
    return None if has_both else "no nginx or openssl"


@dataclass
class Server:
    """One server: its processes by the names of their units."""

    place: Installation
    owner: Mapping[str, str]
    address: str
    plain_address: str
    inside: str
    certificate: Path
    listener: socket.socket
    postgres: PostgresServer
    proxy_log: Path
    processes: dict[str, ServiceProcess] = field(default_factory=dict)

    def start(self, unit: str) -> None:
        """Start what the unit starts."""
        command = command_of(f"{unit}.service")
        descriptors: tuple[int, ...] = ()
        if unit == "catcamel-web":
            number = self.listener.fileno()
            command = [sys.executable, "-c", HAND_OVER, str(number), *command]
            descriptors = (number,)
        process = self.place.process(unit, command, descriptors)
        process.start()
        self.processes[unit] = process

    def restart(self, unit: str) -> None:
        """Stop as systemd does, then start the new release."""
        code = self.processes[unit].stop(seconds=60)
        assert code == 0, (unit, code, self.processes[unit].output()[-2000:])
        self.start(unit)

    def stop(self) -> None:
        """Stop everything."""
        for process in self.processes.values():
            process.stop()

    def is_ready(self) -> bool:
        """Whether /readyz, asked on the socket as a local look would, says so."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(5)
            try:
                asked.connect(self.listener.getsockname())
                asked.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return b" 200 " in asked.recv(4096).split(b"\r\n")[0]
            except OSError:
                return False

    def sql(self, url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run psql."""
        return subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def running_server(
    folder: Path, extra: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The whole server, ready for requests, with library and demo clinic."""
    data = DataFolder(folder / "data")
    data.prepare()
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        urls = make_roles(postgres, folder)
        redis = stack.enter_context(RedisServer(data))
        store = stack.enter_context(object_store(data.logs))
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        # A short path: the kernel takes 108 characters.
        listener.bind(str(data.socket.parent / "web.sock"))
        listener.listen(512)
        proxy = Proxy(folder, Path(listener.getsockname()))
        environment = {
            **data.environment(),
            **store.environment,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "PUBLIC_URL": proxy.address,
            "ALLOWED_HOSTS": "localhost",
            "HTTPS": "true",
            "BEHIND_PROXY": "true",
            "DATABASE_URL_FILE": str(urls["app"]),
            "DATABASE_POOL_SIZE": "4",
            "SWEEP_SECONDS": "1",
            "WEB_PROCESSES": "2",
            "METRICS_TOKEN": METRICS_TOKEN,
            # On a laptop messages go to the terminal, which a server refuses.
            "MAIL_URL": "",
            "SMS_PROVIDER": "",
            **(extra or {}),
        }
        place = Installation(data, environment, redis)
        owner = {**environment, "DATABASE_URL_FILE": str(urls["owner"])}
        server = Server(
            place,
            owner,
            proxy.address,
            proxy.plain_address,
            proxy.inside,
            proxy.certificate,
            listener,
            postgres,
            proxy.log,
        )
        stack.callback(server.stop)
        prepare(server, urls["owner"].read_text())
        stack.enter_context(proxy.process())
        for unit in ("catcamel-web", *WORKERS, "catcamel-sweeper"):
            server.start(unit)
        ready = any(server.is_ready() for _ in attempts(60, pause=0.2))
        assert ready, {n: p.output()[-2000:] for n, p in server.processes.items()}
        yield server


def make_roles(postgres: PostgresServer, folder: Path) -> dict[str, Path]:
    """Make both roles by deploy/postgresql; return the files of their addresses."""
    passwords = {"owner": secrets.token_hex(16), "app": secrets.token_hex(16)}
    command = ["psql", "-X", "-q", postgres.url]
    for role, password in passwords.items():
        command += ["-v", f"{role}_password={password}"]
    script = str(DEPLOY / "postgresql" / "roles.sql")
    subprocess.run([*command, "-f", script], check=True, capture_output=True)
    files = {}
    for role, password in passwords.items():
        files[role] = folder / f"{role}_url"
        where = f"127.0.0.1:{postgres.port}/catcamel"
        files[role].write_text(f"postgres://catcamel_{role}:{password}@{where}\n")
    return files


def prepare(server: Server, owner_url: str) -> None:
    """Do what the page tells to do before the first start."""
    as_owner = Installation(server.place.folder, server.owner, server.place.redis)
    as_owner.manage("migrate", "--verbosity=0")
    protect = str(DEPLOY / "postgresql" / "protect.sql")
    done = server.sql(owner_url.strip(), "-f", protect)
    assert done.returncode == 0, done.stderr
    server.place.manage("load_library")
    server.place.manage("collectstatic", "--no-input", "--verbosity=0")
    server.place.manage("create_demo")


class Proxy:
    """nginx with the configuration of deploy/, other ports and own certificate."""

    def __init__(self, folder: Path, upstream: Path) -> None:
        self.folder, self.upstream = folder / "nginx", upstream
        self.folder.mkdir()
        self.port, self.plain_port = free_port(), free_port()
        self.inside = f"127.0.0.1:{free_port()}"
        self.address = f"https://localhost:{self.port}"
        self.plain_address = f"http://localhost:{self.plain_port}"
        self.certificate = self.folder / "certificate.pem"
        self.log = self.folder / "access.log"

    def process(self) -> ServiceProcess:
        """The proxy, started by `with`."""
        self.make_certificate()
        main = self.folder / "nginx.conf"
        account = "user root;" if os.geteuid() == 0 else ""
        main.write_text(
            f"{account} daemon off; pid {self.folder}/pid; error_log stderr;"
            " events {} http { access_log off;"
            + "".join(
                f" {kind}_temp_path {self.folder}/{kind};"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + self.configuration()
            + "}"
        )
        command = ["nginx", "-c", str(main), "-p", str(self.folder)]
        environment = {"PATH": os.environ["PATH"]}
        return ServiceProcess(
            "nginx", command, environment=environment, logs=self.folder
        )

    def configuration(self) -> str:
        """Return deploy/nginx/catcamel.conf with the names of this test."""
        text = (DEPLOY / "nginx" / "catcamel.conf").read_text()
        for name, ours in {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen 127.0.0.1:8000;": f"listen {self.inside};",
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "https://$host$request_uri": f"https://$host:{self.port}$request_uri",
            "/run/catcamel/web.sock": str(self.upstream),
            "/etc/letsencrypt/live/catcamel.example.org/fullchain.pem": str(
                self.certificate
            ),
            "/etc/letsencrypt/live/catcamel.example.org/privkey.pem": str(
                self.folder / "key.pem"
            ),
            "/var/log/nginx/catcamel.log": str(self.log),
            "/var/log/nginx/catcamel-error.log": str(self.folder / "error.log"),
            "catcamel.example.org": "localhost",
        }.items():
            assert name in text, name
            text = text.replace(name, ours)
        return text

    def make_certificate(self) -> None:
        """Sign a certificate for this host with its own key."""
        command = (
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        )
        files = ["-keyout", str(self.folder / "key.pem"), "-out", str(self.certificate)]
        name = ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(
            [*command.split(), *name, *files], check=True, capture_output=True
        )


@contextmanager
def running_rabbitmq(folder: Path) -> Iterator[str]:
    """A RabbitMQ of its own; yields its BROKER_URL."""
    folder.mkdir()
    port, names_port = free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"catcamel{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names_port),
    }
    command = ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
    broker = ServiceProcess("rabbitmq", command, environment=environment, logs=folder)
    try:
        with broker:
            broker.wait_for("completed with", seconds=90)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        # The register of names is a daemon of its own.
        subprocess.run(
            ["epmd", "-port", str(names_port), "-kill"],
            check=False,
            capture_output=True,
        )


def missing_rabbitmq() -> str | None:
    """Why there can be no RabbitMQ; None when there can."""
    is_there = Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
    return None if is_there else "no rabbitmq-server"
