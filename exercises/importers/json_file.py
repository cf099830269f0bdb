"""JSON within bounds: size, nesting, numbers; and what a file of rows looks like."""

import json
import math
from typing import Any

from exercises.importers.files import Files
from exercises.importers.shape import FileError

MOST_DEPTH = 30
# Commas and brackets: each makes an object in memory
MOST_PARTS = 1_500_000
LONGEST_NUMBER = 18


def read_json(files: Files, name: str) -> Any:
    """Return what a file holds; raise FileError that says where it is broken."""
    return parse(files.read(name), name)


def parse(content: bytes, name: str) -> Any:
    """Return what the bytes hold, lists and mappings at most ``MOST_DEPTH`` deep."""
    if not content.strip():
        raise FileError(f"{name} is empty.")
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise FileError(f"{name} holds too many parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{name} is no UTF-8 (byte {error.start}).") from error
    try:
        data = json.loads(
            text, parse_constant=_refuse, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FileError(f"{name} is no JSON: {error.msg} ({place}).") from error
    except ValueError as error:
        raise FileError(f"{name} holds {error}.") from error
    except RecursionError as error:
        raise FileError(f"{name} is nested too deeply.") from error
    if _is_deep(data):
        raise FileError(f"{name} is nested too deeply.")
    return data


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant}, which is no number")


def _float(text: str) -> float:
    number = float(text) if len(text) <= 2 * LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        raise ValueError("a number that is too long")
    return number


def _int(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number that is too long")
    return int(text)


def _is_deep(data: Any) -> bool:
    level, depth = [data], 0
    while level:
        depth += 1
        if depth > MOST_DEPTH:
            return True
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return False
