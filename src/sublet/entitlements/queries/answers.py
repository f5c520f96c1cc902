"""What accounts may do, by themselves and in words for a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sublet.core.entitled import Entitlements
from sublet.core.entitlement import held_by
from sublet.entitlements.queries.facts import Known, known_of, place_of, places
from sublet.foundation.errors import NotFound


def entitlements_of(account_id: int, at: datetime) -> Entitlements:
    """What an account may do at `at`, as far as agreements go (not what it has used). For callers that hold the account.

    Raises NotFound.
    """
    return known_accounts([account_id], at=at)[account_id].resolve(at)


def held_of(reseller_id: int, at: datetime) -> Entitlements:
    """What a reseller holds itself, so that it can give it on. For callers that hold that account. Raises NotFound."""
    known = known_accounts([reseller_id], at=at)[reseller_id]
    return held_by(known.terms, known.facts, at=at)


def known_accounts(account_ids: Sequence[int], *, at: datetime) -> dict[int, Known]:
    """What is known of those accounts. Raises NotFound when one is missing."""
    found = places(account_ids)
    if len(found) != len(set(account_ids)):
        raise NotFound
    return known_of(list(found.values()), at=at)


def known_by_ref(ref: str, *, at: datetime) -> Known:
    """What is known of an account of the scope in force. Raises NotFound."""
    place = place_of(ref)
    if place is None:
        raise NotFound
    return known_of([place], at=at)[place.id]


def what_held(account_id: int, on: datetime) -> Entitlements:
    """What an account might do at that instant, by what was agreed and said then and the manifest in force now."""
    return entitlements_of(account_id, on)
