"""What of a subscription costs nothing for want of a price, for whoever would be paid."""

from __future__ import annotations

from datetime import datetime

from sublet.core.pricebook import ADD_ON, PLAN
from sublet.foundation.actor import Actor
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.price_words import unpriced_words
from sublet.pricing.queries import unpriced_things
from sublet.subscriptions.queries import SubscriptionView

Thing = tuple[str, str, int]  # a kind (``plan``, ``add_on``), a key, a version


def things_agreed(view: SubscriptionView) -> dict[Thing, str]:
    """What was agreed for an account, or comes, and what it is called in the active language; empty: the plan that was taken.

    The plan that was taken, those that wait, and each add-on that is not over.
    """
    things: dict[Thing, str] = {}
    if view.taken and view.agreed is not None:
        things[PLAN, view.agreed.key, view.agreed.version] = ""
    for waiting in view.waiting:
        if waiting.kind == "take" and waiting.plan is not None:
            things.setdefault((PLAN, waiting.plan.key, waiting.plan.version), name_of(waiting.plan.name))
    for row in view.add_ons:
        if row.add_on is not None and not row.over:
            things[ADD_ON, row.key, row.add_on.version] = name_of(row.add_on.name)
    return things


def unpriced_lines(actor: Actor, view: SubscriptionView, *, at: datetime) -> list[str]:
    """A sentence for each of them of which something has no price."""
    things = things_agreed(view)
    found = unpriced_things(actor, view.account.id, list(things), at=at)
    return [unpriced_words(missing, things[thing]) for thing, missing in found.items()]
