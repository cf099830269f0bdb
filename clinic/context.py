"""What is known of the request in hand, for the audit trail and for logs."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestInfo:
    """Id and client address of a request; both empty outside of one."""

    request_id: str = ""
    address: str = ""


OUTSIDE = RequestInfo()
current_request: ContextVar[RequestInfo] = ContextVar(
    "current_request", default=OUTSIDE
)
