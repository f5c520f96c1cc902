"""The address at which a provider tells of an account's mail: a word in it says whose, and can be changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.operations import record
from sublet.messaging.events import MailHookRenewed
from sublet.messaging.models import MailServer

#: How long the word before is heard as well: the new address must be entered at the provider by hand.
OVERLAP = timedelta(days=7)


def new_salt() -> str:
    """What makes the word of a mail server another one than that of any before."""
    return secrets.token_hex(8)


def hook_word(account_ref: str, salt: str = "") -> str:
    """The word in the address at which a provider tells of an account's mail."""
    named = f"{account_ref}:{salt}" if salt else account_ref
    return salted_hmac("messaging.provider-hook", named, algorithm="sha256").hexdigest()[:32]


def knows_word(row: MailServer, word: str, *, at: datetime) -> bool:
    """Whether the provider of the server may speak with that word."""
    ref = row.account.ref
    if constant_time_compare(word, hook_word(ref, row.hook_salt)):
        return True
    overlaps = row.hook_before_until is not None and at < row.hook_before_until
    return overlaps and constant_time_compare(word, hook_word(ref, row.hook_before))


@dataclass(frozen=True, slots=True)
class HookView:
    """Where the provider tells of what came back. The address before is heard until `before_until`, if that is to come."""

    address: str
    before_until: datetime | None


def hook_of(actor: Actor, account_ref: str, *, at: datetime) -> HookView | None:
    """The hook of an account's mail server (``brand:manage``); None where there is no server. Raises NotFound, Forbidden."""
    actor.require("brand:manage")
    account = Account.objects.filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    row = MailServer.objects.filter(account=account).first()
    if row is None:
        return None
    kwargs = {"account": account.ref, "word": hook_word(account.ref, row.hook_salt)}
    until = row.hook_before_until
    return HookView(
        address=origin(primary_host(account.id)) + reverse("mail-hook", kwargs=kwargs),
        before_until=until if until is not None and at < until else None,
    )


def renew_hook(*, account_ref: str, actor: Actor, at: datetime) -> None:
    """Give the hook another word; the one before is heard for `OVERLAP` more.

    While that is so, another renewal changes the new word alone: the provider still has the one before, as when somebody
    presses twice. Raises NotFound, Forbidden.
    """
    actor.require("brand:manage")
    with transaction.atomic():
        # The account first, as whoever saves the server does: otherwise its saving would undo this.
        account = Account.objects.select_for_update(of=("self",)).filter(ref=account_ref).first()
        row = MailServer.objects.filter(account=account).first() if account is not None else None
        if account is None or row is None:
            raise NotFound
        if row.hook_before_until is None or at >= row.hook_before_until:
            row.hook_before, row.hook_before_until = row.hook_salt, at + OVERLAP
        row.hook_salt = new_salt()
        row.save(update_fields=["hook_salt", "hook_before", "hook_before_until"])
        told = MailHookRenewed(old_until=row.hook_before_until.isoformat())
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
