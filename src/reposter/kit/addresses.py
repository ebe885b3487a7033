"""Which machines may be called at all: those on the public internet, and those that the owner named.

An address that somebody typed, or that another site sent us on to, must not reach this machine, its network or a
cloud's metadata service. A name is looked up once, every address it has is checked, and the connection goes to the
address that was checked: a name that changes its mind in between changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reposter.kit.errors import InvalidInput, VendorUnavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Sequence[tuple[str, int]]]  # (host, port) to every (address, port) it stands for

WEB_PORTS = frozenset({80, 443})
HOST_CHARACTERS_MAX = 253
NOT_FOR_STRANGERS = tuple(
    ipaddress.ip_network(one)
    for one in (
        "168.63.129.16/32",  # a cloud's host agent, on a public address
        "192.88.99.0/24",  # 6to4 relays
        "2001::/32",  # Teredo: an IPv4 address inside, which nobody needs to send
        "fec0::/10",  # site-local, given up in 2004 and still routed inside
    )
)
WRAPPERS = (
    (ipaddress.ip_network("::/96"), 0),  # IPv4-compatible: the last 32 bits
    (ipaddress.ip_network("::ffff:0:0/96"), 0),
    (ipaddress.ip_network("::ffff:0:0:0/96"), 0),  # IPv4-translated
    (ipaddress.ip_network("64:ff9b::/96"), 0),  # NAT64
    (ipaddress.ip_network("64:ff9b:1::/48"), 0),
    (ipaddress.ip_network("2002::/16"), 80),  # 6to4: bits 16 to 48
)
"""IPv6 networks with an IPv4 address inside, and how far it stands from the right."""


class AddressRefused(InvalidInput):
    """An address that must not be called from here."""

    code = "address_refused"


def look_up(host: str, port: int) -> list[tuple[str, int]]:
    """What the system's resolver says, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(where[0]), int(where[1])) for *_, where in found))


@dataclass(frozen=True)
class AddressRules:
    """`private_hosts` are names or literal addresses, in lower case, that the owner runs: any port, anywhere."""

    private_hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = WEB_PORTS
    lookup: Lookup = field(default=look_up)

    def checked(self, host: str, port: int) -> list[tuple[str, int]]:
        """Every address of `host`, all of them allowed.

        Raises:
            AddressRefused: the port is none of the web's, or one of the addresses is not public.
            VendorUnavailable: the name is not known now.
        """
        name = host.strip("[]").lower().rstrip(".")
        if not name or len(name) > HOST_CHARACTERS_MAX or any(ord(letter) < 33 for letter in name):
            raise _refused(host, "it is no host name")
        addresses = self._addresses(name, port)
        if name in self.private_hosts:
            return addresses
        if port not in self.ports:
            raise _refused(host, f"port {port} is not one of the web's")
        for address, _ in addresses:
            if not is_public(address):
                raise _refused(host, "it leads to a machine that is not on the public internet")
        return addresses

    def connect(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """A connection to the first of the checked addresses that answers. Raises as `checked`, and `OSError`."""
        failure: OSError | None = None
        for address in self.checked(host, port):
            try:
                return socket.create_connection(address, timeout)
            except OSError as error:
                failure = error
        assert failure is not None, "a name without addresses is unknown"
        raise failure

    def _addresses(self, name: str, port: int) -> list[tuple[str, int]]:
        try:
            found = list(self.lookup(name, port))
        except (OSError, UnicodeError, ValueError) as error:
            found = []
            reason = str(error)
        else:
            reason = "no address"
        if not found:
            raise VendorUnavailable(
                f"{name[:80]} is not known on the internet at the moment.",
                hint="Nothing to do if the link is right; it is tried again.",
                reason=reason,
            )
        return found


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, whatever it is wrapped in."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id:
        return False
    inner = _unwrapped(ip)
    if inner is not None:
        return _is_global(inner)
    return _is_global(ip)


def _unwrapped(ip: IPAddress) -> IPAddress | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    for network, shift in WRAPPERS:
        if ip in network:
            return ipaddress.IPv4Address((int(ip) >> shift) & 0xFFFFFFFF)
    return None


def _is_global(ip: IPAddress) -> bool:
    named = any(ip.version == network.version and ip in network for network in NOT_FOR_STRANGERS)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not named


def _refused(host: str, why: str) -> AddressRefused:
    return AddressRefused(
        f"“{host[:80]}” is not called: {why}.",
        hint="Give a link to a public site.",
        host=host[:80],
    )
