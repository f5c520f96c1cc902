"""A real DNS server for tests, on UDP and TCP of a loopback port: honest, down, slow, failing, lying or cut short.

    with dns_server({"app.agency.test": [("CNAME", "edge.example.net")]}) as server:
        settings.DNS_RESOLVERS = [server.place]
        server.zone["_verify.app.agency.test"] = [("TXT", "token=1")]

It answers as a resolver does: it follows CNAMEs in its own zone, knows wildcards (``*.agency.test``), says NXDOMAIN for a
name of which it knows nothing at all and an empty answer for one that has other records.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dnslib
from dnslib.server import BaseResolver, DNSServer

Records = Sequence[tuple[str, str]]


class _Silent(dnslib.DNSError):  # type: ignore[misc]  # without types
    """Taken by the server as a message that cannot be read: it says nothing."""


class _NoLog:
    def __getattr__(self, name: str) -> object:
        return lambda *args: None


@dataclass
class DnsServer(BaseResolver):  # type: ignore[misc]  # without types
    """`zone`: name to (kind, value) pairs; a value is as in a zone file, a TXT one without quotes.

    `fail`, `silent`: names that get SERVFAIL or no answer (``*``: all). `cut`: names whose answer does not fit into UDP.
    `lies`: names for which somebody else's question is answered. `gate`: every answer waits for it, if it is set.
    """

    port: int = 0
    zone: dict[str, Records] = field(default_factory=dict)
    fail: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    lies: set[str] = field(default_factory=set)
    gate: threading.Event | None = None
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """As `SUBLET_DNS_RESOLVERS` writes it."""
        return f"127.0.0.1:{self.port}"

    def __hash__(self) -> int:
        return id(self)

    def _records(self, name: str) -> Records | None:
        """None: no such name."""
        if name in self.zone:
            return self.zone[name]
        if any(known.endswith("." + name) for known in self.zone):
            return ()  # an empty name between others exists
        parent = name.partition(".")[2]
        while parent:
            if f"*.{parent}" in self.zone:
                return self.zone[f"*.{parent}"]
            if parent in self.zone:
                return None
            parent = parent.partition(".")[2]
        return None

    def resolve(self, request: dnslib.DNSRecord, handler: object) -> dnslib.DNSRecord:
        protocol = getattr(handler, "protocol", "")
        name = str(request.q.qname).rstrip(".").lower()
        kind = dnslib.QTYPE[request.q.qtype]
        self.asked.append((protocol, name, kind))
        if self.gate is not None:
            self.gate.wait(20)
        if name in self.silent or "*" in self.silent:
            raise _Silent
        reply = request.reply()
        if name in self.fail or "*" in self.fail:
            reply.header.rcode = dnslib.RCODE.SERVFAIL
            return reply
        if name in self.lies:
            reply.header.id = (request.header.id + 1) % 65536
            reply.add_answer(dnslib.RR(name, dnslib.QTYPE.A, rdata=dnslib.A("192.0.2.66"), ttl=60))
            return reply
        self._answer(reply, name, kind)
        if name in self.cut and protocol == "udp":
            short = request.reply()  # with the question: without it nobody takes it for an answer
            short.header.tc = 1
            return short
        return reply

    def _answer(self, reply: dnslib.DNSRecord, name: str, kind: str) -> None:
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            records = self._records(name)
            if records is None:
                reply.header.rcode = dnslib.RCODE.NXDOMAIN
                return
            for of_kind, value in records:
                if of_kind == kind:
                    reply.add_answer(_record(name, kind, value))
            leads = [value for of_kind, value in records if of_kind == "CNAME"]
            if not leads or kind == "CNAME":
                return
            reply.add_answer(_record(name, "CNAME", leads[0]))
            name = leads[0].rstrip(".").lower()


def _record(name: str, kind: str, value: str) -> dnslib.RR:
    if kind == "TXT":
        raw = value.encode()
        data = dnslib.TXT([raw[start : start + 255] for start in range(0, max(1, len(raw)), 255)])
        return dnslib.RR(name, dnslib.QTYPE.TXT, rdata=data, ttl=60)
    if kind in {"CNAME", "NS"}:
        value = value.rstrip(".") + "."
    return dnslib.RR.fromZone(f"{name}. 60 IN {kind} {value}")[0]


@contextmanager
def dns_server(zone: Mapping[str, Records] | None = None) -> Iterator[DnsServer]:
    """A server on a free loopback port, UDP and TCP, until the end of the block."""
    server = DnsServer(zone=dict(zone or {}))
    wires = _listen(server)
    try:
        yield server
    finally:
        if server.gate is not None:
            server.gate.set()
        for wire in wires:
            wire.server.shutdown()
            wire.server.server_close()


def _listen(server: DnsServer) -> list[DNSServer]:
    for _attempt in range(20):
        udp = DNSServer(server, address="127.0.0.1", port=0, logger=_NoLog())
        server.port = udp.server.server_address[1]
        try:
            tcp = DNSServer(server, address="127.0.0.1", port=server.port, tcp=True, logger=_NoLog())
        except OSError:  # the number is free for UDP only
            udp.server.server_close()
            continue
        for wire in (udp, tcp):
            # the pause between two looks at whether it should end; half a second by default
            threading.Thread(target=wire.server.serve_forever, args=(0.01,), daemon=True).start()
        return [udp, tcp]
    raise RuntimeError("no port that is free for UDP and TCP")
