"""The change stream: that an account's answer changed is written in the transaction that changes it.

A reader asks for what came after the last number that it has seen. One row an account is enough: what changed twice is read
once, as it is now. On PostgreSQL a trigger gives the number at the commit, otherwise a transaction that took its number
earlier and ends later would be overlooked; SQLite writes one transaction at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from sublet.accounts.models import Account
from sublet.core.rights import RESELLER
from sublet.entitlements.models import EntitlementClock, EntitlementDue
from sublet.entitlements.queries.facts import known_of, places
from sublet.foundation.unscoped import past_scope

#: So many rows in one statement.
_MOST = 400


def announce(account_ids: Iterable[int]) -> None:
    """Put those accounts into the stream, in the caller's transaction."""
    ids = sorted(set(account_ids))
    if not ids:
        return
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change of entitlements was announced outside a transaction")
    for start in range(0, len(ids), _MOST):
        some = ids[start : start + _MOST]
        # past the scope: who changes an answer has the account from its scope
        with past_scope("who changes an answer has the account from its scope"), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                marks = ", ".join(["(%s, NULL)"] * len(some))
                values: list[int] = some
            else:
                last = _tick(len(some))
                marks = ", ".join(["(%s, %s)"] * len(some))
                values = [each for place, one in enumerate(some) for each in (one, last - len(some) + 1 + place)]
            cursor.execute(
                f"INSERT INTO entitlement_change (account_id, sequence) VALUES {marks}"  # noqa: S608  placeholders alone
                " ON CONFLICT (account_id) DO UPDATE SET sequence = excluded.sequence",
                values,
            )


def announce_with_below(account_ids: Iterable[int]) -> None:
    """The same, with the clients of those that are resellers: what a reseller holds reaches each of them."""
    ids = set(account_ids)
    # unscoped: as in `announce`
    below = Account.unscoped.filter(parent_id__in=ids, parent__kind=RESELLER)
    announce(ids.union(below.values_list("id", flat=True)))


def announce_everybody() -> None:
    """Say that everybody's answer may have changed (another manifest is in force), in the caller's transaction and one
    row whatever the number of accounts."""
    last = _tick(1)
    EntitlementClock.objects.filter(id=1).update(everybody=last)


def _tick(count: int) -> int:
    with connection.cursor() as cursor:  # past the scope: the installation's one row
        cursor.execute(
            "INSERT INTO entitlement_clock (id, sequence, everybody) VALUES (1, %s, 0)"
            " ON CONFLICT (id) DO UPDATE SET sequence = entitlement_clock.sequence + excluded.sequence RETURNING sequence",
            [count],
        )
        return int(cursor.fetchone()[0])


def remember_due(account_ids: Iterable[int], *, at: datetime) -> None:
    """Note when the answers of those accounts change by themselves next, in the caller's transaction.

    What was noted before and comes sooner stays: it may be the end of a grace, and costs one look when it is not.
    """
    for account_id, known in known_of(list(places(account_ids).values()), at=at).items():
        until = known.resolve(at).until
        if until is not None:
            note_due(account_id, until)


def note_due(account_id: int, due_at: datetime) -> None:
    """Note that an account's answer changes by itself then, unless something comes sooner."""
    # unscoped: as in `announce`
    rows = EntitlementDue.unscoped.filter(account_id=account_id)
    if not rows.filter(due_at__lte=due_at).exists():
        # unscoped: as in `announce`
        EntitlementDue.unscoped.update_or_create(account_id=account_id, defaults={"due_at": due_at})
