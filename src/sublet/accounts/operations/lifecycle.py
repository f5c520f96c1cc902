"""The life of an account: activated, suspended, resumed, closed, taken back, ended. `core.lifecycle` says what is lawful."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import (
    AboutAccount,
    AccountActivated,
    AccountClosed,
    AccountEnded,
    AccountInvited,
    AccountReopened,
    AccountResumed,
    AccountSuspended,
)
from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving, accounts_leave
from sublet.accounts.operations.places import below, locked, own_or_below
from sublet.core.lifecycle import ACTIVE, CLOSED, INVITED, PROSPECT, SUSPENDED, refuse_change
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, Refusal
from sublet.foundation.journal.operations import record

#: For how long a closed account can be taken back.
GRACE = timedelta(days=30)
#: What a demonstration gets anew when its closing is taken back after its end.
DEMONSTRATION_AGAIN = timedelta(days=14)
BATCH = 100


class CannotSuspendAccount(Refusal):
    """Why an account is not suspended."""

    SENTENCES = {
        "same": _("This account is suspended already."),
        "backwards": _("Only an invited or active account can be suspended."),
    }


class CannotResumeAccount(Refusal):
    """Why an account is not resumed."""

    SENTENCES = {
        "not-suspended": _("This account is not suspended."),
    }


class CannotCloseAccount(Refusal):
    """Why an account is not closed."""

    SENTENCES = {
        "same": _("This account is closed already."),
        "client-owns": _("The client owns this account, so only the client’s owner can close it."),
        "reseller-owns": _("The reseller owns this account, so only the reseller can close it."),
        "has-clients": _("This reseller still has open clients. Close them first."),
    }


class CannotReopenAccount(Refusal):
    """Why the closing of an account is not taken back."""

    SENTENCES = {
        "not-closed": _("This account is not closed."),
        "ended": _("The time for taking the closing back is over."),
    }


class CannotActivateAccount(Refusal):
    """Why an account does not become active."""

    SENTENCES = {
        "backwards": _("This account is closed."),
    }


def note_idle(account: Account, state: str, at: datetime) -> None:
    """Keep, before another state is set, the time that ends with it in which the account was a demonstration, or closed. The caller
    stores it (`idle`).

    The state alone tells nothing any more of what was before: what began in that time would be charged by chance, if at all.
    """
    if account.state not in (PROSPECT, CLOSED) or state in (PROSPECT, CLOSED):
        return
    since = account.created_at if account.state == PROSPECT else account.state_since
    account.idle = [*account.idle, [since.isoformat(), at.isoformat()]]


def _turn(
    account: Account,
    state: str,
    event: AboutAccount,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    also: tuple[str, ...] = (),
) -> Account:
    """Store the new state and tell the journal. The law has been asked."""
    note_idle(account, state, at)
    account.state = state
    account.state_since = at
    account.state_reason = reason[:500]
    account.version += 1
    account.save(update_fields=["state", "state_since", "state_reason", "idle", "version", *also])
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    return account


def suspend_account(*, ref: str, reason: str, actor: Actor, at: datetime) -> Account:
    """Lock the people of an account below the actor's out until it is resumed; the actor's side still gets in.

    The vendor for resellers and direct accounts, a reseller for its clients; nobody for the vendor. Raises NotFound,
    Forbidden, CannotSuspendAccount.
    """
    with transaction.atomic():
        return suspend(below(ref, actor), reason=reason, actor=actor, at=at)


def suspend(account: Account, *, reason: str, actor: Actor, at: datetime) -> Account:
    """The same for an account that is locked already, inside a transaction."""
    if (code := refuse_change(account.state, SUSPENDED)) is not None:
        raise CannotSuspendAccount(code)
    if account.state == CLOSED:
        raise CannotSuspendAccount("backwards")
    account.state_before_suspension = account.state
    event = AccountSuspended(ref=account.ref, name=account.name)
    return _turn(account, SUSPENDED, event, actor=actor, at=at, reason=reason, also=("state_before_suspension",))


def resume_account(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Let the people of a suspended account in again. Raises NotFound, Forbidden, CannotResumeAccount."""
    with transaction.atomic():
        return resume(below(ref, actor), reason=reason, actor=actor, at=at)


