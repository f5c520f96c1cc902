"""What DNS and the certificate say about an account's own hosts. By jobs and the command only: both can take long."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from django.conf import settings

from sublet.branding.dns_gateway import look_up
from sublet.branding.models import Domain
from sublet.branding.tls_gateway import certificate_of
from sublet.core.answers import FOUND, NO_ANSWER
from sublet.core.domains import WILDCARD
from sublet.core.findings import Found
from sublet.core.leaks import find
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.walk import Told, untold

KINDS = ("CNAME", "A", "MX", "TXT", "NS", "CAA")
MOST_HOSTS = 5


def own_hosts(looking: Looking) -> list[str]:
    """The account's own proved hosts, and the one on which its people work."""
    proved = Domain.objects.filter(account=looking.account, state=Domain.State.PROVED)
    hosts = proved.exclude(host__startswith=WILDCARD).order_by("-is_primary", "id").values_list("host", flat=True)
    found = dict.fromkeys((looking.host, *hosts))
    return [host for host in found if host != "localhost" and not host.endswith(".localhost")]


def records(looking: Looking, into: Gathered, told: Told = untold) -> None:
    """Every record of the hosts that somebody can ask for, with the names that an alias leads over."""
    hosts = own_hosts(looking)
    if not hosts:
        into.skip("names")
    if len(hosts) > MOST_HOSTS:
        into.skip("more")
    for host in hosts[:MOST_HOSTS]:
        found: list[Found] = []
        answers = []
        for kind in KINDS:
            told(into.looked_at, into.looked_at)
            answers.append(look_up(host, kind))
        if not all(answer.known for answer in answers):
            into.skip("names")  # a server that failed has told nothing: what it would have said was not looked at
        if all(answer.outcome == NO_ANSWER for answer in answers):
            return  # nobody is there; each question more would be waited for as long
        if not any(answer.known for answer in answers):
            continue
        for kind, answer in zip(KINDS, answers, strict=True):
            for value in (*answer.chain, *(answer.values if answer.outcome == FOUND else ())):
                found += [Found(host, "dns", kind, leak) for leak in find(value, looking.words)]
        into.add(list({(each.detail, each.leak.word): each for each in found}.values()))


def certificates(looking: Looking, into: Gathered, told: Told = untold) -> None:
    """The names in the certificate of each host: its owner's, its maker's, and all others that it is good for."""
    hosts = own_hosts(looking) if settings.SECURE_SCHEME else []
    if not hosts:
        into.skip("certificates")
    for host in hosts[:MOST_HOSTS]:
        told(into.looked_at, into.looked_at)
        try:
            texts = list(_names(certificate_of(host)))
        except (OSError, ValueError):
            into.skip("certificates")
            continue
        into.add([Found(host, "certificate", name, leak) for name, text in texts for leak in find(text, looking.words)])


def _names(data: bytes) -> Iterator[tuple[str, str]]:
    certificate = x509.load_der_x509_certificate(data)
    yield "subject", certificate.subject.rfc4514_string()
    yield "issuer", certificate.issuer.rfc4514_string()
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return
    for name in extension.value.get_values_for_type(x509.DNSName)[:200]:
        yield "name", name
