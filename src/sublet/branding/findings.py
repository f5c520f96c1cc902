"""What was found about a domain, in plain words; and the records that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sublet.branding.models import Domain
from sublet.core.domains import BAD, NOTE, DomainFinding, Record, Wanted, records_of

#: Code of a `core.domains.DomainFinding` → sentence.
SENTENCES = {
    "proof-good": _("The TXT record at %(name)s proves the domain."),
    "proof-missing": _("There is no TXT record at %(name)s yet. After it is set it can take an hour until it is seen."),
    "proof-wrong": _("The TXT record at %(name)s says “%(found)s”; it should say “%(wanted)s”."),
    "proof-spreading": _(
        "The TXT record at %(name)s is seen by some name servers and not by others yet. This settles by itself."
    ),
    "proof-elsewhere": _(
        "%(name)s leads on to %(found)s, perhaps by a wildcard record. Set the TXT record at exactly this name."
    ),
    "proof-unclear": _("The name servers of %(name)s do not answer, so nothing can be said about the proof."),
    "place-good": _("%(name)s leads here."),
    "place-missing": _("%(name)s leads nowhere yet; it should point to %(wanted)s."),
    "place-elsewhere": _("%(name)s points to %(found)s; it should point to %(wanted)s."),
    "place-cloudflare": _(
        "%(name)s points to %(found)s: a Cloudflare proxy is on. Switch it to “DNS only”, or no certificate can be made."
    ),
    "place-mixed": _("%(name)s points to %(found)s as well, which is not here. Remove that record."),
    "place-ipv6": _(
        "The AAAA record of %(name)s points to %(found)s, which is not here. Remove it, or visitors with IPv6 get lost."
    ),
    "place-spreading": _("The name servers do not agree yet where %(name)s leads. This settles by itself."),
    "place-unclear": _("The name servers of %(name)s do not answer."),
    "loop": _("%(name)s leads round in a circle: its CNAME records point at each other."),
    "caa": _("A CAA record at %(name)s allows certificates from %(found)s only. Allow %(wanted)s, too, or remove it."),
    "above-elsewhere": _("Addresses below %(name)s fail: that domain does not lead here now."),
    "above-lost": _("Addresses below %(name)s fail: the proof of that domain is gone."),
    "taken": _("The records are right, but another account has proved this name before."),
}


#: Code of `core.certificates` → sentence about the certificate that a host's visitors are shown.
CERTIFICATES = {
    "good": _("%(issuer)s, until %(ends)s"),
    "ends": _("It ends on %(ends)s and was not renewed yet."),
    "ended": _("It ended on %(ends)s: browsers warn of the address."),
    "other-name": _("It is for another address: browsers warn of this one."),
    "untrusted": _("Browsers do not trust who made it: %(issuer)s"),
    "none": _("No certificate is shown there, so the address cannot be opened."),
}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as it is kept: translated when it is read."""

    code: str
    level: str
    values: Mapping[str, str]

    @property
    def sentence(self) -> str:
        sentence = SENTENCES.get(self.code)
        return str(sentence) % _Named(self.values) if sentence is not None else ""


class _Named(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def kept(findings: Sequence[DomainFinding]) -> list[dict[str, Any]]:
    """For the row."""
    return [{"code": each.code, "level": each.level, "values": dict(each.values)} for each in findings]


def read_findings(domain: Domain) -> tuple[FindingRow, ...]:
    """What the last check found, the worst first."""
    rows = [FindingRow(each["code"], each["level"], each["values"]) for each in domain.findings]
    return tuple(sorted(rows, key=lambda row: {BAD: 0, NOTE: 1}.get(row.level, 2)))


def wanted_of(domain: Domain, addresses: Sequence[str] = ()) -> Wanted:
    """What DNS must say about a domain. `addresses` are those of the target, where the settings name none."""
    return Wanted(
        host=domain.host,
        token=domain.token,
        proof_label=settings.DNS_PROOF_LABEL,
        target=settings.DNS_TARGET,
        addresses=tuple(settings.DNS_ADDRESSES or addresses),
        issuers=tuple(settings.CERTIFICATE_ISSUERS),
        proof_needed=needs_proof(domain),
    )


def needs_proof(domain: Domain) -> bool:
    """Whether only DNS says that the name is the account's: nobody vouches for it."""
    return domain.state == Domain.State.PENDING or domain.proof == Domain.Proof.DNS


def needs_records(domain: Domain) -> bool:
    """Whether the account sets DNS records of its own for it."""
    below = domain.host.endswith("." + settings.HOST_SUFFIX)
    return not below and domain.proof not in {Domain.Proof.NEUTRAL, Domain.Proof.WILDCARD}


def records(domain: Domain) -> tuple[Record, ...]:
    """The records to set; none for a name that needs none."""
    return tuple(records_of(wanted_of(domain))) if needs_records(domain) and domain.token else ()
