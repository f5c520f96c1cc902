"""Giving hosts to accounts and taking them away."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.branding.events import HostAdded, HostMadePrimary, HostProved, HostRedirectChanged, HostReleased
from sublet.branding.models import Brand, Domain
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.texts import one_line
from sublet.branding.queries.domains import (
    QUARANTINE,
    SERVING,
    below_suffix,
    has_neutral_hosts,
    refuse_host,
    standing_of,
    still_rests,
    understand,
)
from sublet.branding.queries.sites import has_own_host, primary_host
from sublet.core.domains import WILDCARD, base_of, next_check
from sublet.core.hosts import LONGEST, label_from_name
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

MOST_HOSTS = 50


class CannotAddHost(Refusal):
    """The host cannot be the account's."""

    SENTENCES: ClassVar = {
        "form": _("Use letters, digits and hyphens only, for example %(example)s."),
        "short": _("This address is too short; it needs at least three characters."),
        "long": _("This address is too long; it can have 40 characters."),
        "reserved": _("This address is reserved. Choose another."),
        "already": _("The account has this address already."),
        "taken": _("This address is taken. Choose another."),
        "resting": _("This address was in use until recently and is still resting. Choose another."),
        "too-many": _("An account can have up to 50 addresses. Remove one first."),
        "own-suffix": _("Addresses below %(suffix)s are made by their first word only."),
        "vendor": _("The vendor's address is set with the installation."),
        "wildcard": _("Only a reseller can have all addresses below a domain."),
    }


class CannotCheckHost(Refusal):
    """There is nothing to look at."""

    SENTENCES: ClassVar = {"nothing": _("This address needs no DNS records of yours.")}


class CannotReleaseHost(Refusal):
    """The host cannot be taken away."""

    SENTENCES: ClassVar = {
        "last": _("A reseller needs at least one address. Add another first."),
        "primary": _("This is the main address. Make another one the main address first."),
        "leads-here": _("This is the main address; the others lead to it."),
        "wildcard": _("Links cannot lead to all addresses below a domain."),
        "covers": _("Clients have addresses below this domain. Remove those first."),
        "not-proved": _("This address is not proved yet, so links cannot lead to it."),
    }


def _account(ref: str, actor: Actor) -> Account:
    """The account with that reference, locked."""
    account = Account.objects.select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotFound
    actor.require(_right(account, actor))
    return account


def add_host(*, account_ref: str, host: str, actor: Actor, at: datetime) -> Domain:
    """Give an account a host: a single word below the neutral suffix, proved at once; or a full name, which waits for proof.

    Raises CannotAddHost, NotFound, Forbidden.
    """
    with transaction.atomic():
        account = _account(account_ref, actor)
        if account.kind == VENDOR:
            raise CannotAddHost("vendor", field="host")
        if Domain.objects.filter(account=account).exclude(state=Domain.State.RELEASED).count() >= MOST_HOSTS:
            raise CannotAddHost("too-many", field="host")
        return _add(account, host, actor=actor, at=at)


