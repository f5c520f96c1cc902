"""What of a subscription costs nothing for want of a price, for whoever would be paid."""

from __future__ import annotations

from datetime import datetime

from sublet.core.pricebook import ADD_ON, PLAN
from sublet.foundation.actor import Actor
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.price_words import unpriced_words
from sublet.pricing.queries import unpriced_things
from sublet.subscriptions.queries import SubscriptionView


def unpriced_lines(actor: Actor, view: SubscriptionView, *, at: datetime) -> list[str]:
    """A sentence for the plan that was taken, and for each add-on that is not over, where something of it has no price."""
    plan = view.agreed if view.taken else None
    things = {} if plan is None else {(PLAN, plan.key, plan.version): ""}
    for row in view.add_ons:
        if row.add_on is not None and not row.over:
            things[ADD_ON, row.key, row.add_on.version] = name_of(row.add_on.name)
    found = unpriced_things(actor, view.account.id, list(things), at=at)
    return [unpriced_words(missing, things[thing]) for thing, missing in found.items()]
