"""Which addresses may be dialled: public unicast, and what allow_private names. Checked at the socket, for every hop.

A resolver would not do: it is never asked about an address that the URL spells out, in whatever way.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[Any, ...]  # as getaddrinfo gives it: family, type, protocol, canonical name, socket address

TARGET: ContextVar[str] = ContextVar("TARGET", default="")  # "host:port" of the URL being asked

# is_global says yes to these on Python 3.11, though they lead into private networks or to no single host.
_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


class Refused(OSError):  # noqa: N818 - reads as a word where it is caught
    """The guard did not let a connection be made."""

    MARK = "not a public address"

    def __init__(self, address: str, port: int) -> None:
        super().__init__(f"{address} port {port} is {self.MARK}")


def public(address: str) -> bool:
    """A public unicast address. False for what is not an address at all."""
    try:
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not any(ip in network for network in _CLOSED if network.version == ip.version)


def host_port(host: str, port: int) -> str:
    """As allow_private writes it: brackets round an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def allowed(address: str, port: int, target: str, exceptions: Collection[str]) -> bool:
    """Whether `address` may be dialled for a URL whose host and port are `target`."""
    return public(address) or target in exceptions or host_port(address, port) in exceptions


def socket_factory(exceptions: Collection[str]) -> Callable[[AddressInfo], socket.socket]:
    """A maker of sockets for aiohttp's connector that raises Refused for an address that must not be dialled."""

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, where = info
        if not allowed(where[0], where[1], TARGET.get(), exceptions):
            raise Refused(where[0], where[1])
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make


def refusal(error: BaseException | None) -> str | None:
    """Why the guard refused, if it is behind this error; aiohttp folds the errors of several addresses into one text."""
    while error is not None:
        if Refused.MARK in str(error):
            return (
                f"{TARGET.get() or 'the address'} is {Refused.MARK}; [fetch] allow_private can name it as an exception"
            )
        error = error.__cause__ or error.__context__
    return None