def resume(account: Account, *, reason: str, actor: Actor, at: datetime) -> Account:
    """The same for an account that is locked already, inside a transaction."""
    if account.state != SUSPENDED:
        raise CannotResumeAccount("not-suspended")
    before = account.state_before_suspension or ACTIVE
    account.state_before_suspension = ""
    event = AccountResumed(ref=account.ref, name=account.name)
    return _turn(account, before, event, actor=actor, at=at, reason=reason, also=("state_before_suspension",))


def close_account(*, ref: str, reason: str, actor: Actor, at: datetime) -> Account:
    """End an account; for `GRACE` it can be taken back. Its history stays.

    Of a client, whoever owns it: the reseller (``clients:manage``) or the client's owner in person. Of a direct account,
    its owner in person or the vendor; of a reseller, the vendor, once it has no open client. Raises NotFound, Forbidden,
    CannotWhileImpersonating, CannotCloseAccount.
    """
    with transaction.atomic():
        return close(own_or_below(ref, actor), reason=reason, actor=actor, at=at)


def close(account: Account, *, reason: str, actor: Actor, at: datetime) -> Account:
    """The same for an account that is locked already, inside a transaction."""
    itself = account.id == actor.account_id
    if account.kind == VENDOR or (itself and account.kind == RESELLER):
        raise Forbidden("accounts:manage")
    if account.kind == CLIENT:
        if itself and account.ownership == Account.Ownership.RESELLER:
            raise CannotCloseAccount("reseller-owns")
        if not itself and account.ownership == Account.Ownership.CLIENT:
            raise CannotCloseAccount("client-owns")
    if refuse_change(account.state, CLOSED) is not None:
        raise CannotCloseAccount("same")
    if account.kind == RESELLER and Account.objects.filter(parent_id=account.id).exclude(state=CLOSED).exists():
        raise CannotCloseAccount("has-clients")
    until = at + GRACE
    event = AccountClosed(ref=account.ref, name=account.name, until=until.isoformat())
    return turn_closed(account, event, until=until, actor=actor, at=at, reason=reason)


def turn_closed(
    account: Account, event: AboutAccount, *, until: datetime, actor: Actor, at: datetime, reason: str
) -> Account:
    """Store the closing, to be taken back until `until`. The law has been asked."""
    account.state_before_close = account.state
    account.gone_at = until
    return _turn(account, CLOSED, event, actor=actor, at=at, reason=reason, also=("state_before_close", "gone_at"))


