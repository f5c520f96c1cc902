"""What still tells of an account in which nobody can work, and how that is ended."""

from __future__ import annotations

from django.urls import reverse

from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.scope import actor_scope
from sublet.messaging.webhook_queries import WebhookRow, webhooks_of_account


def still_told(actor: Actor) -> list[tuple[WebhookRow, str, str]]:
    """The webhooks of the account that are on, with the addresses at which each is switched off and removed; none for whoever may
    not do that."""
    if not actor.may_end("keys:manage") or not actor.may("keys:view") or actor.impersonator is not None:
        return []
    name = actor.account_kind if actor.account_kind == RESELLER else "client"
    with actor_scope(actor):
        rows = webhooks_of_account(actor, at=now())
    kept = [(row, {"account": actor.account_ref, "webhook": row.ref}) for row in rows if row.state != "off"]
    return [
        (row, reverse(f"{name}-webhooks-switch", kwargs=where), reverse(f"{name}-webhooks-remove", kwargs=where))
        for row, where in kept
    ]
