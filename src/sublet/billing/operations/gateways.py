"""Connecting one's own account at a payment processor (``billing:manage``): the key goes in and never comes out."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.gateway import Declined, KeyRefused
from sublet.billing.gateway import opened as gate
from sublet.billing.models.payments import GatewayAccount
from sublet.billing.payment_events import (
    GatewayConnected,
    GatewayDisconnected,
    GatewayFailing,
    GatewayWorking,
)
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.secretbox import CannotOpen, seal

_LONGEST = 300
#: A key that can do less than everything. An unrestricted one could empty the account.
RESTRICTED = ("rk_live_", "rk_test_")


class CannotConnectGateway(Refusal):
    """The account at the processor stays as it is."""

    SENTENCES: ClassVar = {
        "key-missing": _("Enter the restricted key."),
        "key-whole": _("This is a secret key that may do everything. Make a restricted key at Stripe and enter that."),
        "key-public": _("This is a publishable key. Enter a restricted key; it begins with rk_."),
        "key-wrong": _("This is not a restricted key of Stripe; one begins with rk_live_ or rk_test_."),
        "hook-wrong": _("The signing secret of a webhook begins with whsec_."),
        "changed-meanwhile": _("Somebody else has changed this meanwhile. Look at it anew."),
    }


def connect_gateway(
    *, key: str = "", hook_secret: str = "", version: int | None = None, actor: Actor, at: datetime
) -> str:
    """Collect by this account at Stripe from now on; a job tries the key at once. Returns the connection's reference.

    An empty `key` or `hook_secret` keeps the one that is there. Another key must open the same account: what payers entered is
    kept there; disconnect to collect by another. `version`: the one that was looked at. Raises CannotConnectGateway, NotFound,
    Forbidden, CannotWhileImpersonating.
    """
    account_kind_collects(actor)
    key, hook_secret = key.strip(), hook_secret.strip()
    _check(key, hook_secret)
    with transaction.atomic():
        account = _account(actor)
        row = GatewayAccount.objects.filter(account=account, removed_at__isnull=True).first()
        if version is not None and (row.version if row else 0) != version:
            raise CannotConnectGateway("changed-meanwhile")
        if row is None:
            if not key:
                raise CannotConnectGateway("key-missing", field="key")
            row = GatewayAccount(account=account, hook_word=secrets.token_urlsafe(24), created_at=at, version=0)
        if key:
            row.key_box, row.key_ends = seal(key), key[-4:]
            row.live = key.startswith("rk_live_")
            row.state, row.why, row.checked_at = GatewayAccount.State.NEW, "", None
        if hook_secret:
            row.hook_box = seal(hook_secret)
        row.version += 1
        row.save()
        told = GatewayConnected(gateway=row.ref, title=row.title)
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        enqueue(
            "billing.check_gateway", account_id=account.id, actor=actor, at=at,
            payload={"gateway": row.ref, "version": row.version}, key=f"{row.ref}:{row.version}",
        )  # fmt: skip
        return row.ref


def disconnect_gateway(*, actor: Actor, at: datetime) -> None:
    """Collect nothing by it any more. What was paid can still be given back. Raises NotFound, Forbidden."""
    account_kind_collects(actor)
    with transaction.atomic():
        account = _account(actor)
        row = GatewayAccount.objects.filter(account=account, removed_at__isnull=True).first()
        if row is None:
            raise NotFound
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        told = GatewayDisconnected(gateway=row.ref, title=row.title)
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def check_gateway(*, gateway: str, version: int, actor: Actor, at: datetime) -> None:
    """Ask the processor whose account the key opens, outside any transaction, and write down what came of it.

    Raises NoAnswer: the job tries again.
    """
    row = GatewayAccount.objects.filter(ref=gateway, version=version, removed_at__isnull=True).first()
    if row is None:
        return
    why = ""
    try:
        whose = gate.open_gateway(row).whose()
    except CannotOpen:
        why = "sealed"
    except (KeyRefused, Declined):
        why = "key"
    else:
        if row.named and row.named != whose.id:
            why = "other-account"
        else:
            row.named, row.title = whose.id[:100], whose.name[:100]
    _note(row, GatewayAccount.State.FAILS if why else GatewayAccount.State.WORKS, why, actor, at)


def _note(row: GatewayAccount, state: str, why: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        mine = GatewayAccount.objects.filter(id=row.id, version=row.version, removed_at__isnull=True)
        if not mine.update(state=state, why=why, checked_at=at, named=row.named, title=row.title):
            return  # changed meanwhile: what was asked is old
        account = row.account
        works = state == GatewayAccount.State.WORKS
        if works:
            told: GatewayWorking | GatewayFailing = GatewayWorking(gateway=row.ref, title=row.title)
        else:
            told = GatewayFailing(gateway=row.ref, title=row.title, why=why)
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def account_kind_collects(actor: Actor) -> None:
    """Raise NotFound for accounts that collect from nobody, Forbidden without ``billing:manage`` for the whole account."""
    if actor.account_kind not in (RESELLER, VENDOR):
        raise NotFound
    actor.require_for_all("billing:manage")
    if actor.impersonator is not None:
        actor.require_in_person()


def _account(actor: Actor) -> Account:
    account = Account.objects.select_for_update(of=("self",)).filter(id=actor.account_id).first()
    if account is None:
        raise NotFound
    return account


def _check(key: str, hook_secret: str) -> None:
    if key:
        code = _fault(key)
        if code:
            raise CannotConnectGateway(code, field="key")
    if hook_secret and not (_plain(hook_secret) and hook_secret.startswith("whsec_")):
        raise CannotConnectGateway("hook-wrong", field="hook_secret")


def _fault(key: str) -> str:
    if key.startswith("sk_"):
        return "key-whole"
    if key.startswith("pk_"):
        return "key-public"
    return "" if key.startswith(RESTRICTED) and _plain(key) and len(key) > 12 else "key-wrong"


def _plain(text: str) -> bool:
    return len(text) <= _LONGEST and text.isascii() and text.isprintable() and " " not in text
