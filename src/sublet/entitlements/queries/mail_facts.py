"""What mails about limits would say of an account now: for the preview of their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import SECTION_BELOW
from sublet.core.usage import units_of
from sublet.entitlements.queries.facts import places
from sublet.entitlements.queries.standing import MeterStanding, standings_of
from sublet.foundation.actor import Actor


def limit_facts(account: Account, reader: Actor, language: str, at: datetime) -> Mapping[str, str]:
    """What is counted, used and allowed, of the limit that the account is nearest to.

    Empty for whoever sees no use (of accounts below as one sees those, of its own ``usage:view``), or where nothing is limited.
    """
    own = account.id == reader.account_id
    section = "usage" if own else SECTION_BELOW.get(reader.account_kind, "clients")
    if not reader.may(f"{section}:view") or not (
        own or (account.parent_id == reader.account_id and reader.reaches(account.id))
    ):
        return {}
    found = standings_of(list(places([account.id]).values()), at=at)
    limited = [each for there in found.values() for each in there.meters.values() if _limit(each)]
    if not limited:
        return {}
    there = max(limited, key=lambda each: each.standing.used / _limit(each))
    decimals = there.meter.decimals
    return {
        "meter": there.meter.name.in_language(language),
        "unit": there.meter.unit.in_language(language),
        "used": str(units_of(there.standing.used, decimals)),
        "limit": str(units_of(_limit(there), decimals)),
        "percent": str(there.standing.used * 100 // _limit(there)),
    }


def _limit(there: MeterStanding) -> int:
    return there.standing.limit or 0
