"""Which clients staff of a reseller is confined to: those listed, and those that carry one of its tags just now."""

from __future__ import annotations

from sublet.accounts.models import Account, AccountTag
from sublet.people.models import Collaborator, Reach

#: By tags a person reaches so many clients at most: what a request may read. Whoever needs more reaches all.
MOST_BY_TAG = 5_000


def reached_by(place: Collaborator) -> frozenset[int]:
    """The ids of those clients, asked on each request: a tag that is taken off is felt at the next one.

    One statement, and with tags another, both from an index. Only for a place that does not reach all.
    """
    # unscoped: this decides the scope
    found = set(Reach.unscoped.filter(collaborator_id=place.id).values_list("client_id", flat=True))
    if place.reach_tags:
        # unscoped: as above; in the order of the index, so that no more is read than is taken
        tagged = AccountTag.unscoped.filter(parent_id=place.account_id, name__in=place.reach_tags)
        found.update(tagged.order_by("name", "account_id").values_list("account_id", flat=True)[:MOST_BY_TAG])
    return frozenset(found)


def places_by_tag(client: Account) -> list[int]:
    """The places of the reseller's staff that reach that client by a tag. Lists in JSON cannot be searched everywhere."""
    # unscoped: the client asks, too
    tags = set(AccountTag.unscoped.filter(account=client).values_list("name", flat=True))
    if not tags:
        return []
    # unscoped: as above
    places = Collaborator.unscoped.filter(account=client.parent, ended_at__isnull=True, reaches_all=False)
    return [row.id for row in places.exclude(reach_tags=[]) if tags.intersection(row.reach_tags)]
