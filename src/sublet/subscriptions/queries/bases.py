"""By which periods accounts are charged: what the vendor says of plans, and what was chosen for one account."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sublet.catalog.queries import offer
from sublet.core.bases import EITHER, BasisRule, BasisSince, bases_of, basis_at, deciding, rule_at
from sublet.core.offer import Offer
from sublet.core.periods import start_of_day
from sublet.core.proration import ANNIVERSARY
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.subscriptions.models import BasisChosen, BasisRuled, UsualBasis
from sublet.subscriptions.queries.held import Held

#: The vendor's right to read what it says of its plans.
SEES_OFFER: Final = "manifest:view"
#: And to say it: it is money of all who are on the plan.
SAYS: Final = "billing:manage"
#: Where the basis of an account comes from.
VENDOR_SAYS, CHOSEN, USUAL = "vendor", "chosen", "usual"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of the basis: of all plans by the vendor, of accounts by whoever sells to them. Nothing that was dropped."""

    rules: tuple[BasisRule, ...] = ()
    chosen: dict[int, tuple[BasisSince, ...]] | None = None
    usual: dict[int, datetime] = field(default_factory=dict)  # account → since when what it was born with

    def source(self, now: Held, moment: datetime) -> str:
        """Where that comes from which was said of the account and holds at that moment: ``chosen``, ``usual`` or nowhere."""
        said = sorted((self.chosen or {}).get(now.account_id, ()), key=lambda each: each.since)
        held = [each for each in said if each.since <= moment]
        if not held:
            return ""
        return USUAL if held[-1].since == self.usual.get(now.account_id) else CHOSEN

    def bases(self, now: Held, begins: Callable[[date], datetime]) -> tuple[BasisSince, ...]:
        """The bases of an account; `begins`: the first instant of a day where it was then."""
        mine = (self.chosen or {}).get(now.account_id, ())
        return bases_of(now.agreement.phases(), mine, self.rules, begins)


@dataclass(frozen=True, slots=True)
class BasisView:
    """By which basis an account is charged: `basis` now, `comes` (basis, instant) what was decided and is next.

    `by_vendor`: the vendor says so of the plan, and nobody else may say otherwise. `source`: where it comes from: ``vendor``,
    ``chosen`` for this account, ``usual``: what its reseller had said of new clients when it was opened; empty: nobody said any.
    """

    basis: str
    comes: BasisSince | None
    by_vendor: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class UsualView:
    """By which basis clients are charged that the reseller opens now; `since` and `by` where that was said. `may_change`: by the actor."""

    basis: str
    since: datetime | None
    by: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """What the vendor says of one plan: `basis` on the latest day that there is anywhere, and what comes, in order."""

    plan: str
    basis: str
    since: date | None
    comes: tuple[BasisRule, ...]


def said_of(account_ids: Iterable[int]) -> Said:
    """What was said of those accounts, within the scope in force. Two statements, however many there are."""
    chosen: dict[int, list[BasisSince]] = {}
    usual: dict[int, datetime] = {}
    rows = BasisChosen.objects.filter(account_id__in=sorted(set(account_ids)), dropped_at__isnull=True)
    for account_id, since, basis, born in rows.order_by("id").values_list(
        "account_id", "effective_at", "basis", "usual"
    ):
        if born:
            usual[account_id] = since
        chosen.setdefault(account_id, []).append(BasisSince(since, basis))
    return Said(rules(), {account_id: tuple(found) for account_id, found in chosen.items()}, usual)


def rules() -> tuple[BasisRule, ...]:
    """What the vendor says of its plans, in the order in which it was decided. One statement."""
    rows = BasisRuled.objects.filter(dropped_at__isnull=True).order_by("id")
    return tuple(BasisRule(*row) for row in rows.values_list("plan", "first_day", "basis"))


def bases_in(now: Held, zone: str, said: Said | None = None) -> tuple[BasisSince, ...]:
    """The bases of one account by the clock of `zone`; two statements where `said` is not given."""
    return (said_of([now.account_id]) if said is None else said).bases(now, lambda day: start_of_day(day, zone))


def basis_view(now: Held, zone: str, at: datetime, said: Said | None = None) -> BasisView:
    """By which basis the account is charged at `at`, and what comes; two statements where `said` is not given."""
    said = said_of([now.account_id]) if said is None else said
    found = bases_in(now, zone, said)
    comes = next((each for each in found if each.since > at), None)
    by_vendor = vendor_says(now, said.rules, zone, at) != EITHER
    return BasisView(basis_at(found, at), comes, by_vendor, VENDOR_SAYS if by_vendor else said.source(now, at))


def usual_basis_of(reseller_id: int) -> str:
    """What that reseller has said of new clients, or else the anniversary. One statement, within the scope in force."""
    rows = UsualBasis.objects.filter(account_id=reseller_id).order_by("-id")
    return rows.values_list("basis", flat=True).first() or ANNIVERSARY


def usual_basis(actor: Actor) -> UsualView:
    """By which basis the clients are charged that the actor's reseller opens (``subscription:view``). Raises NotFound, Forbidden."""
    if actor.account_kind != RESELLER:
        raise NotFound
    actor.require("subscription:view")
    row = UsualBasis.objects.filter(account_id=actor.account_id).order_by("-id").first()
    may = actor.may_for_all("subscription:manage")
    if row is None:
        return UsualView(ANNIVERSARY, None, "", may)
    return UsualView(row.basis, row.decided_at, row.decided_by, may)


def vendor_says(now: Held, said: Iterable[BasisRule], zone: str, moment: datetime) -> str:
    """What the vendor says at that moment of the plan that was taken last: a basis, or ``either``."""
    plan = deciding(now.agreement.phases(), moment)
    mine = [each for each in said if each.plan == plan and start_of_day(each.first_day, zone) <= moment]
    return rule_at(mine, plan, date.max)


def rule_of(actor: Actor, plan: str, *, at: datetime) -> RuleView:
    """What the vendor says of a plan, for itself (``manifest:view``, or who may say it). Raises NotFound, Forbidden.

    The plan that everybody has without one is not found: nobody takes it, and what is paid beside it has no periods of a plan.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    if not actor.may(SAYS):
        actor.require(SEES_OFFER)
    if not can_be_taken(offer(), plan):
        raise NotFound
    return rule_view(plan, rules(), at)


def can_be_taken(present: Offer, plan: str) -> bool:
    """Whether there is such a plan, and it is not the one that everybody has without one."""
    starting = present.starting_plan
    return plan in {item.plan.key for item in present.every_plan} and (starting is None or starting.key != plan)


def rule_view(plan: str, said: Iterable[BasisRule], at: datetime) -> RuleView:
    """The same from what was read already. A day that has begun somewhere counts as begun."""
    mine = sorted((each for each in said if each.plan == plan), key=lambda each: each.first_day)
    today = last_day_begun(at)
    begun = [each for each in mine if each.first_day <= today]
    return RuleView(
        plan,
        begun[-1].basis if begun else EITHER,
        begun[-1].first_day if begun else None,
        tuple(each for each in mine if each.first_day > today),
    )


def last_day_begun(at: datetime) -> date:
    """The day that it is where it is latest: no zone is further ahead."""
    return at.astimezone(ZoneInfo("Pacific/Kiritimati")).date()


__all__ = [
    "BasisView",
    "RuleView",
    "Said",
    "UsualView",
    "bases_in",
    "basis_view",
    "can_be_taken",
    "last_day_begun",
    "rule_of",
    "rule_view",
    "rules",
    "said_of",
    "usual_basis",
    "usual_basis_of",
    "vendor_says",
]