def _add(account: Account, typed: str, *, actor: Actor, at: datetime) -> Domain:
    code = refuse_host(typed, account_id=account.id, at=at)
    wanted = understand(typed)[1]
    if code or wanted is None:
        example = below_suffix("bella-napoli") if "." not in typed.strip() else "my.example.com"
        raise CannotAddHost(code, field="host", example=example, suffix=settings.HOST_SUFFIX)
    if wanted.is_wildcard and account.kind != RESELLER:
        raise CannotAddHost("wildcard", field="host")
    covered = not wanted.below_suffix and _is_covered(account, wanted.host, actor)
    proof = Domain.Proof.NEUTRAL if wanted.below_suffix else Domain.Proof.WILDCARD if covered else ""
    state = Domain.State.PROVED if proof else Domain.State.PENDING
    # What is left of an earlier life of the name: an own row of it, or another's that has rested long enough.
    # unscoped: host names are global by nature; `refuse_host` has said that nobody has it
    Domain.unscoped.filter(host=wanted.host).filter(
        Q(account=account) | Q(state=Domain.State.RELEASED, released_at__lte=at - QUARANTINE)
    ).delete()
    first = not Domain.objects.filter(account=account, state=Domain.State.PROVED).exists()
    domain = Domain(
        account=account,
        host=wanted.host,
        state=state,
        is_primary=first and state == Domain.State.PROVED,
        created_at=at,
        proved_at=at if state == Domain.State.PROVED else None,
        proof=proof,
        serving=bool(proof),
        token="" if proof else new_token(),
        check_asked_at=None if proof else at,  # the page follows the first look
        next_check_at=None if proof else next_check(at, at),
    )
    try:
        with transaction.atomic():
            domain.save(force_insert=True)
    except IntegrityError:
        raise CannotAddHost("taken", field="host") from None
    bump_generation()
    if not proof:
        put_check(domain, actor=actor, at=at)
    record(
        HostAdded(host=domain.host, state=state), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at
    )
    return domain


def _is_covered(account: Account, host: str, actor: Actor) -> bool:
    """Whether the name lies below a proved wildcard that leads here, and it is for its reseller to give it away."""
    if actor.account_id not in {account.parent_id, account.id} and actor.account_kind != VENDOR:
        return False
    if account.kind == CLIENT and actor.account_id == account.id:
        return False
    return lies_below_a_wildcard(account, host)


def lies_below_a_wildcard(account: Account, host: str) -> bool:
    """Whether the name lies below a proved wildcard, that leads here, of the account or of its reseller. The wildcard is locked."""
    owner = account.parent_id if account.kind == CLIENT else account.id
    wildcard = WILDCARD + host.partition(".")[2]
    # unscoped: a client's own scope does not show its reseller's rows
    found = Domain.unscoped.filter(host=wildcard, account_id=owner or 0)
    # Locked: who takes the wildcard away meanwhile would not see the name that is about to lie below it.
    row = found.select_for_update(of=("self",)).first()
    # One that leads nowhere gives no names: links would lead to them. Such a name waits for records of its own.
    return row is not None and standing_of(row) == SERVING and row.lost_since is None


def names_below(wildcard: Domain) -> QuerySet[Domain]:
    """The names that accounts have below a wildcard, by its proof: one label more, no further (`core.domains.covers`).

    What lies deeper has its proof from a wildcard of its own, and would be lost with one that it has nothing to do with.
    """
    rows = _directly_below(wildcard).filter(state=Domain.State.PROVED, proof=Domain.Proof.WILDCARD)
    return rows.select_related("account").order_by("id")


def names_waiting_below(wildcard: Domain) -> QuerySet[Domain]:
    """The names that accounts were given below a wildcard while it did not work: they wait."""
    return _directly_below(wildcard).filter(state=Domain.State.PENDING).order_by("id")


def _directly_below(wildcard: Domain) -> QuerySet[Domain]:
    # unscoped: they are those of the reseller's clients
    return Domain.unscoped.filter(
        Q(account_id=wildcard.account_id) | Q(account__parent_id=wildcard.account_id),
        host__regex=rf"^[^.]+\.{re.escape(base_of(wildcard.host))}$",
    )


def add_neutral_host(account: Account, *, actor: Actor, at: datetime) -> Domain:
    """Give an account a host below the neutral suffix, named after it where that name is free."""
    label = label_from_name(account.name)
    tries = [label, *(f"{label[: LONGEST - 2]}-{number}" for number in range(2, 6))] if label else []
    free = (each for each in tries if not refuse_host(each, account_id=account.id, at=at))
    return _add(account, next(free, "h-" + secrets.token_hex(5)), actor=actor, at=at)


