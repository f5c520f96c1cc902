"""Opening a client's account that begins as a template says, and one for a prospect in its own colors: all of it or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding import operations as branding_operations
from sublet.branding.images import own_color
from sublet.clientsettings.operations.many import apply_template
from sublet.foundation.actor import Actor
from sublet.subscriptions import operations as subscription_operations

#: Whoever sets a brand may.
BRANDS = "brand:manage"


def open_client(*, template: str = "", actor: Actor, at: datetime, **facts: Any) -> Account:
    """As `subscriptions.operations.open_client`, set up by a template (its reference) that the client then follows.

    The same `once` again opens and sets nothing. Raises what that raises, and NotFound, CannotChangeSettings, CannotSetLimit.
    """
    with transaction.atomic():
        account: Account = subscription_operations.open_client(actor=actor, at=at, **facts)
        # Opened by an earlier sending of the same form: what was set since stays.
        if template and account.created_at == at:
            apply_template(template=template, ref=account.ref, actor=actor, at=at)
    return account


def open_prospect(
    *, template: str = "", color: str = "", logo: bytes | None = None, actor: Actor, at: datetime, **facts: Any
) -> Account:
    """As `subscriptions.operations.open_prospect`, set up by a template and shown in the prospect's own logo and color.

    With a logo and no color the logo's own is taken, if it has one that reads well. Logo and color take ``brand:manage``.
    The same `once` again opens and sets nothing. Raises what that raises, and NotFound, CannotChangeSettings, CannotSetLimit,
    CannotChangeBrand (with `field` ``color`` or ``logo``), Forbidden.
    """
    branded = bool(color or logo)
    if branded:
        actor.require(BRANDS)
    # Before anything is locked: a picture takes a while to decode.
    shown = color or (own_color(logo) if logo else "")
    with transaction.atomic():
        account: Account = subscription_operations.open_prospect(actor=actor, at=at, **facts)
        if account.created_at != at:
            return account
        if template:
            apply_template(template=template, ref=account.ref, actor=actor, at=at)
        if branded:
            branding_operations.change_brand(
                account_ref=account.ref,
                changes={"color": shown} if shown else {},
                pictures={"logo": logo} if logo else None,
                version=None,
                actor=actor,
                at=at,
            )
    return account
