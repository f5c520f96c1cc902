"""How accounts come to be: the vendor's at set-up, resellers', direct accounts by sign-up, clients by their reseller."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import (
    AboutAccount,
    AccountConverted,
    ClientCreated,
    DirectAccountCreated,
    ResellerCreated,
    VendorCreated,
)
from sublet.accounts.models import Account, AccountTag
from sublet.accounts.operations.details import NO_DETAILS, Details, WrongDetails, clean_name, clean_values
from sublet.accounts.operations.newborns import clients_were_born
from sublet.accounts.operations.places import locked
from sublet.accounts.operations.tags import WrongTags, clean_tags
from sublet.accounts.search import reindex
from sublet.core.lifecycle import ACTIVE, INVITED, PROSPECT, lets_people_in
from sublet.core.rights import RESELLER, VENDOR
from sublet.core.tree import Node, refuse_conversion
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, Refusal
from sublet.foundation.journal.operations import record

BORN = (PROSPECT, INVITED, ACTIVE)
LONGEST_DEMONSTRATION = timedelta(days=366)


class CannotCreateVendor(WrongDetails):
    """Why there is no new vendor."""

    SENTENCES = {
        **WrongDetails.SENTENCES,
        "there-is-one": _("This installation has its vendor already."),
    }


class CannotCreateReseller(WrongDetails):
    """Why a reseller's account is not opened."""

    SENTENCES = WrongDetails.SENTENCES


class CannotCreateDirectAccount(WrongDetails):
    """Why a direct account is not opened."""

    SENTENCES = WrongDetails.SENTENCES


class CannotCreateClient(WrongTags, WrongDetails):
    """Why a client's account is not opened."""

    SENTENCES = {
        **WrongDetails.SENTENCES,
        **WrongTags.SENTENCES,
        "state-unknown": _("A new account is a prospect, invited or active."),
        "ownership-unknown": _("An account is owned by the reseller or by the client."),
        "demo-past": _("A demonstration ends in the future."),
        "demo-too-long": _("A demonstration lasts at most a year."),
        "prospect-without-end": _("Say until when the demonstration lasts."),
        "reseller-locked": _("Your own account is not open, so it takes no new clients."),
    }


class CannotConvertToReseller(Refusal):
    """Why an account does not become a reseller."""

    SENTENCES = {
        "already": _("This account is a reseller already."),
        "not-direct": _("Only an account without a reseller above it can become one."),
        "locked": _("This account is not open."),
    }


def refuse_demo_end(until: datetime, at: datetime) -> str | None:
    """Why a demonstration cannot end then: a code, or None."""
    if until <= at:
        return "demo-past"
    return "demo-too-long" if until - at > LONGEST_DEMONSTRATION else None


def _open(
    *,
    kind: str,
    parent: Account | None,
    name: str,
    details: Details,
    refusal: type[WrongDetails],
    at: datetime,
    state: str = ACTIVE,
) -> Account:
    """An unsaved account with checked details; empty time zone and currency come from the account above."""
    account = Account(kind=kind, parent=parent, state=state, state_since=at, created_at=at)
    account.name_it(clean_name(name, refusal))
    for field, value in clean_values(asdict(details), refusal).items():
        if value or field not in {"timezone", "currency"}:
            setattr(account, field, value)
        elif parent is not None:
            setattr(account, field, getattr(parent, field))
    return account


def _born(account: Account, event: AboutAccount, *, actor: Actor, at: datetime, reason: str = "") -> None:
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)


def create_vendor(*, name: str, details: Details = NO_DETAILS, actor: Actor, at: datetime) -> Account:
    """The root of the tree, once for each installation; in a platform scope, by the command line or the demo.

    `actor` may still have no account (`account_id` 0). Raises CannotCreateVendor.
    """
    with transaction.atomic():
        if Account.objects.filter(kind=VENDOR).exists():
            raise CannotCreateVendor("there-is-one")
        account = _open(kind=VENDOR, parent=None, name=name, details=details, refusal=CannotCreateVendor, at=at)
        try:
            with transaction.atomic():
                account.save(force_insert=True)
        except IntegrityError:
            raise CannotCreateVendor("there-is-one") from None
        _born(account, VendorCreated(ref=account.ref, name=account.name), actor=actor, at=at)
        return account


def create_reseller(
    *, name: str, details: Details = NO_DETAILS, state: str = ACTIVE, once: str = "", actor: Actor, at: datetime
) -> Account:
    """The account of a reseller, opened by the vendor (``accounts:manage``).

    `once` names the intent, such as the form that was sent: the same one again opens nothing and returns the account of
    the first time. Raises Forbidden, CannotCreateReseller.
    """
    return _below_vendor(
        kind=RESELLER, name=name, details=details, state=state, refusal=CannotCreateReseller,
        event=ResellerCreated, once=once, actor=actor, at=at,
    )  # fmt: skip


