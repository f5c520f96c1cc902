"""Leaving one kind of mail by one click (RFC 8058): the address in its header, and what comes of it.

Kinds that are declared `bulk` carry it. The address says whose mail of which kind to whom, under a seal, and holds for as long as
there is the account: also when the mail itself is forgotten. Looking at it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import transaction
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.branding.queries import account_chain
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.messaging.events import MailUnsubscribed
from sublet.messaging.kinds import kind_of
from sublet.messaging.models import OutboxMail, Suppression
from sublet.messaging.suppression import list_of, suppress
from sublet.messaging.worded import template_names

_SALT = "messaging.unsubscribing"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who would leave what: `kind` is what lists call that kind of mail, in the language in force. `is_out`: it has left."""

    email: str
    kind: str
    is_out: bool


def address_for(row: OutboxMail, origin: str) -> str:
    """Where the reader of a mail leaves its kind; empty where that kind cannot be left."""
    if not kind_of(row.template).bulk:
        return ""
    token = signing.dumps([row.account.ref, row.template, row.to_email.lower()], salt=_SALT, compress=True)
    return origin + reverse("unsubscribe", urlconf="sublet.config.urls_brand", kwargs={"token": token})


def _meant(token: str, site_account_id: int) -> tuple[Account, str, str] | None:
    try:
        account_ref, template, email = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    account = Account.objects.select_related("parent__parent").filter(ref=account_ref).first()
    if (
        account is None
        or not kind_of(template).bulk
        or site_account_id not in {each.id for each in account_chain(account)}
    ):
        return None  # also on the host of somebody whom the account has nothing to do with
    return account, template, email


def look_at_leaving(token: str, *, site_account_id: int) -> Leaving | None:
    """What such an address stands for, on a host of that account; None for one of nobody's making. In a platform scope."""
    found = _meant(token, site_account_id)
    if found is None:
        return None
    account, template, email = found
    rows = Suppression.objects.filter(account=list_of(account), email=email, template__in=("", template))
    return Leaving(email, template_names().get(template, template), rows.exists())


def leave(token: str, *, site_account_id: int, actor: Actor, at: datetime) -> Leaving | None:
    """Write no more mails of that kind to that address; None for an address of nobody's making. Twice is once.

    In a platform scope. Whoever keeps the list reads it in the history, and can write again.
    """
    with transaction.atomic():
        found = _meant(token, site_account_id)
        if found is None:
            return None
        account, template, email = found
        kept = list_of(account)
        if suppress(kept, email, reason=Suppression.Reason.OPTED_OUT, template=template, at=at):
            told = MailUnsubscribed(mail=template, to=email)
            record(told, account_id=kept.id, parent_id=kept.parent_id, actor=actor, at=at)
    return Leaving(email, template_names().get(template, template), is_out=True)
