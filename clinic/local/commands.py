"""How the processes of an installation are started; the tests start the same."""

import sys

QUEUES = ("handouts.interactive", "handouts.bulk")


def web_command(descriptor: int) -> list[str]:
    """One web process with threads on a socket that is bound already.

    No access log: addresses may hold the links of patients.
    """
    options = "--worker-class gthread --threads 8 --graceful-timeout 5"
    listen = ["--no-control-socket", "--bind", f"fd://{descriptor}"]
    return [sys.executable, "-m", "gunicorn", "clinic.wsgi", *options.split(), *listen]


def worker_command(queues: tuple[str, ...] = QUEUES, concurrency: int = 2) -> list[str]:
    """A real prefork worker; gossip and mingle would not survive a Redis restart."""
    options = f"--pool prefork --concurrency {concurrency}"
    options += " --without-gossip --without-mingle"
    celery = [sys.executable, "-m", "celery", "-A", "clinic", "worker"]
    return [*celery, *options.split(), "-Q", ",".join(queues)]


def sweeper_command() -> list[str]:
    """The loop that rings again for what was forgotten."""
    return [sys.executable, "manage.py", "sweep", "--loop"]