def create_direct_account(
    *, name: str, details: Details = NO_DETAILS, state: str = ACTIVE, once: str = "", actor: Actor, at: datetime
) -> Account:
    """A direct account: by the vendor, or by somebody who signs up, for whom the installation acts
    (`queries.installation_actor` under that person's name). In a platform scope or the vendor's. `once` as above.

    Raises Forbidden, CannotCreateDirectAccount.
    """
    return _below_vendor(
        kind=Account.Kind.DIRECT, name=name, details=details, state=state, refusal=CannotCreateDirectAccount,
        event=DirectAccountCreated, once=once, actor=actor, at=at,
    )  # fmt: skip


def _below_vendor(
    *,
    kind: str,
    name: str,
    details: Details,
    state: str,
    refusal: type[WrongDetails],
    event: type[AboutAccount],
    once: str,
    actor: Actor,
    at: datetime,
) -> Account:
    actor.require("accounts:manage")
    if state not in {INVITED, ACTIVE}:
        raise ValueError(state)
    key = _once_key(once)
    try:
        with transaction.atomic():
            parent = Account.objects.get(kind=VENDOR)
            if key and (first := _opened_before(parent.id, key)):
                return first
            account = _open(kind=kind, parent=parent, name=name, details=details, refusal=refusal, at=at, state=state)
            account.import_key = key
            account.save(force_insert=True)
            reindex(account, ())
            _born(account, event(ref=account.ref, name=account.name), actor=actor, at=at)
            return account
    except IntegrityError:
        # Two at the same moment: the constraint let one through, and the other answers with what the first one made.
        if key and (first := _opened_before(actor.account_id, key)):
            return first
        raise


def create_client(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    details: Details = NO_DETAILS,
    ownership: str = Account.Ownership.RESELLER,
    state: str = ACTIVE,
    demo_until: datetime | None = None,
    tags: Sequence[str] = (),
    once: str = "",
    reason: str = "",
) -> Account:
    """An empty account for a client of the actor's reseller (``clients:manage``).

    `state` is ``prospect`` (a demonstration, with `demo_until`), ``invited`` (its owner has yet to accept) or
    ``active``. `once` names the intent, such as the form that was sent: the same one again opens nothing and returns
    the account of the first time. Nobody is invited here: `people.operations.open_client` does both.
    Raises Forbidden, CannotCreateClient.
    """
    actor.require("clients:manage")
    if actor.account_kind != RESELLER:
        raise Forbidden("clients:manage")
    if state not in BORN:
        raise CannotCreateClient("state-unknown", field="state")
    if ownership not in Account.Ownership.values:
        raise CannotCreateClient("ownership-unknown", field="ownership")
    if state == PROSPECT and demo_until is None:
        raise CannotCreateClient("prospect-without-end", field="demo_until")
    if demo_until is not None and (code := refuse_demo_end(demo_until, at)):
        raise CannotCreateClient(code, field="demo_until")
    put = clean_tags(tags, CannotCreateClient)
    key = _once_key(once)
    try:
        with transaction.atomic():
            if key and (first := _opened_before(actor.account_id, key)):
                return first
            # Locked against being closed meanwhile: only a reseller without open clients may be.
            parent = Account.objects.select_for_update(no_key=True).get(id=actor.account_id)
            if not lets_people_in(parent.state):
                raise CannotCreateClient("reseller-locked")
            account = _open(
                kind=Account.Kind.CLIENT, parent=parent, name=name, details=details,
                refusal=CannotCreateClient, at=at, state=state,
            )  # fmt: skip
            account.ownership = ownership
            account.demo_until = demo_until
            account.import_key = key
            account.save(force_insert=True)
            AccountTag.objects.bulk_create(
                AccountTag(account_id=account.id, parent_id=parent.id, name=tag) for tag in put
            )
            reindex(account, put)
            clients_were_born([account.id], reseller_id=parent.id, actor=actor, at=at)
            event = ClientCreated(
                ref=account.ref,
                name=account.name,
                state=state,
                ownership=ownership,
                demo_until=demo_until.isoformat() if demo_until else "",
            )
            _born(account, event, actor=actor, at=at, reason=reason)
            return account
    except IntegrityError:
        # Two at the same moment: the constraint let one through, and the other answers with what the first one made.
        if key and (first := _opened_before(actor.account_id, key)):
            return first
        raise


def _once_key(once: str) -> str:
    return f"once:{hashlib.sha256(once.encode()).hexdigest()[:48]}" if once else ""


def _opened_before(parent_id: int, key: str) -> Account | None:
    return Account.objects.filter(parent_id=parent_id, import_key=key).first()


def convert_to_reseller(*, ref: str, actor: Actor, at: datetime) -> Account:
    """Make the actor's own direct account a reseller, at once. Its owner in person, nobody else.

    Its people, its data and its reference stay. Raises NotFound, Forbidden, CannotWhileImpersonating,
    CannotConvertToReseller.
    """
    actor.require_in_person()
    with transaction.atomic():
        account = locked(ref)
        if account.id != actor.account_id or not actor.is_owner:
            raise Forbidden("settings:manage")
        node = Node(account.id, account.kind, account.parent_id, account.state)
        if (code := refuse_conversion(node)) is not None:
            raise CannotConvertToReseller(code)
        account.kind = RESELLER
        account.version += 1
        account.save(update_fields=["kind", "version"])
        record(
            AccountConverted(ref=account.ref, name=account.name),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        return account
