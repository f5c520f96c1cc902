"""What ends with an account's place in the tree: told by the apps above at start, done in the transaction of the change.

The one revocation for everything that whoever stood above has in an account: its access and requests, visits, sign-ons, keys,
webhooks, names below its domains, mail that waits, work of many at once. Whoever moves an account, merges a reseller away or
ends an account for good calls `accounts_leave` once, *before* the account stands elsewhere; each app ends what is its own.
What was kept about an account is used up with it, too: tags, notes, who looks after it (`moving.leave`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class Leaving:
    """Accounts that leave the account above them. `ends`: they go nowhere else; they are over for good.

    `within`: they stay with people who have agreed to it as one (a merge), so that what only *tells* of the reseller may
    go with them; what *works* for it ends all the same. `joins_id`: the account that then stands above them, of a merge.
    `successor_id`: of a reseller that goes in a merge (`ends`) the one that stays, and comes after it.
    """

    account_ids: Sequence[int]
    former_id: int
    ends: bool = False
    within: bool = False
    joins_id: int | None = None
    successor_id: int | None = None


#: Given who leaves whom, in whose name, and the instant.
AtLeaving = Callable[[Leaving, Actor, datetime], None]

_at_leaving: list[AtLeaving] = []


def register_at_leaving(do: AtLeaving) -> None:
    """Told once by an app above accounts, which cannot be imported here."""
    if do not in _at_leaving:
        _at_leaving.append(do)


def accounts_leave(leaving: Leaving, *, actor: Actor, at: datetime) -> None:
    """End what whoever stands above them has in these accounts, in the caller's transaction, with the accounts locked.

    In a platform scope: what ends lies on both sides of the line. No entry in the journal but of what somebody would look
    for there (visits, places, hosts): that the account left says the rest.
    """
    if not leaving.account_ids:
        return
    for do in _at_leaving:
        do(leaving, actor, at)