def host_to_invite_to(account: Account, *, actor: Actor, at: datetime) -> str:
    """The host to which somebody is invited to an account, in the caller's transaction.

    A client whose reseller has no host would be led to the vendor's, in the vendor's name. The reseller is given a neutral one
    then, named after it, where the installation has such hosts; it is journaled like one that was added by hand.
    """
    host = primary_host(account.id)
    if account.kind != CLIENT or account.parent_id is None or host != settings.VENDOR_HOST or not has_neutral_hosts():
        return host
    with platform_scope("whoever invites need not hold the reseller's hosts, which the invitation leads to"):
        # Locked: of two first invitations at once the second finds the host of the first.
        above = Account.objects.select_for_update().get(id=account.parent_id)
        if above.kind == RESELLER and not has_own_host(above.id):
            add_neutral_host(above, actor=actor, at=at)
    return primary_host(account.id)


def owned_domain(ref: str, actor: Actor) -> Domain:
    """The host, not released, with its account locked: what is decided depends on the account's other hosts."""
    found = Domain.objects.filter(ref=ref).values_list("account_id", flat=True).first()
    if found is None:
        raise NotFound
    account = Account.objects.select_for_update().get(id=found)
    domain = Domain.objects.filter(ref=ref).exclude(state=Domain.State.RELEASED).first()
    if domain is None:
        raise NotFound
    domain.account = account
    actor.require(_right(account, actor))
    return domain


def _right(account: Account, actor: Actor) -> str:
    """The right that changing the account's hosts needs: on oneself, on one's clients, or the vendor's on anybody."""
    return "hosts:manage" if account.id == actor.account_id or actor.account_kind == VENDOR else "clients:manage"


