"""The child process of a render: limits, answers, nothing left behind."""

import faulthandler
import os
import signal
import socket
import tempfile
import time
from functools import partial
from pathlib import Path

import pytest

from prescriptions import pdf, sandbox
from prescriptions.models import FailureCode
from prescriptions.pdf import Rendered, RenderError
from tests.prescriptions.specs import make_spec, with_pictures

DONE = Rendered(pdf=b"%PDF-1.7\nbody\n", pages=2)
SPEC = make_spec()


class Unpicklable(Exception):
    """An error that takes two arguments and holds a function."""

    def __init__(self, text: str, more: str) -> None:
        super().__init__(lambda: text, more)


def answer(rendered):
    """Return what it was given."""
    return rendered


def number():
    """Return the number of the process that does the job."""
    return Rendered(pdf=str(os.getpid()).encode(), pages=1)


def reachable():
    """Return the files and connections that the process has, as a page each."""
    return Rendered(pdf=b"", pages=len(list(Path("/proc/self/fd").iterdir())))


def litter():
    """Leave a file in the folder for temporary files."""
    Path(tempfile.mkdtemp(), "font").write_bytes(b"x")
    return DONE


def spin():
    """Never end."""
    while True:
        pass


def spin_in_spite_of_signals():
    """Never end, and ignore what can be ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spin()


def eat_memory():
    """Take more than there may be."""
    return bytearray(2_000_000_000)


def fault():
    """Touch memory that is not there."""
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse():
    """Find the document at fault."""
    raise RenderError(FailureCode.BAD_CONTENT, permanent=True, detail="U+0000")


def leave():
    """Leave the interpreter."""
    raise SystemExit(0)


def fail():
    """Raise something strange that quotes the patient."""
    raise Unpicklable("Maria Lopez", "secret")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path, monkeypatch):
    """Let no child and no temporary file remain after any test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert list(tmp_path.glob("handout-*")) == []
    sandbox.end_child()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def error_of(job, **options) -> RenderError:
    """Do a job that must fail; return its error."""
    with pytest.raises(RenderError) as error:
        sandbox.run(job, **options)
    return error.value


def test_the_child_answers_with_bytes_and_pages():
    assert sandbox.run(partial(answer, DONE)) == DONE


def test_a_large_answer_arrives_whole():
    large = Rendered(pdf=b"%PDF-" + os.urandom(9_000_000), pages=60)
    assert sandbox.run(partial(answer, large)) == large


def test_a_child_does_one_job_after_another():
    first = sandbox.run(number)
    assert sandbox.run(number) == first
    assert first.pdf != str(os.getpid()).encode()


def test_a_child_is_ended_after_its_share_of_jobs(monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_JOBS", 2)
    seen = [sandbox.run(number).pdf for _ in range(4)]
    assert seen[0] == seen[1] != seen[2] == seen[3]


@pytest.mark.parametrize("error", [refuse, fail, spin, fault])
def test_a_child_that_did_not_render_gets_no_other_job(error):
    before = sandbox.run(number)
    error_of(error, deadline_seconds=0.3)
    assert sandbox.run(number) != before


def test_a_child_killed_while_it_waited_costs_nothing():
    child = int(sandbox.run(number).pdf)
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert sandbox.run(partial(answer, DONE)) == DONE


def test_a_fork_of_the_worker_makes_a_child_of_its_own():
    mine = sandbox.run(number)
    forked = os.fork()
    if forked == 0:
        os._exit(sandbox.run(number) == mine)
    assert os.waitpid(forked, 0)[1] == 0
    assert sandbox.run(number) == mine


@pytest.mark.requirement("I3")
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists what is open")
def test_the_child_has_no_file_or_connection_of_the_worker():
    with socket.socket(), Path(__file__).open():
        # Input, output, errors, the socket, and the folder that is being listed
        assert sandbox.run(reachable).pages == 5


@pytest.mark.requirement("I3")
@pytest.mark.parametrize("render", [spin, spin_in_spite_of_signals])
def test_an_endless_render_is_killed(render):
    before = time.monotonic()
    error = error_of(render, deadline_seconds=0.3)
    assert (error.code, error.permanent) == (FailureCode.TIME_LIMIT, False)
    assert time.monotonic() - before < 5


@pytest.mark.requirement("I3")
def test_a_memory_bomb_is_refused():
    error = error_of(eat_memory)
    assert (error.code, error.permanent) == (FailureCode.TOO_LARGE, True)


def test_a_render_error_keeps_code_and_permanence():
    error = error_of(refuse)
    assert (error.code, error.permanent) == (FailureCode.BAD_CONTENT, True)
    assert error.detail == "U+0000"


def test_any_other_error_is_told_without_its_words():
    error = error_of(fail)
    assert (error.code, error.permanent) == (FailureCode.UNKNOWN, False)
    assert "Unpicklable in fail" in error.detail
    assert "Maria" not in str(error)


@pytest.mark.requirement("I3")
@pytest.mark.parametrize(
    "crash",
    [
        partial(os._exit, 3),
        fault,
        partial(signal.raise_signal, signal.SIGKILL),
    ],
)
def test_a_crash_costs_an_attempt(crash):
    error = error_of(crash)
    assert (error.code, error.permanent) == (FailureCode.UNKNOWN, False)


def test_leaving_the_interpreter_does_not_run_the_parent_twice():
    assert error_of(leave).code == FailureCode.UNKNOWN


def test_files_the_child_leaves_are_removed():
    assert sandbox.run(litter) == DONE


def test_an_interrupted_wait_kills_the_child():
    class SoftTimeLimit(Exception):
        pass

    def interrupt(*_):
        raise SoftTimeLimit

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(SoftTimeLimit):
            sandbox.run(spin)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.slow
def test_a_real_handout_is_made_in_the_child():
    rendered = sandbox.run(partial(pdf.render, SPEC, {}))
    assert rendered == pdf.render(SPEC, {})


@pytest.mark.slow
def test_a_missing_picture_fails_for_good():
    error = error_of(partial(pdf.render, with_pictures(), {}))
    assert (error.code, error.permanent) == (FailureCode.PICTURE_MISSING, True)
