"""The private data folder of ./dev run and the environment that follows from it.

`./dev manage` must talk to the database and the Redis of a running `./dev run`.
Nothing is written down for that: every setting is derived from the folder itself,
so a folder that was moved or copied keeps working. The one thing that cannot be
derived is the address with its port; the last one used stands in `address`.

What the user has set already (DATABASE_URL, ALLOWED_HOSTS, DEBUG ...) wins, except
for the folder and the Redis, which belong to ./dev run.
"""

import fcntl
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clinic.local.environment import ROOT, Exit, Failure

# The kernel takes 108 bytes (macOS 104) for the path of a socket.
LONGEST_SOCKET_PATH = 100
# The path is part of an address: nothing that would have to be escaped there.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
DEFAULT_ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class DataFolder:
    """Database, media, logs, keys and queue of one local installation."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file per child process."""
        return self.path / "logs"

    @property
    def queue(self) -> Path:
        """Redis's append-only file."""
        return self.path / "redis"

    @property
    def children_file(self) -> Path:
        """The processes of the current start, see `clinic.local.leftovers`."""
        return self.path / "children.json"

    @property
    def demo_login_file(self) -> Path:
        """The e-mail address of the demo login, without its password."""
        return self.path / "demo-login"

    @property
    def socket(self) -> Path:
        """Redis's socket: in the folder, or in a short one if that will not do."""
        inside = self.path / "run" / "redis.sock"
        is_short = len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH
        if is_short and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:10]
        name = f"catcamel-{os.geteuid()}-{digest}"
        return Path(tempfile.gettempdir()) / name / "redis.sock"

    def prepare(self) -> None:
        """Make the folders and the secret keys, readable by the owner only."""
        try:
            for folder in (self.path, self.logs, self.queue, self.socket.parent):
                make_private(folder)
            for name in ("secret_key", "link_key", "backup_key"):
                write_key(self.path / name)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def environment(self) -> dict[str, str]:
        """The settings of every process that works on this folder."""
        defaults = {
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "SECRET_KEY_FILE": str(self.path / "secret_key"),
            "LINK_KEY_FILE": str(self.path / "link_key"),
            "BACKUP_KEY_FILE": str(self.path / "backup_key"),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "PUBLIC_URL": self.address(),
            "HTTPS": "false",
            # Instead of a server: a file a mail, and text messages among the logs
            "MAIL_URL": f"filemail:///{quote(str(self.path / 'mails'))}",
            "MAIL_FROM": "clinic@catcamel.example",
            "SMS_PROVIDER": "clinic.sms.Console",
        }
        ours = {
            "DATA_DIR": str(self.path),
            "BROKER_URL": f"redis+socket://{self.socket}?virtual_host=0",
            "CACHE_URL": f"unix://{self.socket}?db=1",
        }
        return {**defaults, **os.environ, **ours}

    def address(self) -> str:
        """Where the web server listened last."""
        try:
            return (self.path / "address").read_text()
        except OSError:
            return DEFAULT_ADDRESS

    def remember_address(self, address: str) -> None:
        """Keep the address for links made by ./dev manage."""
        (self.path / "address").write_text(address)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Refuse a second start on the same folder.

        The kernel drops the lock with its process, so it is never stale; the
        number in the file only serves the message.
        """
        try:
            file = (self.path / "lock").open("a+")
        except OSError as error:
            raise unwritable(self.path, error) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise already_running(self.path, file.read().strip()) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def data_folder(name: str | None) -> DataFolder:
    """The folder asked for, else `var`; relative to where ./dev was called."""
    if name is None:
        return DataFolder(ROOT / "var")
    called_from = os.environ.get("CATCAMEL_CALLED_FROM", "")
    return DataFolder(Path(called_from, name).resolve())


def make_private(folder: Path) -> None:
    """Make a folder for the owner alone, also out of one that exists."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # In a shared temporary folder the name may have been taken by somebody else;
    # changing the mode of a folder that is not ours raises.
    folder.chmod(0o700)
    if folder.is_symlink() or not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(1, "not a folder of this account", str(folder))


def write_key(path: Path) -> None:
    """Write a random secret, unless a complete one is there."""
    if path.exists() and len(path.read_text()) >= 50:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))


def unwritable(path: Path, error: OSError) -> Failure:
    """The message for a data folder that cannot be used."""
    return Failure(
        Exit.FOLDER,
        f"write access to {path} ({error.strerror}).",
        "Catcamel keeps its database, documents and logs there.",
        "./dev run --data ~/catcamel-data",
    )


def already_running(path: Path, pid: str) -> Failure:
    """The message for a second start on the same folder."""
    return Failure(
        Exit.FOLDER,
        f"a free data folder: {path} is in use by process {pid}.",
        "Two starts on one database and one queue would disturb each other.",
        f"kill {pid}   or choose another one: ./dev run --data DIR",
    )
