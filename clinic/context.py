"""What is known of the request in hand, for the audit trail and for logs."""

from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network


@dataclass(frozen=True)
class RequestInfo:
    """Id and client address of a request; both empty outside of one."""

    request_id: str = ""
    address: str = ""

    @property
    def place(self) -> str:
        """The address; of IPv6 the network, which is one household's."""
        try:
            ip = ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(ip, IPv4Address):
            return self.address
        return str(ip.ipv4_mapped or ip_network(f"{ip}/64", strict=False))


OUTSIDE = RequestInfo()
current_request: ContextVar[RequestInfo] = ContextVar(
    "current_request", default=OUTSIDE
)
