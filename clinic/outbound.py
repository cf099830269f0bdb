"""The one place that calls other systems, kept away from our own network.

A name is resolved once, every address it stands for must be public, and the connection
goes to the address that was checked: a name that changes meanwhile reaches nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings

TIMEOUT_SECONDS = 15.0
LONGEST_URL = 500
# Carries an IPv4 address in its last 32 bits
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(Exception):
    """No answer came; ``code`` says why, in a word that holds no address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnsafeAddressError(OutboundError):
    """The address is none that may be called; ``message`` says why."""

    def __init__(self, message: str) -> None:
        super().__init__("unsafe_address")
        self.message = message


@dataclass(frozen=True)
class Target:
    """Where to connect: the parts of an address, and the checked IP address."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str
    # Name and port as the address has them
    netloc: str


def resolve(url: str) -> Target:
    """Return where to connect for an address.

    Raises UnsafeAddressError when it is not https, or not public; OutboundError when
    the name is not known. Hosts of ``WEBHOOK_PRIVATE_HOSTS`` may be on the clinic's own
    network, and without https.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    is_private = host in settings.WEBHOOK_PRIVATE_HOSTS
    if parts.scheme != "https" and not is_private:
        raise UnsafeAddressError("Give an address that begins with https://.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _addresses(host, port)
    if not is_private and not all(map(_is_public, addresses)):
        raise UnsafeAddressError("This address is not on the public internet.")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(parts.scheme, host, port, path, str(addresses[0]), parts.netloc)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnsafeAddressError("This is no address.") from error
    odd = not url.isascii() or not url.isprintable() or " " in url or "\\" in url
    if odd or len(url) > LONGEST_URL or parts.scheme not in ("http", "https"):
        raise UnsafeAddressError("Give an address such as https://example.org/hooks.")
    if not parts.hostname or parts.username is not None or parts.fragment:
        raise UnsafeAddressError("Leave out names, passwords and everything after #.")
    return parts


def _addresses(host: str, port: int) -> list[Address]:
    """Return every address of a host, whatever spelling of a number it may be."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError("unknown_host") from error
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body; return the status of the answer, of which nothing else is read.

    Redirects are not followed. Raises OutboundError when there is no answer within
    ``TIMEOUT_SECONDS``.
    """
    target = resolve(url)
    try:
        with _pool(target) as pool:
            answer = pool.urlopen(
                "POST",
                target.path,
                body=body,
                headers={**headers, "Host": target.netloc},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            answer.close()
            return int(answer.status)
    except urllib3.exceptions.NewConnectionError as error:
        # A kind of time-out to urllib3, although somebody refused
        raise OutboundError("no_connection") from error
    except urllib3.exceptions.TimeoutError as error:
        raise OutboundError("timeout") from error
    except urllib3.exceptions.SSLError as error:
        raise OutboundError("tls") from error
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise OutboundError("no_connection") from error


def _pool(target: Target) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(total=TIMEOUT_SECONDS)
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.ip, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        target.ip,
        target.port,
        timeout=timeout,
        server_hostname=target.host,
        assert_hostname=target.host,
        cert_reqs="CERT_REQUIRED",
    )
