"""What reaches the log."""

import logging

from clinic.logs import LineFormatter


def line_of(message: str, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.ERROR, "f", 1, message, None, info)
    return LineFormatter().format(record)


def test_an_event_is_one_line():
    assert "\n" not in line_of("Zoë\nERROR forged")


def test_an_error_shows_its_place_and_kind_but_not_its_words():
    words = "Key (name)=({} Berger) exists".format("Anna")
    try:
        raise ValueError(words)
    except ValueError as error:
        line = line_of("it failed", error)
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "Anna" not in line


def test_a_patients_link_is_left_out():
    assert "secret" not in line_of("Not Found: /l/secret-token/program.pdf")
