"""Where accounts stood before, with the prices of whoever was above them then, as far as something may still be told of that time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.billing.models import PlaceLeft
from sublet.billing.queries.sold import Stood
from sublet.core.places import Place
from sublet.core.proration import LONGEST_INTERVAL
from sublet.core.rights import VENDOR
from sublet.core.usage import OLDEST
from sublet.pricing.queries.books import books_below


def stood_of(accounts: Sequence[Account], *, since: datetime, at: datetime) -> Mapping[int, tuple[Stood, ...]]:
    """Account → its places, the last one first. No statement where nobody has moved, else one and twelve for each place of who has
    moved most often. For callers that hold both books."""
    moved = [each.id for each in accounts if each.placed_at is not None]
    if not moved:
        return {}
    rows = PlaceLeft.objects.filter(client_id__in=moved, until__gt=since - OLDEST - LONGEST_INTERVAL).order_by("-until")
    told = rows.values_list("client_id", "account_id", "account__kind", "since", "until", "groups")
    places: dict[int, list[Place]] = defaultdict(list)
    for client_id, above_id, kind, came, left, groups in told:
        places[client_id].append(Place(client_id if kind == VENDOR else above_id, came, left, tuple(groups)))
    found: dict[int, list[Stood]] = defaultdict(list)
    for number in range(max(map(len, places.values()), default=0)):
        here = {account_id: each[number] for account_id, each in places.items() if number < len(each)}
        books = books_below({account_id: (one.above, one.groups) for account_id, one in here.items()}, at=at)
        for account_id, one in here.items():
            found[account_id].append(Stood(one, books[account_id]))
    return {account_id: tuple(each) for account_id, each in found.items()}
