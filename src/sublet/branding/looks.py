"""Looking at one host now, and doing what follows. By jobs and the command only: never within a request, which would wait
for foreign servers, nor within a transaction."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from sublet.branding import operations, queries, tls_gateway
from sublet.branding.dns_checks import look_at
from sublet.foundation.actor import Actor


def check_host(*, ref: str, actor: Actor, at: datetime) -> None:
    """Ask DNS about a host, and then, in a transaction, do what follows."""
    domain = queries.domain_to_check(ref)
    if domain is not None:
        operations.settle_check(ref=ref, verdict=look_at(domain), actor=actor, at=at)


def check_certificate(*, ref: str, actor: Actor, at: datetime) -> None:
    """Be shown the certificate of a host as its visitors are, and then, in a transaction, do what follows.

    Does nothing where the installation speaks no TLS, nor at a name that must not be visited by itself.
    """
    host = operations.host_to_look_at(ref) if settings.SECURE_SCHEME else ""
    if host:
        seen = tls_gateway.look_at_certificate(host)
        operations.settle_certificate(ref=ref, seen=seen, actor=actor, at=at)
