"""Entry of ./dev run and ./dev manage, inside the virtual environment."""

import os
import runpy
import signal
import sys

from clinic.local.environment import ROOT, Failure
from clinic.local.folder import data_folder
from clinic.local.run import run


def manage(arguments: list[str]) -> None:
    """Be manage.py, with the data folder and the Redis of ./dev run.

    In this process, not in a new one: Celery puts the current folder in front of
    the import path when it is imported, and that shall be ours, not the caller's.
    """
    name = None
    if arguments[:1] == ["--data"] and len(arguments) > 1:
        name, arguments = arguments[1], arguments[2:]
    folder = data_folder(name)
    folder.prepare()
    os.environ.update(folder.environment())
    os.chdir(os.environ.get("CATCAMEL_CALLED_FROM", ROOT))
    sys.argv = ["manage.py", *arguments]
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")


def main(arguments: list[str]) -> int:
    """Do one of the two; an expected failure ends with its message and code."""
    if sys.platform == "darwin":
        # Homebrew's libraries are not where the loader looks by itself.
        fallback = "/opt/homebrew/lib:/usr/local/lib"
        os.environ.setdefault("DYLD_FALLBACK_LIBRARY_PATH", fallback)
    # Until the supervisor listens, TERM ends a start just as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if arguments[0] == "manage":
            manage(arguments[1:])
            return 0
        return run(arguments[1:])
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
