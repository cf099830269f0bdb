"""Make a handout in a forked child under limits of memory, time and size.

A render that hangs, crashes or eats memory costs one attempt and not the worker. The
child answers over a pipe and ends with ``os._exit``: nothing of the parent's database
or broker connections is touched.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import NoReturn

from prescriptions import pdf
from prescriptions.documents import HandoutSpec
from prescriptions.models import FailureCode
from prescriptions.pdf import Rendered, RenderError

Render = Callable[[HandoutSpec, Mapping[str, bytes]], Rendered]

DEADLINE_SECONDS = 30
MEMORY_BYTES = 1_500_000_000
FILE_BYTES = 64_000_000
CHUNK_BYTES = 1 << 16
PR_SET_PDEATHSIG = 1
# Opened before the fork: loading a library in the child could wait for a lock.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def run(
    spec: HandoutSpec,
    assets: Mapping[str, bytes],
    *,
    deadline_seconds: float = DEADLINE_SECONDS,
    render: Render = pdf.render,
) -> Rendered:
    """Return the rendered handout; raise RenderError, also for a child that died."""
    return run_job(lambda: render(spec, assets), deadline_seconds=deadline_seconds)


def run_job(job: Callable[[], Rendered], *, deadline_seconds: float) -> Rendered:
    """Return what the job renders; raise RenderError, also for a child that died.

    The child is gone and reaped when this returns, whatever interrupts the wait.
    """
    # What the child leaves in the folder for temporary files goes with the folder.
    with tempfile.TemporaryDirectory(prefix="handout-") as folder:
        reading, writing = os.pipe()
        child = _fork()
        if child == 0:
            _child(writing, folder, deadline_seconds, job)
        os.close(writing)
        try:
            answer = _read(reading, deadline_seconds)
        finally:
            os.close(reading)
            status = _end(child)
    return _outcome(answer, status)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of threads; the child runs none of them and takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _read(pipe: int, deadline_seconds: float) -> bytes | None:
    """Return what the child wrote; None when the deadline passed first."""
    poll = select.poll()
    poll.register(pipe)
    deadline = time.monotonic() + deadline_seconds
    chunks: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0 and poll.poll(left * 1000):
        chunk = os.read(pipe, CHUNK_BYTES)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
    return None


def _end(child: int) -> int:
    """Kill and reap the child; return its status, which a late kill does not change."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _outcome(answer: bytes | None, status: int) -> Rendered:
    if answer is None or status == -signal.SIGXCPU:
        raise RenderError(FailureCode.TIME_LIMIT, permanent=False)
    head, _, body = answer.partition(b"\n")
    if status or not head:
        raise RenderError(
            FailureCode.UNKNOWN, permanent=False, detail=f"child ended with {status}"
        )
    values = json.loads(head)
    if "pages" in values:
        return Rendered(pdf=body, pages=values["pages"])
    raise RenderError(
        FailureCode(values["code"]),
        permanent=values["permanent"],
        detail=values["detail"],
    )


def _child(
    pipe: int, folder: str, deadline_seconds: float, render: Callable[[], Rendered]
) -> NoReturn:
    """Render under limits, write the answer and end without any clean-up."""
    status = 1
    try:
        _let_go(folder)
        _limit(deadline_seconds)
        # Closed by the end of the process alone: then nothing is left to interrupt.
        answer = os.fdopen(pipe, "wb", closefd=False)
        answer.write(_answer(render))
        answer.flush()
        status = 0
    finally:
        # Also for an exception: nothing of the parent's stack may run twice.
        os._exit(status)


def _let_go(folder: str) -> None:
    """Part from the parent: its signals, its garbage, its folder."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    # A connection collected here would say good-bye in the parent's name.
    gc.freeze()
    gc.disable()
    tempfile.tempdir = folder


def _limit(deadline_seconds: float) -> None:
    seconds = int(deadline_seconds) + 1
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (OSError, ValueError):
            # macOS has no limit of the address space; the deadline still holds.
            continue


def _answer(render: Callable[[], Rendered]) -> bytes:
    """Return a line of JSON, followed by the PDF if there is one."""
    try:
        rendered = render()
    except RenderError as error:
        return _failure(error.code, permanent=error.permanent, detail=error.detail)
    except MemoryError:
        return _failure(FailureCode.TOO_LARGE, permanent=True, detail="out of memory")
    except Exception as error:
        # Type and place; the words of an error may quote the document.
        place = traceback.extract_tb(error.__traceback__)[-1]
        detail = f"{type(error).__name__} in {place.name}, line {place.lineno}"
        return _failure(FailureCode.UNKNOWN, permanent=False, detail=detail)
    return json.dumps({"pages": rendered.pages}).encode() + b"\n" + rendered.pdf


def _failure(code: FailureCode, *, permanent: bool, detail: str) -> bytes:
    values = {"code": code, "permanent": permanent, "detail": detail}
    return json.dumps(values).encode() + b"\n"
