"""Addresses on the internet: which may be spoken to, and whether one lies in a list of ranges.

Laws (tests/core/test_networks.py): an address that carries another one inside (mapped, compatible, 6to4, Teredo, NAT64) is
never open; a range read and written is the same range; an address is within a list exactly when a range holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

DNS_PORT = 53

#: What `is_global` lets through, or did in some Python: cloud metadata, translators, and addresses that carry another.
_CLOSED: tuple[Range, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


def read_address(text: str) -> Address | None:
    """`text` as an address; None if it is none. Brackets are understood, leading zeros and other number forms are not."""
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def read_resolver(text: str) -> tuple[str, int] | None:
    """``9.9.9.9``, ``9.9.9.9:5353`` or ``[2620:fe::9]:53`` as address and port; None if it is neither."""
    address, port = text.strip(), ""
    if address.startswith("["):
        address, _bracket, rest = address[1:].partition("]")
        port = rest.removeprefix(":")
        if rest and not rest.startswith(":"):
            return None
    elif address.count(":") == 1:
        address, _colon, port = address.partition(":")
    if read_address(address) is None or (port and not port.isdecimal()):
        return None
    number = int(port or DNS_PORT)
    return (address, number) if 0 < number < 65536 else None


def is_open(address: Address) -> bool:
    """Whether `address` is an ordinary one on the internet, to which anybody may speak."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    return address.is_global and not within(address, _CLOSED)


def read_range(text: str) -> Range | None:
    """``192.0.2.0/24``, ``2001:db8::/48`` or a single address; None if it is none.

    Bits beyond the mask are cut: ``192.0.2.7/24`` is what people copy from their router.
    """
    try:
        return None if "%" in text else ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def within(address: Address, ranges: Iterable[Range]) -> bool:
    """Whether one of `ranges` holds `address`. An IPv4 address is also found when it comes wrapped in IPv6."""
    if any(address in held for held in ranges):  # of different versions: never
        return True
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped is not None and any(mapped in held for held in ranges)
