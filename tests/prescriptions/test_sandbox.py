"""The child process of a render: limits, answers, nothing left behind."""

import faulthandler
import os
import signal
import tempfile
import time
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


def spin(*_):
    """Never end."""
    while True:
        pass


def spin_in_spite_of_signals(*_):
    """Never end, and ignore what can be ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    spin()


def eat_memory(*_):
    """Take more than there may be."""
    return bytearray(2_000_000_000)


def fault(*_):
    """Touch memory that is not there."""
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


def fail(*_):
    """Raise something strange that quotes the patient."""
    raise Unpicklable("Maria Lopez", "secret")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path, monkeypatch):
    """Let no child and no temporary file remain after any test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert list(tmp_path.glob("handout-*")) == []


def error_of(render, **options) -> RenderError:
    """Run a render that must fail; return its error."""
    with pytest.raises(RenderError) as error:
        sandbox.run(SPEC, {}, render=render, **options)
    return error.value


def test_the_child_answers_with_bytes_and_pages():
    assert sandbox.run(SPEC, {}, render=lambda *_: DONE) == DONE


def test_a_large_answer_arrives_whole():
    large = Rendered(pdf=b"%PDF-" + os.urandom(9_000_000), pages=60)
    assert sandbox.run(SPEC, {}, render=lambda *_: large) == large


def test_the_child_gets_spec_and_assets():
    def echo(spec, assets):
        return Rendered(pdf=spec.key.encode() + assets["a"], pages=1)

    rendered = sandbox.run(SPEC, {"a": b"bytes"}, render=echo)
    assert rendered.pdf == SPEC.key.encode() + b"bytes"


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
    def refuse(*_):
        raise RenderError(FailureCode.BAD_CONTENT, permanent=True, detail="U+0000")

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
        lambda *_: os._exit(3),
        fault,
        lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    ],
)
def test_a_crash_costs_an_attempt(crash):
    error = error_of(crash)
    assert (error.code, error.permanent) == (FailureCode.UNKNOWN, False)


def test_leaving_the_interpreter_does_not_run_the_parent_twice():
    def leave(*_):
        raise SystemExit(0)

    assert error_of(leave).code == FailureCode.UNKNOWN


def test_files_the_child_leaves_are_removed():
    def litter(*_):
        Path(tempfile.mkdtemp(), "font").write_bytes(b"x")
        return DONE

    assert sandbox.run(SPEC, {}, render=litter) == DONE


def test_an_interrupted_wait_kills_the_child():
    class SoftTimeLimit(Exception):
        pass

    def interrupt(*_):
        raise SoftTimeLimit

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(SoftTimeLimit):
            sandbox.run(SPEC, {}, render=spin)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.slow
def test_a_real_handout_is_made_in_the_child():
    rendered = sandbox.run(SPEC, {})
    assert rendered == pdf.render(SPEC, {})


@pytest.mark.slow
def test_a_missing_picture_fails_for_good():
    error = error_of(lambda *_: pdf.render(with_pictures(), {}))
    assert (error.code, error.permanent) == (FailureCode.PICTURE_MISSING, True)