def make_primary(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let links lead to this host from now on. Raises CannotReleaseHost("not-proved"), NotFound, Forbidden."""
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        if domain.host.startswith(WILDCARD):
            raise CannotReleaseHost("wildcard")
        if domain.state != Domain.State.PROVED:
            raise CannotReleaseHost("not-proved")
        if domain.is_primary:
            return
        Domain.objects.filter(account_id=domain.account_id, is_primary=True).update(is_primary=False)
        domain.is_primary, domain.redirects = True, False
        domain.save(update_fields=["is_primary", "redirects"])
        bump_generation()
        record(
            HostMadePrimary(host=domain.host),
            account_id=domain.account_id,
            parent_id=domain.account.parent_id,
            actor=actor,
            at=at,
        )


def set_redirect(*, ref: str, redirects: bool, actor: Actor, at: datetime) -> None:
    """Let a host send its visitors on to the main one, or show its own pages again.

    Raises CannotReleaseHost("not-proved", "wildcard", "leads-here"), NotFound, Forbidden.
    """
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        if domain.host.startswith(WILDCARD):
            raise CannotReleaseHost("wildcard")
        if domain.state != Domain.State.PROVED:
            raise CannotReleaseHost("not-proved")
        if redirects and domain.is_primary:
            raise CannotReleaseHost("leads-here")
        if domain.redirects == redirects:
            return
        domain.redirects = redirects
        domain.save(update_fields=["redirects"])
        bump_generation()
        record(
            HostRedirectChanged(host=domain.host, redirects="yes" if redirects else ""),
            account_id=domain.account_id,
            parent_id=domain.account.parent_id,
            actor=actor,
            at=at,
        )


def mark_proved(*, ref: str, actor: Actor, at: datetime) -> None:
    """State that a waiting host is proved: the vendor's own word, in place of DNS. Raises CannotAddHost, NotFound."""
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("hosts:manage")
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        if domain.state != Domain.State.PENDING:
            raise NotFound
        if not prove(domain=domain, proof=Domain.Proof.VENDOR, actor=actor, at=at):
            raise CannotAddHost("taken")
        # One that had waited for a month is not looked at by itself any more: nobody would see where it leads, nor that it fails.
        domain.next_check_at = domain.check_asked_at = at
        domain.save(update_fields=["next_check_at", "check_asked_at"])
        put_check(domain, actor=actor, at=at)


def prove(*, domain: Domain, proof: str, actor: Actor, at: datetime) -> bool:
    """Make a waiting host its account's; False when another account has it or had it until lately. Its account is locked."""
    # unscoped: names are global by nature; another's name that has rested long enough is in nobody's way
    rested = Domain.unscoped.filter(host=domain.host, state=Domain.State.RELEASED).exclude(id=domain.id).first()
    if rested is not None and not still_rests(rested, at):
        rested.delete()
    wild = domain.host.startswith(WILDCARD)
    has_primary = Domain.objects.filter(account_id=domain.account_id, is_primary=True).exists()
    before = (domain.state, domain.proof, domain.proved_at, domain.is_primary)
    domain.state, domain.proof, domain.proved_at = Domain.State.PROVED, proof, at
    domain.is_primary = not has_primary and not wild
    try:
        with transaction.atomic():
            domain.save(update_fields=["state", "proof", "proved_at", "is_primary"])
    except IntegrityError:
        domain.state, domain.proof, domain.proved_at, domain.is_primary = before
        return False
    bump_generation()
    parent_id = domain.account.parent_id
    record(HostProved(host=domain.host), account_id=domain.account_id, parent_id=parent_id, actor=actor, at=at)
    return True


def put_check(
    domain: Domain, *, actor: Actor, at: datetime, run_at: datetime | None = None, again: bool = False
) -> None:
    """One waiting check for a host is enough. `again`: by the one that is under way, which is to be followed by another."""
    enqueue(
        "branding.check_host",
        account_id=domain.account_id,
        # What DNS says may end names of other clients: it is not for who asked, who may be confined to some of them.
        actor=replace(actor, reach=None),
        at=at,
        payload={"ref": domain.ref},
        key=f"check:{domain.ref}" + (":again" if again else ""),
        run_at=run_at,
    )


def new_token() -> str:
    """What a domain's TXT record says: nobody can guess another's, so nobody can set it in advance."""
    return secrets.token_urlsafe(24)


def release_host(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take a host away; nobody else can have it for 30 days. Raises CannotReleaseHost, NotFound, Forbidden."""
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        others = Domain.objects.filter(account_id=domain.account_id, state=Domain.State.PROVED)
        others = others.exclude(id=domain.id).exclude(host__startswith=WILDCARD)
        if domain.host.startswith(WILDCARD):
            Domain.objects.select_for_update(of=("self",)).get(id=domain.id)  # who adds a name below it locks it too
            if names_below(domain).exists():
                raise CannotReleaseHost("covers")
        elif domain.state == Domain.State.PROVED:
            if domain.account.kind == RESELLER and not others.exists():
                raise CannotReleaseHost("last")
            if domain.is_primary and others.exists():
                raise CannotReleaseHost("primary")
        if domain.state == Domain.State.PENDING:
            host, account = domain.host, domain.account
            domain.delete()
        else:
            domain.state = Domain.State.RELEASED
            domain.is_primary = False
            domain.released_at = at
            domain.next_check_at = None
            domain.save(update_fields=["state", "is_primary", "released_at", "next_check_at"])
            host, account = domain.host, domain.account
        bump_generation()
        record(HostReleased(host=host), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def become_reseller(*, account_ref: str, host_label: str, brand_name: str, actor: Actor, at: datetime) -> Account:
    """Make the actor's direct account a reseller, with a neutral host and a brand of its own, at once.

    Raises the refusals of `accounts.operations.convert_to_reseller`, CannotAddHost, NotFound.
    """
    with transaction.atomic():
        account = account_operations.convert_to_reseller(ref=account_ref, actor=actor, at=at)
        with platform_scope("the account has just become a reseller; the actor still holds the rights of before"):
            _add(account, host_label, actor=actor, at=at)
            Brand.objects.update_or_create(account=account, defaults={"name": one_line(brand_name)[:80].strip()})
        bump_generation()
        return account
