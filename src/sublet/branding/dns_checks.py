"""Asking DNS about one domain. Called by jobs only, outside of any transaction: it can take as long as DNS does."""

from __future__ import annotations

import secrets

from sublet.branding.dns_gateway import look_up
from sublet.branding.findings import wanted_of
from sublet.branding.models import Domain
from sublet.core.answers import FOUND
from sublet.core.domains import WILDCARD, Seen, Verdict, judge

_MOST_CAA = 4


def look_at(domain: Domain) -> Verdict:
    """What DNS says about a domain now. For a wildcard a name that nobody has is asked for, as any client's would be."""
    wanted = wanted_of(domain)
    name = f"x{secrets.token_hex(6)}.{wanted.base}" if domain.host.startswith(WILDCARD) else domain.host
    four = look_up(name, "A")
    six = look_up(name, "AAAA")
    if not wanted.addresses and not {wanted.target} & {*four.chain, *six.chain} and (four.values or six.values):
        here = (*look_up(wanted.target, "A").values, *look_up(wanted.target, "AAAA").values)
        wanted = wanted_of(domain, here)
    proof = look_up(wanted.proof_name, "TXT")
    caa = []
    if wanted.issuers:
        labels = wanted.base.split(".")
        for start in range(min(len(labels) - 1, _MOST_CAA)):
            caa.append(look_up(".".join(labels[start:]), "CAA"))
            if caa[-1].outcome == FOUND:
                break
    return judge(wanted, Seen(proof, four, six, tuple(caa)))
