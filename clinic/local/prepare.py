"""Several management commands in one start of Django, as a child of ./dev run.

The only module here that needs Django, and never imported by the others: a start
of Django takes about a second, and the supervisor must outlive broken settings.
"""

import shlex
import sys
import traceback

import django
from django.core.management import call_command

STEP = "== "  # begins the line that names the command that follows
FAILED = "!! "  # begins the line that says why it failed


def main(commands: list[str]) -> int:
    """Run the commands in order and stop at the first that fails."""
    try:
        for command in commands:
            print(f"{STEP}{command}", flush=True)
            django.setup()
            call_command(*shlex.split(command))
    except Exception as error:
        traceback.print_exc()
        reason = " ".join(str(error).split())
        print(f"{FAILED}{type(error).__name__}: {reason}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
