"""What was said of the limits of accounts and given once on top, over all time: for what is charged beyond them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from sublet.accounts.models import Account
from sublet.core.entitled import METER, RESELLER, VENDOR
from sublet.core.included import Granted, Once, Said
from sublet.core.rights import VENDOR as VENDOR_KIND
from sublet.entitlements.models import Override, TopUp


def granted_of(account_ids: Iterable[int], meters: Iterable[str]) -> dict[tuple[int, str], Granted]:
    """(account, meter) → that, where there is any. Two statements, three where a reseller has said something; none without meters.

    For callers that hold the accounts by a scope.
    """
    ids, keys = sorted(set(account_ids)), sorted(set(meters))
    if not ids or not keys:
        return {}
    # unscoped: the caller holds them; what others said of them stands in rows of these accounts
    words = Override.unscoped.filter(account_id__in=ids, kind=METER, key__in=keys, layer__in=(VENDOR, RESELLER))
    said: dict[tuple[int, str], list[Said]] = defaultdict(list)
    for row in words.order_by("since", "id"):
        said[row.account_id, row.key].append(_said(row))
    givers = {word.giver for found in said.values() for word in found if word.layer == RESELLER}
    held: dict[tuple[int, str], list[Said]] = defaultdict(list)
    if givers:
        # unscoped: as above; what a reseller holds is the vendor's word of it
        of_givers = Override.unscoped.filter(account_id__in=sorted(givers), kind=METER, key__in=keys, layer=VENDOR)
        for row in of_givers.order_by("since", "id"):
            held[row.account_id, row.key].append(_said(row))
    once: dict[tuple[int, str], list[Once]] = defaultdict(list)
    # unscoped: as above
    vendor = Account.unscoped.filter(kind=VENDOR_KIND, id=OuterRef("giver_id"))
    given = TopUp.unscoped.filter(account_id__in=ids, meter__in=keys).annotate(by_vendor=Exists(vendor))
    for account_id, meter, *told in given.order_by("id").values_list(
        "account_id", "meter", "units", "by_vendor", "since", "until"
    ):
        once[account_id, meter].append(Once(*told))
    return {
        place: Granted(
            tuple(said.get(place, ())),
            tuple(
                (giver, word)
                for giver in sorted({one.giver for one in said.get(place, ()) if one.layer == RESELLER})
                for word in held.get((giver, place[1]), ())
            ),
            tuple(once.get(place, ())),
        )
        for place in {*said, *once}
    }


def _said(row: Override) -> Said:
    return Said(row.layer, row.giver_id, None if row.value is None else int(row.value), row.since, row.until)


__all__ = ["granted_of"]
