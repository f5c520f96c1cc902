"""The demo's name server, on loopback: what the domains of the demo say, and the right records for every other one.

A domain that somebody adds while looking at the demo is set up at once, as if its records had been copied well: so
“check now” leads on to a domain that works. Those of the seed stay as wrong as `domains.py` says.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from sublet.core.answers import FOUND, NOTHING, Answer

_log = logging.getLogger(__name__)
Zone = Mapping[str, Sequence[tuple[str, str]]]


def answer(zone: Zone, name: str, kind: str) -> Answer:
    """What the zone says, as `branding.dns_gateway` would have it: a CNAME is followed once."""
    there = zone.get(name) or zone.get("*." + name.partition(".")[2]) or ()
    lead = next((value for of, value in there if of == "CNAME"), "")
    if lead and kind != "CNAME":
        values = tuple(value for of, value in zone.get(lead, ()) if of == kind)
        return Answer(name, kind, FOUND if values else NOTHING, values, (lead,), common=values)
    values = tuple(value for of, value in there if of == kind)
    return Answer(name, kind, FOUND if values else NOTHING, values, common=values)


class NameServer:
    """Answers by UDP until `stop`. The port is taken at once, so that others can be told of it before it answers."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="nameserver", daemon=True)

    @property
    def place(self) -> str:
        """As `SUBLET_DNS_RESOLVERS` writes it."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Answer from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                wire, place = self._socket.recvfrom(4096)
            except OSError:
                return  # stopped
            try:
                self._socket.sendto(_reply(wire), place)
            except Exception:  # one question, however odd, and a database that is busy must not end all others
                _log.warning("a question was not answered", exc_info=True)


def _reply(wire: bytes) -> bytes:
    from sublet.demo.domains import zone_now  # needs the applications

    asked = dns.message.from_wire(wire)
    reply = dns.message.make_response(asked)
    reply.flags |= dns.flags.RA
    question = asked.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    found = answer(zone_now(), name, kind)
    owner = question.name
    for lead in found.chain:
        reply.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", lead + "."))
        owner = reply.answer[-1][0].target
    if found.values:
        values = [f'"{value}"' if kind == "TXT" else value for value in found.values]
        values = [f"{value}." if kind == "CNAME" else value for value in values]
        reply.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, *values))
    return reply.to_wire()
