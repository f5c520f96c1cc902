"""An account's agreement, read from its rows, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.manifest import AddOn, Plan
from sublet.core.manifest.model import Limit
from sublet.core.offer import Offer
from sublet.core.subscription import Agreement, Beside, Phase, Turn, counting
from sublet.subscriptions.models import AddOnTaken, PlanChange, Trial


@dataclass(frozen=True, slots=True)
class Held:
    """All that was agreed for one account, and the offer that it is read by."""

    account_id: int
    birth: datetime
    agreement: Agreement
    changes: tuple[PlanChange, ...]  # those that were dropped as well, in the order of their decision
    add_ons: tuple[AddOnTaken, ...]
    trial: Trial | None
    offer: Offer
    named_since: datetime | None = None  # who decided what earlier, and why, is not for whoever reads this

    @property
    def starting(self) -> Plan | None:
        """The plan of the account's birth."""
        return self.offer.starting_plan_at(self.birth)

    def plan_of(self, phase: Phase) -> Plan | None:
        """The plan that counts in a phase; None where the offer has none."""
        key, version = phase.held
        return self.offer.plan(key, version) if key else self.starting

    def agreed_plan(self, phase: Phase) -> Plan | None:
        """The plan that was taken, also while it rests."""
        return self.offer.plan(phase.plan, phase.version) if phase.plan else self.starting

    def plan_at(self, moment: datetime) -> Plan | None:
        """The plan that counts at a moment; a trial is not a plan."""
        return self.plan_of(self.agreement.phase_at(moment))

    def add_on_of(self, row: AddOnTaken) -> AddOn | None:
        """What was taken."""
        return self.offer.add_on(row.key, row.version)

    def spans_of(self, row: AddOnTaken) -> tuple[tuple[datetime, datetime | None], ...]:
        """When an add-on counts: it rests beside a plan that it does not fit."""
        add_on = self.add_on_of(row)
        beside = Beside(row.starts_at, row.ends_at, add_on.plans if add_on is not None else ())
        return counting(beside, self.agreement.phases(), self.starting.key if self.starting else "")

    def included_at(self, limit: Limit, moment: datetime) -> int | None:
        """How much of its meter a plan gives by that limit, with what the add-ons add that count at that moment; None: no limit."""
        amount = limit.amount
        for row in self.add_ons:
            add_on = self.add_on_of(row)
            counts = any(starts <= moment and (ends is None or moment < ends) for starts, ends in self.spans_of(row))
            for add in add_on.adds if add_on is not None and counts else ():
                if add.meter == limit.meter and amount is not None:
                    amount = None if add.amount is None else amount + add.amount * row.count
        return amount

    def told(self, text: str, decided_at: datetime) -> str:
        """Who decided something, or why; empty where that is of a time that the reader is told less of."""
        return text if self.named_since is None or decided_at >= self.named_since else ""

    def in_trial(self, moment: datetime) -> bool:
        """Whether the trial runs at a moment."""
        return self.trial is not None and self.trial.started_at <= moment < self.trial.ends_at


def held(account: Account) -> Held:
    """What was agreed for that account, within the scope in force. Three statements."""
    return held_of(account.id, account.created_at)


def held_of(account_id: int, birth: datetime) -> Held:
    """The same by its number."""
    changes = tuple(PlanChange.objects.filter(account_id=account_id).order_by("id"))
    return Held(
        account_id=account_id,
        birth=birth,
        agreement=agreement_of(birth, changes),
        changes=changes,
        add_ons=tuple(AddOnTaken.objects.filter(account_id=account_id).order_by("starts_at", "id")),
        trial=Trial.objects.filter(account_id=account_id).first(),
        offer=offer(),
    )


def held_many(accounts: Sequence[Account]) -> list[Held]:
    """The same for many accounts, in the order given. Three statements, however many there are."""
    ids = [account.id for account in accounts]
    changes: dict[int, list[PlanChange]] = {}
    for change in PlanChange.objects.filter(account_id__in=ids).order_by("id"):
        changes.setdefault(change.account_id, []).append(change)
    add_ons: dict[int, list[AddOnTaken]] = {}
    for row in AddOnTaken.objects.filter(account_id__in=ids).order_by("starts_at", "id"):
        add_ons.setdefault(row.account_id, []).append(row)
    trials = {trial.account_id: trial for trial in Trial.objects.filter(account_id__in=ids)}
    present = offer()
    return [
        Held(
            account_id=each.id,
            birth=each.created_at,
            agreement=agreement_of(each.created_at, changes.get(each.id, ())),
            changes=tuple(changes.get(each.id, ())),
            add_ons=tuple(add_ons.get(each.id, ())),
            trial=trials.get(each.id),
            offer=present,
        )
        for each in accounts
    ]


def agreement_of(birth: datetime, changes: Iterable[PlanChange]) -> Agreement:
    """The turns among the decisions: those that were not dropped."""
    return Agreement.of(
        birth,
        [Turn(row.effective_at, row.kind, row.plan, row.version, row.ref) for row in changes if row.dropped_at is None],
    )


def running(rows: Sequence[AddOnTaken], at: datetime) -> list[AddOnTaken]:
    """The add-ons that nobody has ended by then."""
    return [row for row in rows if row.starts_at <= at and (row.ends_at is None or row.ends_at > at)]


def refuse_add_on(now: Held, add_on: AddOn, at: datetime) -> str:
    """The code of why the account cannot take it at that moment; empty: it can."""
    plan = now.plan_at(at)
    if add_on.plans and (plan is None or plan.key not in add_on.plans):
        return "plan-does-not-fit"
    if not add_on.repeatable and any(row.key == add_on.key for row in running(now.add_ons, at)):
        return "had"
    return ""
