"""The demo's name server, asked through the gateway as the worker does."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from sublet.branding.dns_gateway import look_up
from sublet.core.answers import FOUND, NOTHING
from sublet.demo import domains
from sublet.demo.nameserver import NameServer, Zone

ZONE: Zone = {
    "hosts.localhost": [("A", "127.0.0.1")],
    "app.mine.example": [("CNAME", "hosts.localhost")],
    "_host-proof.app.mine.example": [("TXT", "host-proof=abc")],
    "*.all.example": [("CNAME", "hosts.localhost")],
}


def test_it_answers_what_the_zone_says(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "zone_now", lambda: ZONE)
    server = NameServer()
    settings.DNS_RESOLVERS = [server.place]
    server.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            here = ("127.0.0.1", int(server.place.partition(":")[2]))
            for odd in (b"", b"\x00\x01" + bytes(10), b"\xff" * 12):  # nothing, no question, no sense
                stranger.sendto(odd, here)
        led = look_up("app.mine.example", "A")
        assert (led.outcome, led.values, led.chain) == (FOUND, ("127.0.0.1",), ("hosts.localhost",))
        assert look_up("_host-proof.app.mine.example", "TXT").values == ("host-proof=abc",)
        assert look_up("x1.all.example", "A").chain == ("hosts.localhost",)
        assert look_up("app.mine.example", "AAAA").outcome == NOTHING
        assert look_up("nobody.example", "A").outcome == NOTHING
    finally:
        server.stop()
