"""Errors of the domain; each door raises them, each front end words them once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One fault of the input: JSON pointer of the field, stable code, sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A request that cannot be carried out, told in the user's words."""

    def __init__(
        self, code: str, message: str, *, errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        # Further members of the problem that the API answers with
        self.members: Mapping[str, Any] = {}


class Invalid(DomainError):
    """The input cannot be used as it is (HTTP 400)."""


class Forbidden(DomainError):
    """The actor's role does not allow it (HTTP 403)."""


class NotFound(DomainError):
    """There is no such thing for this actor (HTTP 404)."""


class Conflict(DomainError):
    """The thing is in another state than the request needs (HTTP 409)."""


class Gone(DomainError):
    """It was there and has been withdrawn (HTTP 410)."""


class Unavailable(DomainError):
    """What it needs does not answer now; the same request may succeed (HTTP 503)."""


class NotSentError(Exception):
    """A message was not taken: code and words of the answer; final or to try again."""

    def __init__(self, code: str, words: str, *, is_final: bool) -> None:
        super().__init__(code)
        self.code = code
        self.words = words
        self.is_final = is_final
