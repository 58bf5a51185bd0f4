"""The one way for the hub to call an address that a person typed.

Such a request must not reach what only the hub's own network sees. The name is resolved here once,
every address it has must be public, and the connection goes to exactly that address, so that a name
that answers differently a moment later gains nothing.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from hub.core.errors import InvalidInput

SECONDS = 10.0
MAX_ANSWER_BYTES = 4_096
MAX_URL = 2_000
# Public by number, but the inside of a cloud, or a way to write a private address.
REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(text) for text in ("168.63.129.16/32", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)


class Refused(InvalidInput):
    """The address is not one that the hub may call."""


class Unreachable(Exception):
    """The other side could not be reached or did not answer in time; the text says how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the beginning of the body, for people who look for a fault."""

    status: int
    text: str


def check_url(url: str) -> SplitResult:
    """What can be told without asking the network. Raises Refused."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("This is not a web address.", field="url") from None
    if len(url) > MAX_URL or not url.isprintable() or " " in url:
        raise Refused("This is not a web address.", field="url")
    if parts.scheme not in {"http", "https"} or not host:
        raise Refused("The address must begin with https:// or http://.", field="url")
    if parts.username is not None or parts.password is not None:
        raise Refused("The address must not hold a user name or a password.", field="url")
    if not _is_listed(parts) and (host == "localhost" or _is_refused_literal(host)):
        raise Refused("This address lies inside a private network.", field="url")
    return parts


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Send the body and return what came back; a redirect is an answer like any other.

    Raises Refused and Unreachable. Takes at most `seconds` in all; of the answer at most `most_bytes`
    are read.
    """
    parts = check_url(url)
    connection = _connection(parts, _address(parts), seconds)
    # Limits of single reads do not end an answer that trickles in.
    watch = threading.Timer(seconds, _hang_up, [connection])
    watch.daemon = True
    watch.start()
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", target, body=body, headers=dict(headers))
        response = connection.getresponse()
        return Answer(response.status, response.read(most_bytes).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from None
    finally:
        watch.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:  # closed in the meantime
            pass


def _address(parts: SplitResult) -> str:
    """The address to connect to, after all that the name has were looked at."""
    assert parts.hostname
    try:
        found = socket.getaddrinfo(parts.hostname, _port_of(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {parts.hostname} could not be resolved: {error}"[:300]) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not _is_listed(parts) and not all(map(_is_public, addresses)):
        raise Refused(f"{parts.hostname} leads into a private network.", field="url")
    return addresses[0]


def _connection(parts: SplitResult, address: str, seconds: float) -> http.client.HTTPConnection:
    assert parts.hostname
    # A server that thinks for long may; one that cannot be reached is known sooner by its refusal.
    options = {"timeout": seconds / 2 if seconds <= SECONDS else seconds}
    if parts.scheme == "https":
        return _PinnedHttps(parts.hostname, _port_of(parts), address, **options)
    return _Pinned(parts.hostname, _port_of(parts), address, **options)


def _port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_listed(parts: SplitResult) -> bool:
    """The operator's own word for a host, or for one port of it."""
    names = {(parts.hostname or "").lower(), f"{(parts.hostname or '').lower()}:{_port_of(parts)}"}
    return bool(names & {name.lower() for name in settings.OUTGOING_ALLOWED_HOSTS})


def _is_refused_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not _is_public(host)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if any(address.version == network.version and address in network for network in REFUSED_NETWORKS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was checked, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, *, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _PinnedHttps(_Pinned):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
