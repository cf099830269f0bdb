"""Make handouts in a forked child under limits of memory, time and size.

A render that hangs, crashes or eats memory costs one attempt and not the worker. The
child has no file and no connection of its parent but the socket between them. It
waits for the next job, since each fork copies 40 MB of memory page by page (a tenth of
the shortest handout); after anything but a rendering it is ended.
"""

import ctypes
import gc
import json
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn

from prescriptions.models import FailureCode
from prescriptions.pdf import Rendered, RenderError

Job = Callable[[], Rendered]

DEADLINE_SECONDS = 30
MEMORY_BYTES = 1_500_000_000
FILE_BYTES = 64_000_000
CHUNK_BYTES = 1 << 16
# Of one child: what a library leaks ends with it
MOST_JOBS = 200
LENGTH = struct.Struct(">Q")
PR_SET_PDEATHSIG = 1
# Opened before the fork: loading a library in the child could wait for a lock.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def run(job: Job, *, deadline_seconds: float = DEADLINE_SECONDS) -> Rendered:
    """Return what the job renders; raise RenderError, also for a child that died.

    The job is pickled: a function of a module, its arguments bound by ``partial``.
    Whatever interrupts the wait ends the child, so no other job gets a late answer.
    """
    # What the job leaves in the folder for temporary files goes with the folder.
    with _kept.lock, tempfile.TemporaryDirectory(prefix="handout-") as folder:
        request = pickle.dumps((job, folder, deadline_seconds))
        child = _kept.take()
        is_done = False
        try:
            rendered = child.ask(request, deadline_seconds)
            is_done = True
        finally:
            if is_done:
                _kept.child = child
            else:
                child.end()
    return rendered


def end_child() -> None:
    """End the child that waits for a job, if there is one."""
    with _kept.lock:
        if _kept.child:
            _kept.child.end()
            _kept.child = None


class _Child:
    """A forked process that does one job after another, and the socket to it."""

    def __init__(self) -> None:
        """Fork."""
        self._socket, theirs = socket.socketpair()
        self._jobs = 0
        self._status: int | None = None
        self._pid = _fork()
        if self._pid == 0:
            _serve(theirs)
        theirs.close()

    def can_go_on(self) -> bool:
        """Tell whether it lives and may do one more job."""
        # Silent until asked: what can be read now is that it has ended.
        readable, _, _ = select.select([self._socket], [], [], 0)
        return not readable and self._jobs < MOST_JOBS

    def ask(self, request: bytes, seconds: float) -> Rendered:
        """Return its answer to a job; raise RenderError when it has none in time."""
        self._jobs += 1
        deadline = time.monotonic() + seconds
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(request)
            size = LENGTH.unpack(self._read(LENGTH.size, deadline))[0]
            answer = self._read(size, deadline)
        except TimeoutError as error:
            raise RenderError(FailureCode.TIME_LIMIT, permanent=False) from error
        except (ConnectionError, EOFError) as error:
            raise self._death() from error
        return _rendered(answer)

    def _read(self, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = self._socket.recv(min(size - len(received), CHUNK_BYTES))
            if not chunk:
                raise EOFError
            received += chunk
        return bytes(received)

    def _death(self) -> RenderError:
        status = self.end()
        if status == -signal.SIGXCPU:
            return RenderError(FailureCode.TIME_LIMIT, permanent=False)
        detail = f"child ended with {status}"
        return RenderError(FailureCode.UNKNOWN, permanent=False, detail=detail)

    def end(self) -> int:
        """Kill and reap it; return its status, which a late kill does not change."""
        if self._status is None:
            self._socket.close()
            os.kill(self._pid, signal.SIGKILL)
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


class _Kept:
    """The child that waits for the next job of this process."""

    def __init__(self) -> None:
        """Begin without one."""
        self.forget()

    def forget(self) -> None:
        """Leave the child to the process that made it."""
        self.lock = threading.Lock()
        self.child: _Child | None = None

    def take(self) -> _Child:
        """Return a child that nobody else has: the one that waits, or a new one."""
        child, self.child = self.child, None
        if child and child.can_go_on():
            return child
        if child:
            child.end()
        return _Child()


_kept = _Kept()
os.register_at_fork(after_in_child=_kept.forget)


def _rendered(answer: bytes) -> Rendered:
    head, _, body = answer.partition(b"\n")
    values = json.loads(head)
    if "pages" in values:
        return Rendered(pdf=body, pages=values["pages"])
    raise RenderError(
        FailureCode(values["code"]),
        permanent=values["permanent"],
        detail=values["detail"],
    )


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of threads; the child runs none of them and takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _serve(ours: socket.socket) -> NoReturn:
    """Do jobs under limits until the parent is gone; end without any clean-up."""
    try:
        _let_go(ours.fileno())
        _limit()
        requests = ours.makefile("rb")
        while True:
            # From our own parent; the way back is plain bytes.
            job, folder, seconds = pickle.load(requests)  # noqa: S301 (see above)
            tempfile.tempdir = folder
            _limit_work(seconds)
            answer = _answer(job)
            ours.sendall(LENGTH.pack(len(answer)) + answer)
            gc.collect()
    finally:
        # Also for an exception: nothing of the parent's stack may run twice.
        os._exit(1)


def _let_go(kept: int) -> None:
    """Part from the parent: its signals, its garbage, its files and connections."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    # A connection collected here would say good-bye in the parent's name.
    gc.freeze()
    gc.disable()
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _limit() -> None:
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (OSError, ValueError):
            # macOS has no limit of the address space; the deadline still holds.
            continue


def _limit_work(seconds: float) -> None:
    """Give the next job as many seconds of work, and one."""
    until = int(time.process_time() + seconds) + 1
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most == resource.RLIM_INFINITY or until < most:
        resource.setrlimit(resource.RLIMIT_CPU, (until, most))


def _answer(job: Job) -> bytes:
    """Return a line of JSON, followed by the PDF if there is one."""
    try:
        rendered = job()
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
