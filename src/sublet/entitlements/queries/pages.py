"""All that a page about an account's use shows, in one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from sublet.accounts.queries import client_facts
from sublet.accounts.queries.tree import since_it_came
from sublet.core.entitled import METER
from sublet.core.entitled import Override as Word
from sublet.entitlements.models import Alert, Override, TopUp
from sublet.entitlements.queries.facts import Place, place_of
from sublet.entitlements.queries.forecasts import forecast_day
from sublet.entitlements.queries.next_steps import NextStep, next_steps
from sublet.entitlements.queries.standing import AccountStanding, standings_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

MOST_ALERTS = 20


@dataclass(frozen=True, slots=True)
class GivenOnce:
    """Units that were given once and still count."""

    ref: str
    meter: str
    units: int
    until: datetime | None
    given_by: str
    reason: str
    own: bool  # by the actor's account, which may take it back


@dataclass(frozen=True, slots=True)
class SaidAlert:
    """A threshold that was crossed."""

    meter: str
    threshold: int
    limit: int
    day: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UsePage:
    """Where an account stands, what is to come of it, and what was said."""

    account: AccountStanding
    forecasts: Mapping[str, date]
    steps: Mapping[str, Sequence[NextStep]]
    words: Mapping[str, Word]  # of the actor's own layer, by meter
    given: Sequence[GivenOnce]
    alerts: Sequence[SaidAlert]


def use_of(actor: Actor, ref: str, *, at: datetime) -> UsePage:
    """The page of an account's use: the actor's own (``usage:view``), or one below (``clients:view``).

    Raises NotFound, Forbidden.
    """
    own = ref == actor.account_ref
    placed_at = None
    if own:
        actor.require("usage:view")
    else:
        facts = client_facts(actor, ref)  # who may not see the client is told so there
        # Who gave something, and why, while the client was with another reseller is not for this one.
        placed_at = facts.placed_at if actor.account_kind == "reseller" else None
    place = place_of(ref)
    if place is None:
        raise NotFound
    account = standings_of([place], at=at)[place.id]
    layer = "client" if own else ("vendor" if actor.account_kind == "vendor" else "reseller")
    # unscoped: the account is in the scope
    given = TopUp.unscoped.filter(Q(until__isnull=True) | Q(until__gt=at), account_id=place.id)
    # unscoped: as above
    said = Override.unscoped.filter(account_id=place.id, layer=layer, kind=METER, since__lte=at)
    said = said.filter(Q(until__isnull=True) | Q(until__gt=at))
    # unscoped: as above
    alerts = Alert.unscoped.filter(since_it_came("at"), account_id=place.id).order_by("-at", "-threshold")[:MOST_ALERTS]
    return UsePage(
        account=account,
        forecasts={
            key: day for key, each in account.meters.items() if (day := forecast_day(account, each, at)) is not None
        },
        steps={key: next_steps(account, key) for key, each in account.meters.items() if each.standing.state != "open"},
        words={
            row.key: Word(
                row.layer, row.kind, row.key, row.value, row.policy or None, row.since, row.until, tuple(row.thresholds)
            )
            for row in said
            if layer != "reseller" or row.giver_id == actor.account_id
        },
        given=[
            GivenOnce(
                row.ref, row.meter, row.units, row.until,
                row.given_by if _tells(row, actor, place, placed_at) else "",
                row.reason if not own and _tells(row, actor, place, placed_at) else "",
                row.giver_id == actor.account_id,
            )
            for row in given.order_by("since")
        ],
        alerts=[SaidAlert(row.meter, row.threshold, row.limit, row.day, row.at) for row in alerts],
    )  # fmt: skip


def _tells(row: TopUp, actor: Actor, place: Place, placed_at: datetime | None) -> bool:
    """Whether who gave units, and why, is for the reader: nobody below the vendor is told who of the vendor gave something to
    a client, nor is a reseller what the one before did."""
    if actor.account_kind != "vendor" and row.giver_id not in {place.parent_id, place.id}:
        return False
    return placed_at is None or row.since >= placed_at
