"""Which addresses are open to anybody, and lists of ranges."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.networks import is_open, read_address, read_range, within

CLOSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "192.0.0.1", "192.0.0.9", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
    "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
def test_an_address_that_is_not_everybodys_is_closed(text: str) -> None:
    assert not is_open(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_an_ordinary_address_is_open(text: str) -> None:
    assert is_open(ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_an_address_that_carries_another_is_closed(number: int) -> None:
    inner = int(IPv4Address(number))
    for carrier in (inner, 0xFFFF << 32 | inner, 0x64FF9B << 96 | inner, 0x2002 << 112 | inner << 80, 0x20010000 << 96):
        assert not is_open(IPv6Address(carrier))


@pytest.mark.parametrize("text", ["0x7f000001", "2130706433", "0177.0.0.1", "127.1", "", "localhost", "1.2.3.4:80"])
def test_other_ways_to_write_an_address_are_none(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7/24 ", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::/48", "2001:db8::/48"),
        ("2001:db8::7", "2001:db8::7/128"),
    ],
)
def test_a_range_is_read(text: str, read: str) -> None:
    found = read_range(text)
    assert str(found) == read
    assert read_range(read) == found


@pytest.mark.parametrize(
    "text", ["", "office", "192.0.2.0/33", "192.0.2", "1.2.3.4-1.2.3.9", "fe80::1%eth0/64", "::/129"]
)
def test_what_is_no_range_is_none(text: str) -> None:
    assert read_range(text) is None


def test_an_address_is_within_its_range_however_it_comes() -> None:
    office = [found for found in (read_range("192.0.2.0/24"), read_range("2001:db8::/48")) if found]
    for text, expected in [
        ("192.0.2.200", True),
        ("::ffff:192.0.2.200", True),
        ("192.0.3.1", False),
        ("::ffff:192.0.3.1", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
    ]:
        assert within(ip_address(text), office) is expected, text
    assert not within(ip_address("192.0.2.1"), [])
