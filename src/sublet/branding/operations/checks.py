"""Looking at domains: when, and what follows from what was seen."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sublet.accounts.models import Account
from sublet.branding.events import HostFailing, HostLost, HostMadePrimary, HostServing, HostTold
from sublet.branding.findings import kept, needs_records
from sublet.branding.models import Domain
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.hosts import (
    CannotCheckHost,
    add_neutral_host,
    lies_below_a_wildcard,
    names_below,
    names_waiting_below,
    new_token,
    owned_domain,
    prove,
    put_check,
)
from sublet.core.domains import BAD, WILDCARD, DomainFinding, Standing, Verdict, next_step, not_before
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record

#: How many checks one round puts into the queue; the next round brings the rest.
MOST_AT_ONCE = 500


def ask_check(*, ref: str, actor: Actor, at: datetime) -> Domain:
    """Let DNS be asked about a host now; a job does it. Raises CannotCheckHost("nothing"), NotFound, Forbidden.

    A look that is under way has perhaps asked before a record was set: another one follows it. Records nothing: what the
    check changes is recorded.
    """
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        if not needs_records(domain):
            raise CannotCheckHost("nothing")
        if not domain.token:
            domain.token = new_token()
        domain.check_asked_at = at
        domain.save(update_fields=["check_asked_at", "token"])
        put_check(domain, actor=actor, at=at, run_at=not_before(domain.checked_at, at))
        return domain


def put_due_checks(*, actor: Actor, at: datetime) -> int:
    """Put a check into the queue for each host that is due; how many. Records nothing: they have changed nothing yet."""
    with transaction.atomic():
        due = Domain.objects.filter(next_check_at__lte=at).exclude(state=Domain.State.RELEASED)
        rows = list(due.order_by("next_check_at", "id")[:MOST_AT_ONCE])
        for domain in rows:
            put_check(domain, actor=actor, at=at)
        # Should its job be lost, it is due again; a check that ends sets its own time.
        Domain.objects.filter(id__in=[domain.id for domain in rows]).update(next_check_at=at + timedelta(hours=6))
        return len(rows)


def settle_check(*, ref: str, verdict: Verdict, actor: Actor, at: datetime) -> None:
    """Write down what a check has seen, and do what follows from it. A host that is gone meanwhile is left alone."""
    with transaction.atomic():
        locked = _lock(ref, verdict, at)
        if locked is None:
            return
        domain, account, below = locked
        step = next_step(_standing(domain), verdict, at)
        domain.findings = kept(verdict.findings)
        domain.checked_at, domain.next_check_at = at, step.next_at
        changed = (domain.serving, domain.failing_since is not None) != (step.serving, step.failing_since is not None)
        domain.serving, domain.failing_since, domain.lost_since = step.serving, step.failing_since, step.lost_since
        domain.told_at = at if step.tell else domain.told_at if step.failing_since is not None else None
        if step.prove and not prove(domain=domain, proof=Domain.Proof.DNS, actor=actor, at=at):
            domain.findings = [*domain.findings, *kept([DomainFinding("taken", BAD)])]
            domain.serving = False
        if domain.state == Domain.State.PENDING and _proved_by_its_wildcard(domain, actor=actor, at=at):
            changed = True
        domain.save()
        if domain.check_asked_at is not None and domain.check_asked_at > at and not step.stop:
            # Asked for while this look was under way, whose job was in the way of another of the same name.
            put_check(domain, actor=actor, at=at, run_at=not_before(domain.checked_at, at), again=True)
        _tell(domain, changed=changed, actor=actor, at=at)
        if step.tell:
            record(
                HostTold(host=domain.host, why=_worst(verdict), stops="yes" if domain.lost_since else ""),
                account_id=account.id, parent_id=account.parent_id, actor=actor, at=at,
            )  # fmt: skip
        if step.stop:
            _stop([domain, *below], actor=actor, at=at)
        elif changed or domain.failing_since is not None:
            _let_names_follow(domain)
            if domain.serving:
                _look_at_waiting_names(domain, actor=actor, at=at)


def _proved_by_its_wildcard(domain: Domain, *, actor: Actor, at: datetime) -> bool:
    """A name that waits and lies below a wildcard that works by now: it was added while that one did not. Then it is as if it had
    been added now. Its account and its row are locked."""
    if not lies_below_a_wildcard(domain.account, domain.host):
        return False
    if not prove(domain=domain, proof=Domain.Proof.WILDCARD, actor=actor, at=at):
        return False
    # From now on the wildcard's check speaks for it.
    domain.serving, domain.findings, domain.token = True, [], ""
    domain.next_check_at, domain.check_asked_at = None, None
    return True


def _look_at_waiting_names(wildcard: Domain, *, actor: Actor, at: datetime) -> None:
    """Names that were added below a wildcard while it did not work wait for records of their own: they are looked at now."""
    if not wildcard.host.startswith(WILDCARD):
        return
    # By jobs, one for each: their accounts come before the wildcard in the order of locks.
    for waiting in names_waiting_below(wildcard)[:MOST_AT_ONCE]:
        put_check(waiting, actor=actor, at=at)


def _let_names_follow(wildcard: Domain) -> None:
    """Names below a wildcard are not looked at by themselves: they lead where it leads, and its proof is theirs.

    The journal has the wildcard's entry, which stands for all of them.
    """
    if not wildcard.host.startswith(WILDCARD) or wildcard.state != Domain.State.PROVED:
        return
    fails = wildcard.failing_since is not None
    code = "above-lost" if wildcard.lost_since is not None else "above-elsewhere"
    names_below(wildcard).update(
        serving=not fails,
        failing_since=wildcard.failing_since,
        lost_since=wildcard.lost_since,
        findings=kept([DomainFinding(code, BAD, {"name": wildcard.host})] if fails else []),
    )


def _lock(ref: str, verdict: Verdict, at: datetime) -> tuple[Domain, Account, list[Domain]] | None:
    """The host, its account, and the names that go with it: all read under the locks of all of their accounts.

    None when the host is gone. Accounts are locked in the order of their keys, as everybody does, and before the wildcard:
    who puts a name below it has locked its own account first.
    """
    for _attempt in range(_ATTEMPTS):
        domain = Domain.objects.filter(ref=ref).exclude(state=Domain.State.RELEASED).first()
        if domain is None:
            return None
        ids = {domain.account_id}
        if _takes_names_along(domain, verdict, at):
            ids |= set(names_below(domain).values_list("account_id", flat=True))
        with suppress(_Joined), transaction.atomic():
            accounts = {row.id: row for row in Account.objects.select_for_update().filter(id__in=ids).order_by("id")}
            domain = Domain.objects.select_for_update(of=("self",)).filter(ref=ref).first()
            if domain is None or domain.state == Domain.State.RELEASED:
                return None
            domain.account = accounts[domain.account_id]
            below = list(names_below(domain)) if _takes_names_along(domain, verdict, at) else []
            if not {name.account_id for name in below} <= ids:
                raise _Joined  # gives the locks back: one more account, out of order, could wait for us as we for it
            for name in below:
                name.account = accounts[name.account_id]
            return domain, domain.account, below
    raise RuntimeError(f"names are put below {ref} faster than their accounts can be locked")


#: A name that is put below a wildcard between two looks, so many times in a row: the job is tried again.
_ATTEMPTS = 5


class _Joined(Exception):
    """Another account has got a name below the wildcard since its accounts were counted."""


def _takes_names_along(domain: Domain, verdict: Verdict, at: datetime) -> bool:
    return domain.host.startswith(WILDCARD) and next_step(_standing(domain), verdict, at).stop


def _standing(domain: Domain) -> Standing:
    return Standing(
        proved=domain.state == Domain.State.PROVED,
        added_at=domain.created_at,
        vouched=domain.state == Domain.State.PROVED and domain.proof != Domain.Proof.DNS,
        serving=domain.serving,
        failing_since=domain.failing_since,
        lost_since=domain.lost_since,
        told_at=domain.told_at,
    )


def _worst(verdict: Verdict) -> str:
    return next((finding.code for finding in verdict.findings if finding.level == BAD), "")


def _tell(domain: Domain, *, changed: bool, actor: Actor, at: datetime) -> None:
    if domain.state != Domain.State.PROVED or not changed:
        return
    event: HostServing | HostFailing
    if domain.serving:
        event = HostServing(host=domain.host)
    elif domain.failing_since is not None:
        event = HostFailing(host=domain.host)
    else:
        return
    record(event, account_id=domain.account_id, parent_id=domain.account.parent_id, actor=actor, at=at)


def _stop(gone: list[Domain], *, actor: Actor, at: datetime) -> None:
    """The proof is gone for good: nothing is shown there any more, nor at what lies below a wildcard."""
    homeless: dict[int, Account] = {}
    for each in gone:
        if each.is_primary or each.account.kind == RESELLER:
            homeless[each.account_id] = each.account
        each.state, each.released_at, each.is_primary, each.next_check_at = Domain.State.RELEASED, at, False, None
        each.serving = False
        each.save(update_fields=["state", "released_at", "is_primary", "next_check_at", "serving"])
        record(
            HostLost(host=each.host), account_id=each.account_id, parent_id=each.account.parent_id, actor=actor, at=at
        )
    for account in homeless.values():
        _another_primary(account, actor=actor, at=at)
    bump_generation()


def _another_primary(account: Account, *, actor: Actor, at: datetime) -> None:
    """Links must lead somewhere: to another host of the account, and a reseller gets a neutral one if it has none left.

    The account is locked.
    """
    hosts = Domain.objects.filter(account=account, state=Domain.State.PROVED).exclude(host__startswith=WILDCARD)
    if hosts.filter(is_primary=True).exists():
        return
    # Databases differ in where they put what does not fail: it comes first, or links would lead to one that does.
    best = hosts.order_by("redirects", F("failing_since").asc(nulls_first=True), "-serving", "id").first()
    if best is not None:
        best.is_primary, best.redirects = True, False
        best.save(update_fields=["is_primary", "redirects"])
        record(HostMadePrimary(host=best.host), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    elif account.kind == RESELLER:
        add_neutral_host(account, actor=actor, at=at)
