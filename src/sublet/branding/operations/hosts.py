"""Giving hosts to accounts and taking them away."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.branding.events import HostAdded, HostMadePrimary, HostProved, HostReleased
from sublet.branding.models import Brand, Domain
from sublet.branding.operations.generation import bump_generation
from sublet.branding.queries import QUARANTINE
from sublet.core.hosts import normalize_host, refuse_label
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
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
        "taken": _("This address is taken. Choose another."),
        "resting": _("This address was in use until recently and is still resting. Choose another."),
        "too-many": _("An account can have up to 50 addresses. Remove one first."),
        "own-suffix": _("Addresses below %(suffix)s are made by their first word only."),
        "vendor": _("The vendor's address is set with the installation."),
    }


class CannotReleaseHost(Refusal):
    """The host cannot be taken away."""

    SENTENCES: ClassVar = {
        "last": _("A reseller needs at least one address. Add another first."),
        "primary": _("This is the main address. Make another one the main address first."),
        "not-proved": _("This address is not proved yet, so links cannot lead to it."),
    }


def _account(ref: str, actor: Actor, *, own: str, below: str) -> Account:
    """The account with that reference under lock; `own` and `below` are the rights needed on oneself and on clients."""
    account = Account.objects.select_for_update().filter(ref=ref).first()
    if account is None:
        raise NotFound
    actor.require(own if account.id == actor.account_id else below)
    return account


def below_suffix(label: str) -> str:
    """The full host of a label below the neutral suffix."""
    return f"{label}.{settings.HOST_SUFFIX}"


def add_host(*, account_ref: str, host: str, actor: Actor, at: datetime) -> Domain:
    """Give an account a host: a single word below the neutral suffix, proved at once; or a full name, which waits for proof.

    Raises CannotAddHost, NotFound, Forbidden.
    """
    with transaction.atomic():
        account = _account(account_ref, actor, own="hosts:manage", below="clients:manage")
        if account.kind == VENDOR:
            raise CannotAddHost("vendor", field="host")
        if Domain.objects.filter(account=account).exclude(state=Domain.State.RELEASED).count() >= MOST_HOSTS:
            raise CannotAddHost("too-many", field="host")
        return _add(account, host, actor=actor, at=at)


def _add(account: Account, host: str, *, actor: Actor, at: datetime) -> Domain:
    typed = host.strip().lower()
    if "." not in typed:
        code = refuse_label(typed)
        if code is not None:
            raise CannotAddHost(code, field="host", example=below_suffix("bella-napoli"))
        name, state = below_suffix(typed), Domain.State.PROVED
    else:
        full = normalize_host(typed)
        if full is None or "." not in full:
            raise CannotAddHost("form", field="host", example="my.example.com")
        if full == settings.HOST_SUFFIX or full.endswith("." + settings.HOST_SUFFIX) or full == settings.VENDOR_HOST:
            label = full.removesuffix("." + settings.HOST_SUFFIX)
            if "." in label or full == settings.VENDOR_HOST or full == settings.HOST_SUFFIX:
                raise CannotAddHost("own-suffix", field="host", suffix=settings.HOST_SUFFIX)
            return _add(account, label, actor=actor, at=at)
        name, state = full, Domain.State.PENDING
    # unscoped: host names are global by nature; nothing of the other account is given out
    other = Domain.unscoped.filter(host=name).exclude(state=Domain.State.PENDING).first()
    if name == settings.VENDOR_HOST or (other is not None and other.state == Domain.State.PROVED):
        raise CannotAddHost("taken", field="host")
    if other is not None and other.account_id != account.id:
        if other.released_at is not None and at - other.released_at < QUARANTINE:
            raise CannotAddHost("resting", field="host")
        other.delete()
    # unscoped: as above; an own row of this name is taken up again
    Domain.unscoped.filter(account=account, host=name).delete()
    first = not Domain.objects.filter(account=account, state=Domain.State.PROVED).exists()
    domain = Domain(
        account=account,
        host=name,
        state=state,
        is_primary=first and state == Domain.State.PROVED,
        created_at=at,
        proved_at=at if state == Domain.State.PROVED else None,
    )
    try:
        with transaction.atomic():
            domain.save(force_insert=True)
    except IntegrityError:
        raise CannotAddHost("taken", field="host") from None
    bump_generation()
    record(HostAdded(host=name, state=state), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return domain


def _domain(ref: str, actor: Actor) -> Domain:
    domain = Domain.objects.select_for_update().filter(ref=ref).exclude(state=Domain.State.RELEASED).first()
    if domain is None:
        raise NotFound
    actor.require("hosts:manage" if domain.account_id == actor.account_id else "clients:manage")
    return domain


def make_primary(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let links lead to this host from now on. Raises CannotReleaseHost("not-proved"), NotFound, Forbidden."""
    with transaction.atomic():
        domain = _domain(ref, actor)
        if domain.state != Domain.State.PROVED:
            raise CannotReleaseHost("not-proved")
        if domain.is_primary:
            return
        Domain.objects.filter(account_id=domain.account_id, is_primary=True).update(is_primary=False)
        domain.is_primary = True
        domain.save(update_fields=["is_primary"])
        bump_generation()
        record(
            HostMadePrimary(host=domain.host),
            account_id=domain.account_id,
            parent_id=domain.account.parent_id,
            actor=actor,
            at=at,
        )


def mark_proved(*, ref: str, actor: Actor, at: datetime) -> None:
    """State that a waiting host is proved: the vendor's own act until proof by DNS decides. Raises CannotAddHost, NotFound."""
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("hosts:manage")
    with transaction.atomic():
        domain = Domain.objects.select_for_update().filter(ref=ref, state=Domain.State.PENDING).first()
        if domain is None:
            raise NotFound
        has_primary = Domain.objects.filter(account_id=domain.account_id, is_primary=True).exists()
        domain.state = Domain.State.PROVED
        domain.proved_at = at
        domain.is_primary = not has_primary
        try:
            with transaction.atomic():
                domain.save(update_fields=["state", "proved_at", "is_primary"])
        except IntegrityError:
            raise CannotAddHost("taken") from None
        bump_generation()
        record(
            HostProved(host=domain.host),
            account_id=domain.account_id,
            parent_id=domain.account.parent_id,
            actor=actor,
            at=at,
        )


def release_host(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take a host away; nobody else can have it for 30 days. Raises CannotReleaseHost, NotFound, Forbidden."""
    with transaction.atomic():
        domain = _domain(ref, actor)
        others = Domain.objects.filter(account_id=domain.account_id, state=Domain.State.PROVED).exclude(id=domain.id)
        if domain.state == Domain.State.PROVED:
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
            domain.save(update_fields=["state", "is_primary", "released_at"])
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
            Brand.objects.update_or_create(account=account, defaults={"name": brand_name.strip()[:80]})
        bump_generation()
        return account
