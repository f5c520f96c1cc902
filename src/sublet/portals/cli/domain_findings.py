"""What `sublet doctor` says about domains: who answers for DNS, which fail, whose certificate ends."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from sublet.branding.attention import Some, failing_domains, silent_resolvers, troubled_certificates
from sublet.portals.cli.findings import NOTE, OK, WRONG, Finding


def resolvers() -> Iterator[Finding]:
    """Whether the resolvers answer. Not asked where none is to be, nor where every host is this machine."""
    if settings.DNS_RESOLVERS == ["none"] or settings.DNS_TARGET.endswith("localhost"):
        return
    silent, all_of_them = silent_resolvers()
    if not silent:
        yield Finding("dns", OK, f"The DNS resolvers answer: {all_of_them}.")
        return
    yield Finding(
        "dns",
        WRONG if silent == all_of_them else NOTE,
        f"{silent} of {all_of_them} DNS resolvers say nothing about {settings.DNS_TARGET}.",
        "Domains cannot be proved without them: see SUBLET_DNS_RESOLVERS, and whether DNS may leave this machine.",
    )


def domains() -> Iterator[Finding]:
    """Which domains fail, and whose certificate is about to end or not valid."""
    failing = failing_domains()
    if failing.number:
        yield Finding(
            "domains",
            NOTE,
            f"Domains fail: {_named(failing)}.",
            "Their people are told. The page of the hosts shows what DNS says.",
        )
    certificates = troubled_certificates()
    if certificates.number:
        yield Finding(
            "certificates",
            WRONG,
            f"Certificates are not valid or end soon: {_named(certificates)}.",
            "Look at the proxy that makes them: whether it runs, whether it can ask /tls/ask, what its log says.",
        )


def _named(some: Some) -> str:
    more = some.number - len(some.names)
    return ", ".join(some.names) + (f" and {more} more" if more > 0 else "")