def reopen_account(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Take the closing of an account back while its grace lasts: it is again what it was before.

    Whoever may close it, and for a client the reseller in any case. A demonstration whose end has passed gets
    `DEMONSTRATION_AGAIN`. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotReopenAccount.
    """
    with transaction.atomic():
        return reopen(own_or_below(ref, actor), reason=reason, actor=actor, at=at)


def reopen(account: Account, *, reason: str, actor: Actor, at: datetime) -> Account:
    """The same for an account that is locked already, inside a transaction."""
    if account.state != CLOSED:
        raise CannotReopenAccount("not-closed")
    if not account.state_before_close or account.gone_at is None or account.gone_at <= at:
        raise CannotReopenAccount("ended")
    if account.kind == CLIENT and account.id == actor.account_id and account.ownership == Account.Ownership.RESELLER:
        raise Forbidden("clients:manage")
    before, account.state_before_close, account.gone_at = account.state_before_close, "", None
    if account.demo_until is not None and account.demo_until <= at:
        account.demo_until = at + DEMONSTRATION_AGAIN
    event = AccountReopened(ref=account.ref, name=account.name)
    return _turn(
        account, before, event, actor=actor, at=at, reason=reason, also=("state_before_close", "gone_at", "demo_until")
    )


def end_closed_accounts(*, actor: Actor, at: datetime) -> int:
    """End for good the accounts whose grace is over; returns how many. A job of the platform, in its scope.

    In short transactions, one for `BATCH` accounts: it can be stopped anywhere and begun again.
    """
    actor.require("accounts:manage")
    ended = 0
    over = Account.objects.filter(gone_at__isnull=False, gone_at__lte=at).exclude(state_before_close="")
    while True:
        with transaction.atomic():
            accounts = list(over.select_for_update(skip_locked=True).order_by("id")[:BATCH])
            above: dict[int, list[int]] = {}
            for account in accounts:
                above.setdefault(account.parent_id or 0, []).append(account.id)
            for former_id, ids in above.items():
                # Nothing that was made for it works any more, for nobody: nobody will look after it again.
                accounts_leave(Leaving(account_ids=ids, former_id=former_id, ends=True), actor=actor, at=at)
            for account in accounts:
                if account.state_before_close == PROSPECT:
                    account.idle = [*account.idle, [account.created_at.isoformat(), at.isoformat()]]
                account.state_before_close = ""
                account.version += 1
                account.save(update_fields=["state_before_close", "idle", "version"])
                record(
                    AccountEnded(ref=account.ref, name=account.name),
                    account_id=account.id,
                    parent_id=account.parent_id,
                    actor=actor,
                    at=at,
                )
        ended += len(accounts)
        if len(accounts) < BATCH:
            return ended


def end_at_once(
    account: Account, *, reason: str, actor: Actor, at: datetime, told: bool = True, successor_id: int | None = None
) -> Account:
    """Close a locked account for good, without the time for taking it back, with everything that works for it: what a merge leaves.
    `successor_id`: who comes after it. In a platform scope and the caller's transaction. The law has been asked. Not `told`: an
    entry of the caller's says it.
    """
    leaving = Leaving([account.id], former_id=account.parent_id or 0, ends=True, successor_id=successor_id)
    accounts_leave(leaving, actor=actor, at=at)
    account.state_before_close, account.gone_at = "", at
    account.state, account.state_since, account.state_reason = CLOSED, at, reason[:500]
    account.version += 1
    account.save(update_fields=["state", "state_since", "state_reason", "version", "state_before_close", "gone_at"])
    if told:
        event = AccountEnded(ref=account.ref, name=account.name)
        record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    return account


def activate_account(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> Account:
    """A prospect or invited account becomes active: its first person has moved in, or somebody above says so.

    An active account stays as it is, without a journal entry, so that every accepted invitation may call this; so does a
    suspended one, which becomes active when it is resumed. Called by a person of that account, or with ``manage`` from
    above. Raises NotFound, Forbidden, CannotActivateAccount.
    """
    with transaction.atomic():
        account = locked(ref) if ref == actor.account_ref else below(ref, actor)
        if account.state == ACTIVE:
            return account
        if account.state == SUSPENDED:
            account.state_before_suspension = ACTIVE
            account.save(update_fields=["state_before_suspension"])
            return account
        if account.state not in {PROSPECT, INVITED}:
            raise CannotActivateAccount("backwards")
        event = AccountActivated(ref=account.ref, name=account.name)
        return _turn(account, ACTIVE, event, actor=actor, at=at, reason=reason)


def mark_invited(*, ref: str, actor: Actor, at: datetime) -> Account:
    """A prospect whose owner has been sent an invitation is invited; any other state stays. Raises NotFound, Forbidden."""
    with transaction.atomic():
        account = below(ref, actor)
        if account.state != PROSPECT:
            return account
        event = AccountInvited(ref=account.ref, name=account.name)
        return _turn(account, INVITED, event, actor=actor, at=at, reason="")


__all__ = [
    "DEMONSTRATION_AGAIN",
    "GRACE",
    "CannotActivateAccount",
    "CannotCloseAccount",
    "CannotReopenAccount",
    "CannotResumeAccount",
    "CannotSuspendAccount",
    "activate_account",
    "close_account",
    "end_closed_accounts",
    "mark_invited",
    "reopen_account",
    "resume_account",
    "suspend_account",
]
