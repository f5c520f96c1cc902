"""What a receiver finds out about a message by itself: DKIM by dkimpy, alignment by authheaders, SPF by the record in DNS."""

from __future__ import annotations

from dataclasses import dataclass

import dkim
import dns.resolver
from authheaders import check_dmarc
from authres import DKIMAuthenticationResult, SPFAuthenticationResult

from tests.dns_server import DnsServer
from tests.messaging.smtp import Kept


@dataclass(frozen=True)
class Verdict:
    """`dkim` and `spf` are the domains that passed, empty for none; the others are authheaders' words on DMARC,
    had only the one or only the other arrived."""

    dkim: str
    spf: str
    dmarc_by_dkim: str
    dmarc_by_spf: str


def texts(server: DnsServer, name: str) -> list[bytes]:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], server.port, 5
    try:
        found = resolver.resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(value.strings) for value in found]


def verdict(kept: Kept, server: DnsServer, *, allowed: str) -> Verdict:
    """As a receiver that the mail reached from a server which SPF names by the mechanism `allowed`."""

    def first(name: bytes | str, timeout: int = 5) -> bytes | None:
        text = name.decode() if isinstance(name, bytes) else name
        found = texts(server, text.rstrip("."))
        return found[0] if found else None

    def text(name: str, timeout: int = 5) -> str | None:
        found = first(name)
        return None if found is None else found.decode()

    signer = dkim.DKIM(kept.content)
    passed = signer.verify(dnsfunc=first)
    signed = signer.domain.decode() if passed else ""
    path = kept.sender.rpartition("@")[2]
    records = [text.decode() for text in texts(server, path) if text.startswith(b"v=spf1")]
    spf = path if len(records) == 1 and allowed in records[0].split() else ""
    none = DKIMAuthenticationResult(result="fail", header_d="none.example")
    by_dkim = check_dmarc(
        kept.content,
        SPFAuthenticationResult(result="fail", smtp_mailfrom="x@none.example"),
        DKIMAuthenticationResult(result="pass", header_d=signed) if signed else none,
        dnsfunc=text,
    )
    by_spf = check_dmarc(
        kept.content,
        SPFAuthenticationResult(result="pass" if spf else "fail", smtp_mailfrom=kept.sender),
        none,
        dnsfunc=text,
    )
    return Verdict(signed, spf, by_dkim.result, by_spf.result)
