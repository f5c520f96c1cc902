"""Who of an account's team used how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q, Sum

from sublet.catalog.queries import offer
from sublet.metering.models import FOREVER, UsageOfPerson, UsageReservation
from sublet.metering.queries.lines import Line
from sublet.people.models import Collaborator


def persons_named(names: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The user of each pair of an account and a name: the reference of a place in its team, or of the user, as sign-on names it.

    Also who has left the team: what somebody used is reported later. The accounts are the caller's to know. One statement;
    who is not found was never in that team.
    """
    wanted = set(names)
    called = {name for _, name in wanted}
    # unscoped: places in the teams of accounts that the caller holds
    rows = Collaborator.unscoped.filter(
        Q(ref__in=called) | Q(user__ref__in=called), account_id__in={account_id for account_id, _ in wanted}
    )
    found: dict[tuple[int, str], int] = {}
    for account_id, ref, user_ref, user_id in rows.values_list("account_id", "ref", "user__ref", "user_id"):
        for name in (ref, user_ref):
            if (account_id, name) in wanted:
                found[account_id, name] = user_id
    return found


def used_by_people(account_id: int, meter: str, at: datetime, *, line: Line) -> Mapping[int, tuple[int, int]]:
    """User → what it has used and what is held back for it of a meter in the period of `at`, in steps. Two statements.

    The account is the caller's to know. Raises KeyError for a meter that is not in the manifest.
    """
    item = offer().meters[meter]
    start = line.period(item.meter.period, at).start or FOREVER
    rows = UsageOfPerson.objects.filter(account_id=account_id, meter=item.id, start=start)
    found = {person: (quantity, 0) for person, quantity in rows.values_list("person", "quantity")}
    held = UsageReservation.objects.filter(
        account_id=account_id, meter=item.id, start=start, state=UsageReservation.State.OPEN, ends_at__gt=at,
        person__isnull=False,
    )  # fmt: skip
    for person, quantity in held.values_list("person").annotate(held=Sum("quantity")):
        found[person] = (found.get(person, (0, 0))[0], quantity)
    return found
