"""Which addresses may be dialled: public unicast, and what allow_private names. Checked before every dialling, for every hop.

What counts is the address that the socket gets, not the name: the next answer of a resolver may be another one, and it is
never asked about an address that the URL spells out, in whatever way.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from typing import Any

from aggregator.fetch.faults import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[Any, ...]  # as getaddrinfo gives it: family, type, protocol, canonical name, socket address

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
        "::ffff:0:0:0/96",
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


def permitted(found: Iterable[AddressInfo], target: str, exceptions: Collection[str]) -> list[AddressInfo]:
    """Those of the addresses of a URL's host that may be dialled. Raises Refused where there are some, and none may."""
    every = list(found)
    kept = [info for info in every if allowed(info[4][0], info[4][1], target, exceptions)]
    if every and not kept:
        raise Refused(target)
    return kept
