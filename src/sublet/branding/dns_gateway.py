"""The one place where DNS is asked about what somebody typed: by jobs only, never within a request or a transaction.

Several resolvers are asked for the same thing, each at most for its time, all of them side by side: one that is down, slow
or lying decides nothing alone. Names are taken as they are, without search lists; nothing is kept, so that "check now" is now.
`tests/architecture/test_outbound.py` holds who may import this.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
from django.conf import settings

from sublet.core.answers import FAILED, FOUND, LOOP, NO_ANSWER, NO_SUCH_NAME, NOTHING, Answer, together
from sublet.core.networks import DNS_PORT, read_resolver

#: Kinds that can be asked for. ``ANY`` and zone transfers are nobody's business here.
KINDS = frozenset({"A", "AAAA", "CNAME", "TXT", "CAA", "MX", "NS"})
MOST_VALUES = 100


def look_up(name: str, kind: str) -> Answer:
    """What the resolvers of the installation say together about `name`, within ``SUBLET_DNS_TIMEOUT`` seconds.

    Raises ValueError for a kind that is not in `KINDS`; everything else is an answer.
    """
    return together(ask_each(name, kind))


def ask_each(name: str, kind: str) -> list[Answer]:
    """The answer of each resolver of ``SUBLET_DNS_RESOLVERS``; of the system's when the setting is empty."""
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}")
    resolvers = _resolvers()
    if not resolvers:
        return [Answer(name, kind, NO_ANSWER)]
    if len(resolvers) == 1:
        return [_ask(resolvers[0], name, kind)]
    with ThreadPoolExecutor(len(resolvers), thread_name_prefix="dns") as pool:
        return list(pool.map(lambda resolver: _ask(resolver, name, kind), resolvers))


def _resolvers() -> list[dns.resolver.Resolver]:
    wanted = [read_resolver(text) for text in settings.DNS_RESOLVERS]
    if not wanted:
        try:
            wanted = [(str(address), DNS_PORT) for address in dns.resolver.Resolver().nameservers]
        except dns.resolver.NoResolverConfiguration:
            wanted = []
    return [_resolver(*place) for place in wanted if place is not None]


def _resolver(address: str, port: int) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.port = port
    resolver.lifetime = settings.DNS_TIMEOUT
    resolver.timeout = settings.DNS_TIMEOUT / 2  # a lost packet is asked for again
    resolver.cache = None
    return resolver


def _ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> Answer:
    """One resolver's answer; UDP, and TCP when that was cut short."""
    try:
        absolute = dns.name.from_text(name.removesuffix(".") + ".")
        found = resolver.resolve(absolute, kind, raise_on_no_answer=False, search=False)
        chain = tuple(_name(rrset[0].target) for rrset in found.chaining_result.cnames)
    except dns.resolver.NXDOMAIN:
        return Answer(name, kind, NO_SUCH_NAME)
    except dns.resolver.NoNameservers as fault:
        round_about = any(isinstance(error[3], dns.message.ChainTooLong) for error in fault.kwargs.get("errors", ()))
        return Answer(name, kind, LOOP if round_about else FAILED)
    except dns.exception.Timeout:
        return Answer(name, kind, NO_ANSWER)
    except (dns.exception.DNSException, OSError, ValueError, UnicodeError):
        return Answer(name, kind, FAILED)
    values = tuple(sorted({_text(value, kind) for value in found.rrset or ()}))[:MOST_VALUES]
    return Answer(name, kind, FOUND if values else NOTHING, values, chain, common=values)


def _name(value: dns.name.Name) -> str:
    return value.to_text(omit_final_dot=True).lower()


def _text(value: object, kind: str) -> str:
    if kind == "TXT":
        parts: Sequence[bytes] = value.strings  # type: ignore[attr-defined]  # of a TXT record
        return b"".join(parts).decode("utf-8", "replace")
    if kind in {"CNAME", "NS"}:
        return _name(value.target)  # type: ignore[attr-defined]  # of both
    return str(value)
