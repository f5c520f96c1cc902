"""What a check of prices found, for whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from sublet.core.portfolio import Change, change_from_json
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import PriceCheck, PriceCheckLine

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One client (for the vendor: one reseller) before and after, in minor units of `currency`."""

    ref: str
    name: str
    currency: str
    retail_before: int
    retail_after: int
    wholesale_before: int
    wholesale_after: int
    loses: bool

    @property
    def margin_before(self) -> int:
        return self.retail_before - self.wholesale_before

    @property
    def margin_after(self) -> int:
        return self.retail_after - self.wholesale_after


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check. `done_at` None: a job is at it. Lines: those who lose most first, `more` are not shown."""

    ref: str
    change: Change
    reseller: str
    asked_at: datetime
    asked_by: str
    done_at: datetime | None
    job: str
    clients: int
    changing: int
    losing: int
    lost_before: int
    unknown: int
    lines: Sequence[CheckLine]
    more: bool


def _own(actor: Actor) -> None:
    """A check is of all accounts below: whoever reaches some of them would read sums that the others are in."""
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require_for_all("billing:view")


def checks_of(actor: Actor) -> list[CheckView]:
    """The checks of the actor's account, newest first, without their lines (``billing:view``). Raises NotFound, Forbidden."""
    _own(actor)
    rows = PriceCheck.objects.filter(account_id=actor.account_id).order_by("-asked_at", "-id")
    return [_view(row, (), more=False) for row in rows[:50]]


def check_of(actor: Actor, ref: str) -> CheckView:
    """One check with its lines (``billing:view``). Raises NotFound, Forbidden."""
    _own(actor)
    if not looks_like_ref(ref, "chk"):
        raise NotFound
    row = PriceCheck.objects.filter(account_id=actor.account_id, ref=ref).first()
    if row is None:
        raise NotFound
    lines = PriceCheckLine.objects.filter(account_id=actor.account_id, price_check_id=row.id).select_related("client")
    if actor.account_kind == RESELLER:
        lines = lines.filter(client__parent_id=actor.account_id)  # of one that has left it reads nothing newer
    margin = F("retail_after") - F("wholesale_after")
    found = list(lines.annotate(margin=margin).order_by("-loses", "margin", "client__sort_name")[: MOST_LINES + 1])
    told = [
        CheckLine(
            each.client.ref, each.client.name, each.currency, each.retail_before, each.retail_after,
            each.wholesale_before, each.wholesale_after, each.loses,
        )
        for each in found[:MOST_LINES]
    ]  # fmt: skip
    return _view(row, told, more=len(found) > MOST_LINES)


def _view(row: PriceCheck, lines: Sequence[CheckLine], *, more: bool) -> CheckView:
    found = row.found
    return CheckView(
        row.ref, change_from_json(row.asked), row.asked.get("reseller", ""), row.asked_at, row.asked_by, row.done_at,
        row.job, found.get("clients", 0), found.get("changing", 0), found.get("losing", 0), found.get("lost_before", 0),
        found.get("unknown", 0), lines, more,
    )  # fmt: skip
