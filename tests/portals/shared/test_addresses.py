"""Whose address a request came from: guesses are counted by it, and API keys are confined to ranges of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sublet.portals.shared import hosts
from sublet.portals.shared.hosts import address_of

NEAR, FAR = "10.0.0.1", "10.0.0.2"


@pytest.fixture(autouse=True)
def two_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    table = SimpleNamespace(words=lambda name: [NEAR, FAR] if name == "SUBLET_TRUSTED_PROXIES" else [])
    monkeypatch.setattr(hosts, "settings", SimpleNamespace(SUBLET=table))


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),  # a stranger is not believed
        (NEAR, "192.0.2.1", "192.0.2.1"),
        (NEAR, "203.0.113.9, 192.0.2.1", "192.0.2.1"),  # what stands before is the caller's own word
        (NEAR, f"203.0.113.9, 192.0.2.1, {FAR}", "192.0.2.1"),  # the proxy before the proxy is no caller
        (NEAR, f"{FAR}", NEAR),
        (NEAR, "", NEAR),
        (NEAR, "203.0.113.9, ", NEAR),
        (NEAR, "203.0.113.9, unknown", NEAR),
        (NEAR, "203.0.113.9, 192.0.2.1 evil", NEAR),
        (NEAR, "192.0.2.1:50123", "192.0.2.1"),  # a port for each connection: one caller
        (NEAR, "[2001:DB8::7]:443", "2001:db8::7"),
        (NEAR, "2001:db8:0:0::7", "2001:db8::7"),
        (NEAR, "x" * 1000, NEAR),
    ],
)
def test_the_callers_address_is_the_last_that_is_no_proxys(peer: str, said: str, address: str) -> None:
    assert address_of(peer, said) == address
