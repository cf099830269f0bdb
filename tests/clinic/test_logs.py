"""What reaches the log."""

import json
import logging
from types import SimpleNamespace

import pytest
from django.db import IntegrityError

from clinic.celery import end_request, send_request_id, take_request_id
from clinic.context import OUTSIDE, RequestInfo, current_request
from clinic.logs import JsonFormatter, LineFormatter, RedactingFilter


def line_of(message: str, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.ERROR, "f", 1, message, None, info)
    return LineFormatter().format(record)


@pytest.mark.requirement("D5")
def test_an_event_is_one_line():
    assert "\n" not in line_of("Zoë\nERROR forged")


@pytest.mark.requirement("D4")
def test_an_error_shows_its_place_and_kind_but_not_its_words():
    words = "Key (name)=({} Berger) exists".format("Anna")
    try:
        raise ValueError(words)
    except ValueError as error:
        line = line_of("it failed", error)
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "Anna" not in line


@pytest.mark.requirement("D4")
def test_a_patients_link_is_left_out():
    assert "secret" not in line_of("Not Found: /l/secret-token/program.pdf")


def redacted(message: str, *args: object, name: str = "x") -> str:
    record = logging.LogRecord(name, logging.ERROR, "f", 1, message, args, None)
    assert RedactingFilter().filter(record)
    return LineFormatter().format(record)


@pytest.mark.requirement("D4")
def test_the_words_of_an_error_are_left_out_of_messages():
    line = redacted("row %s: %s, %r", 7, ValueError("Anna"), IntegrityError("Anna"))
    assert "Anna" not in line
    assert "ValueError" in line
    assert "IntegrityError" in line


@pytest.mark.requirement("D4")
def test_the_words_of_machines_are_told():
    assert "no route" in redacted("not ready: %r", OSError("no route to host"))


@pytest.mark.requirement("D4")
def test_celery_tells_the_kind_of_an_error_alone():
    told = {
        "name": "clinic.seal_audit",
        "exc": "DataError('Anna')",
        "args": "('Anna',)",
    }
    line = redacted("Task %(name)s: %(exc)s %(args)s", told, name="celery.app.trace")
    assert "clinic.seal_audit: DataError" in line
    assert "Anna" not in line


@pytest.mark.requirement("D4")
def test_an_e_mail_address_is_left_out():
    assert "anna" not in redacted("from anna@example.org to %s", "anna@example.org")


def test_json_is_one_object_that_tells_the_request_and_no_words_of_an_error():
    token = current_request.set(RequestInfo("abc123"))
    try:
        raise ValueError("An" + "na")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "at /l/key/", None, info)
        line = JsonFormatter().format(record)
    finally:
        current_request.reset(token)
    event = json.loads(line)
    assert "\n" not in line
    assert event["request_id"] == "abc123"
    assert event["message"] == "at /l/-/"
    assert "ValueError" in event["trace"]
    assert "Anna" not in line


def test_the_worker_names_the_request_that_asked():
    headers: dict[str, object] = {}
    token = current_request.set(RequestInfo("abc123"))
    send_request_id(headers=headers)
    current_request.reset(token)
    take_request_id(task=SimpleNamespace(request=headers))
    assert current_request.get().request_id == "abc123"
    end_request()
    assert current_request.get() == OUTSIDE
