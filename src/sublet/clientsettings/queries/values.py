"""How clients are set up, for many in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Q

from sublet.clientsettings.models import AgreedTerm
from sublet.core.clientsettings import (
    ENABLED,
    FEATURE,
    FOLLOW,
    LIMIT,
    MANAGED_BY,
    PRICE,
    Field,
    RetailPrice,
    Value,
    beginning,
    fields_of,
    from_json,
)
from sublet.core.entitled import FEATURE as FEATURE_KIND
from sublet.core.entitled import METER, RESELLER, Override, ServiceWord, Terms
from sublet.entitlements.queries import Known, known_accounts


@dataclass(frozen=True, slots=True)
class Setup:
    """How one client is set up. `coming`: what is agreed for later, field by field. `said`: the reseller's words in force."""

    known: Known
    fields: Mapping[str, Field]
    values: Mapping[str, Value]
    coming: Sequence[tuple[str, datetime, Value]] = ()
    said: Mapping[tuple[str, str], Override] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        return self.known.terms

    def as_of(self, since: datetime | None) -> Setup:
        """The same with what is kept for billing as it will be at `since`, by what is agreed now; None: as it is."""
        if since is None:
            return self
        values = dict(self.values)
        for key, begins, value in self.coming:
            if begins <= since and key in self.fields:
                values[key] = value
        return replace(self, values=values, coming=tuple(line for line in self.coming if line[1] > since))


def setups(account_ids: Iterable[int], *, giver_id: int, at: datetime) -> dict[int, Setup]:
    """How those clients of one reseller are set up at `at`.

    For callers that hold the accounts by a scope. Raises NotFound when one is missing.
    """
    ids = list(account_ids)
    known = known_accounts(ids, at=at)
    agreed = _agreed(ids, giver_id, at)
    found = {}
    for account_id in ids:
        there = known[account_id]
        fields = fields_of(there.terms)
        said = _said(there, at)
        services = {word.key: word for word in there.facts.services if _holds(word.since, word.until, at)}
        values = beginning(fields, there.terms)
        values |= {key: _value(each, there.terms, said, services) for key, each in fields.items() if not each.is_agreed}
        now, coming = agreed.get(account_id, ({}, ()))
        values |= {key: value for key, value in now.items() if key in fields}
        found[account_id] = Setup(there, fields, values, coming, said)
    return found


def _holds(since: datetime | None, until: datetime | None, at: datetime) -> bool:
    return (since is None or since <= at) and (until is None or at < until)


def _said(known: Known, at: datetime) -> dict[tuple[str, str], Override]:
    words = (word for word in known.facts.overrides if word.layer == RESELLER and _holds(word.since, word.until, at))
    return {(word.kind, word.key): word for word in words}


def _value(
    each: Field, terms: Terms, said: Mapping[tuple[str, str], Override], services: Mapping[str, ServiceWord]
) -> Value:
    if each.part in (LIMIT, FEATURE):
        word = said.get((METER if each.part == LIMIT else FEATURE_KIND, each.thing))
        return FOLLOW if word is None else word.value
    declared, setting = terms.services[each.thing], services.get(each.thing)
    if each.part == ENABLED:
        return declared.enabled if setting is None or setting.enabled is None else setting.enabled
    if each.part == MANAGED_BY:
        chosen = setting.managed_by if setting is not None else None
        return chosen if chosen in declared.managed_by else declared.default_managed_by
    return setting.allowance if setting is not None and setting.sets_allowance else FOLLOW


Agreed = tuple[dict[str, Value], tuple[tuple[str, datetime, Value], ...]]


def _agreed(ids: Sequence[int], giver_id: int, at: datetime) -> dict[int, Agreed]:
    """What is kept for billing of each client: what holds at `at`, and what comes."""
    found: dict[int, tuple[dict[str, Value], list[tuple[str, datetime, Value]]]] = {}
    # unscoped: clients of the caller's scope, and rows of the account that the caller acts for
    rows = AgreedTerm.unscoped.filter(account_id=giver_id, client_id__in=ids, dropped_at__isnull=True)
    for row in rows.order_by("since", "id"):
        now, coming = found.setdefault(row.client_id, ({}, []))
        if row.since <= at:
            now[row.field] = from_json(row.value)
        else:
            coming.append((row.field, row.since, from_json(row.value)))
    return {client_id: (now, tuple(coming)) for client_id, (now, coming) in found.items()}


def prices_over_time(
    givers: Mapping[int, int], *, at: datetime
) -> dict[int, list[tuple[datetime, RetailPrice | None]]]:
    """The retail price that was agreed for each client, from when on, as it was known at `at`. `givers`: client → reseller.

    For callers that hold the accounts by a scope. One statement.
    """
    # unscoped: clients of the caller's scope, and rows of the account above each
    rows = AgreedTerm.unscoped.filter(field=PRICE, client_id__in=list(givers), decided_at__lte=at)
    rows = rows.filter(Q(dropped_at__isnull=True) | Q(dropped_at__gt=at)).order_by("since", "id")
    found: dict[int, list[tuple[datetime, RetailPrice | None]]] = {}
    for row in rows:
        if givers[row.client_id] == row.account_id:
            value = from_json(row.value)
            found.setdefault(row.client_id, []).append((row.since, value if isinstance(value, RetailPrice) else None))
    return found
