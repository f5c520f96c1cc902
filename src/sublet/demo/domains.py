"""Domains of the demo in every state that a domain can be in, and the zone that its name server answers from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from sublet.branding import operations as branding_operations
from sublet.branding.findings import wanted_of
from sublet.branding.models import Domain
from sublet.branding.operations.hosts import new_token
from sublet.core.certificates import NO_TLS, SHOWN, CertificateSeen
from sublet.core.domains import Seen, judge, records_of
from sublet.demo.nameserver import Zone, answer
from sublet.demo.officehours import OfficeHours
from sublet.foundation.actor import Actor
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator

EDGE, ELSEWHERE = "127.0.0.1", "203.0.113.9"
#: What is wrong with the domains of the seed: which of their records are not there, or say something else.
NOTHING_SET, NO_PROOF, NO_PLACE, WRONG_PLACE = "nothing", "no-proof", "no-place", "wrong-place"
FAULTS = {
    "clients.atelier-pixel.example": NOTHING_SET,
    "bientot.atelier-pixel.example": NO_PLACE,
    "ancien.atelier-pixel.example": WRONG_PLACE,
    "boutique.atelier-pixel.example": NO_PROOF,
}


def zone_now() -> Zone:
    """The records of every domain that there is now, but for the `FAULTS`."""
    zone: dict[str, list[tuple[str, str]]] = {settings.DNS_TARGET: [("A", EDGE)]}
    with platform_scope("the demo's name server answers for everybody"):
        for domain in Domain.objects.exclude(state=Domain.State.RELEASED).exclude(token=""):
            _set(zone, domain, FAULTS.get(domain.host, ""))
    return zone


def _set(zone: dict[str, list[tuple[str, str]]], domain: Domain, fault: str) -> None:
    for record in records_of(wanted_of(domain)):
        missing = fault == NOTHING_SET or fault == (NO_PROOF if record.purpose == "proof" else NO_PLACE)
        if missing:
            continue
        if record.purpose == "place" and fault == WRONG_PLACE:
            zone[record.name] = [("A", ELSEWHERE)]
        elif record.kind == "ALIAS":
            zone[record.name] = [("A", EDGE)]
        else:
            zone.setdefault(record.name, []).append((record.kind, record.value))


def show_every_state(owner: Actor, *, hours: OfficeHours, now: datetime) -> None:
    """The domains of one reseller: waiting, proved, serving, leading on, failing in two ways, resting; and their certificates: a
    fine one, one that ends soon, and none where there should be one.
    """

    def day(ago: float) -> datetime:
        return hours.at(now - timedelta(days=ago))

    fine = _add(owner, "espace.atelier-pixel.example", day(90), good=[day(1)])
    bare = _add(owner, "rendez-vous.atelier-pixel.example", day(6), good=[day(1)])
    leads = _add(owner, "www.atelier-pixel.example", day(80), good=[day(1)])
    branding_operations.set_redirect(ref=leads.ref, redirects=True, actor=owner, at=day(79))
    for host in ("ancien.atelier-pixel.example", "boutique.atelier-pixel.example"):
        _add(owner, host, day(200), good=[day(199)], then=[day(1)])
    gone = _add(owner, "vieux.atelier-pixel.example", day(300), good=[day(299)])
    branding_operations.release_host(ref=gone.ref, actor=owner, at=day(12))
    ends = now + timedelta(days=61)
    _show_certificate(owner, fine, [day(1)], ends=ends)
    _show_certificate(owner, leads, [day(10), day(1)], ends=now + timedelta(days=9))
    _show_certificate(owner, bare, [day(5), day(3), day(1)])
    _add(owner, "clients.atelier-pixel.example", day(3), then=[day(2)])
    _add(owner, "bientot.atelier-pixel.example", day(2), then=[day(1)])


def _add(
    owner: Actor, host: str, at: datetime, *, good: Sequence[datetime] = (), then: Sequence[datetime] = ()
) -> Domain:
    """A domain that was looked at: while everything was right, and then as it is now."""
    made = branding_operations.add_host(account_ref=owner.account_ref, host=host, actor=owner, at=at)
    Job.unscoped.filter(key=f"check:{made.ref}").delete()  # unscoped: the demo's own; it was looked at, as it says
    looks = [(at + timedelta(minutes=5), "")] if good else []
    looks += [*((moment, "") for moment in good), *((moment, FAULTS.get(host, "")) for moment in then)]
    for moment, fault in sorted(looks):
        domain = Domain.objects.get(ref=made.ref)
        zone: dict[str, list[tuple[str, str]]] = {settings.DNS_TARGET: [("A", EDGE)]}
        _set(zone, domain, fault)
        wanted = wanted_of(domain)
        seen = Seen(
            proof=answer(zone, wanted.proof_name, "TXT"),
            ipv4=answer(zone, host, "A"),
            ipv6=answer(zone, host, "AAAA"),
        )
        verdict = judge(wanted, seen)
        branding_operations.settle_check(ref=made.ref, verdict=verdict, actor=owner, at=moment)
    return made


def _show_certificate(owner: Actor, domain: Domain, looks: Sequence[datetime], *, ends: datetime | None = None) -> None:
    """What visitors were shown at those moments, had the demo a proxy that speaks TLS; without `ends`: none."""
    begins = ends - timedelta(days=90) if ends is not None else None
    for moment in looks:
        seen = CertificateSeen(NO_TLS)
        if ends is not None:
            seen = CertificateSeen(SHOWN, begins, ends, "Local Authority", (domain.host,), trusted=True)
        branding_operations.settle_certificate(ref=domain.ref, seen=seen, actor=owner, at=moment)


def lend_all_names_below(staff: Sequence[Collaborator], label: str, *, at: datetime) -> None:
    """A wildcard whose names open in a browser on this machine. It lies below the neutral domain, as nobody could add it."""
    Domain(
        account=staff[0].account,
        host=f"*.{label}.{settings.HOST_SUFFIX}",
        state=Domain.State.PROVED,
        proof=Domain.Proof.VENDOR,
        created_at=at,
        proved_at=at,
        serving=True,
        token=new_token(),
    ).save()
