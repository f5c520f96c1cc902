"""Which names an account keeps when it leaves the one above it: its own, not those that rest on the other's domains."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving
from sublet.branding.events import HostMadePrimary, HostReleased
from sublet.branding.models import BrandsChangeLine, Domain
from sublet.branding.operations.generation import bump_generation
from sublet.core.domains import WILDCARD, base_of
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record

_Line = BrandsChangeLine.State


def bases_of(former_id: int) -> frozenset[str]:
    """The domains that rest with an account, without their asterisk."""
    # unscoped: what a client keeps depends on what is its reseller's
    hosts = Domain.unscoped.filter(account_id=former_id, state=Domain.State.PROVED).values_list("host", flat=True)
    return frozenset(base_of(host) if host.startswith(WILDCARD) else host for host in hosts)


def rests_on(domain: Domain, bases: frozenset[str]) -> bool:
    """Whether a name is the other's to give: by its wildcard, or because it is one of its domains or lies below one."""
    if domain.proof == Domain.Proof.NEUTRAL:
        return False
    base = base_of(domain.host) if domain.host.startswith(WILDCARD) else domain.host
    labels = base.split(".")
    above = {".".join(labels[number:]) for number in range(len(labels))}
    return domain.proof == Domain.Proof.WILDCARD or bool(above & bases)


def release_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Take away what rests on the other's domains (of an account that ends: every name), and forget what it looked like.

    Part of `accounts.operations.leavers`: in the caller's transaction and scope. An account that had its main name there gets the
    oldest of its own instead.
    """
    bases = frozenset() if leaving.ends else bases_of(leaving.former_id)
    # unscoped: as above
    rows = Domain.unscoped.select_for_update(of=("self",)).filter(account_id__in=leaving.account_ids)
    gone: dict[int, bool] = {}
    for domain in list(rows.exclude(state=Domain.State.RELEASED).select_related("account").order_by("id")):
        if not leaving.ends and not rests_on(domain, bases):
            continue
        gone[domain.account_id] = gone.get(domain.account_id, False) or domain.is_primary
        _release(domain, actor=actor, at=at)
    for account_id, was_primary in gone.items():
        if was_primary and not leaving.ends:
            _other_primary(account_id, actor=actor, at=at)
    # A change to many brands at once must not be taken back for one that is somebody else's by then, nor when it comes back.
    # unscoped: the lines are the reseller's
    lines = BrandsChangeLine.unscoped.filter(client_id__in=leaving.account_ids)
    lines.filter(state=_Line.WAITING).update(state=_Line.LEFT, code="gone")
    lines.filter(state=_Line.CHANGED).update(state=_Line.KEPT, code="gone")
    bump_generation()


def _release(domain: Domain, *, actor: Actor, at: datetime) -> None:
    account: Account = domain.account
    told = HostReleased(host=domain.host)
    if domain.state == Domain.State.PENDING:
        domain.delete()
    else:
        domain.state, domain.is_primary, domain.released_at, domain.next_check_at = (
            Domain.State.RELEASED,
            False,
            at,
            None,
        )
        domain.gives_names = False
        domain.save(update_fields=["state", "is_primary", "released_at", "next_check_at", "gives_names"])
    record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def _other_primary(account_id: int, *, actor: Actor, at: datetime) -> None:
    # unscoped: as above
    mine = Domain.unscoped.filter(Q(account_id=account_id), state=Domain.State.PROVED)
    domain = mine.exclude(host__startswith=WILDCARD).select_related("account").order_by("id").first()
    if domain is None:
        return
    domain.is_primary, domain.redirects = True, False
    domain.save(update_fields=["is_primary", "redirects"])
    told = HostMadePrimary(host=domain.host)
    record(told, account_id=account_id, parent_id=domain.account.parent_id, actor=actor, at=at)
