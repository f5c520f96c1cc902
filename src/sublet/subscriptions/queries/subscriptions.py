"""One account's subscription as its pages and the API tell it: what holds, what comes, what was, and what could be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.core.manifest import AddOn, Plan
from sublet.core.manifest import Trial as TrialTerms
from sublet.core.offer import Offer
from sublet.core.periods import start_of_day
from sublet.core.plandiff import Line, compare
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.core.subscription import Agreement, Phase
from sublet.core.trials import days_left
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.subscriptions.models import AddOnTaken
from sublet.subscriptions.queries.bases import BasisView, basis_view, said_of
from sublet.subscriptions.queries.held import Held, held_of, refuse_add_on
from sublet.subscriptions.queries.periods import period_end

SEES = "subscription:view"


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A stretch of time on one plan. `plan` is what was agreed, also while it rests (`paused`); None: the offer had none."""

    starts: datetime
    ends: datetime | None
    plan: Plan | None
    paused: bool
    kind: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What was decided and does not hold yet. `kind`: ``take``, ``end``, ``resume``; `plan` is the one that counts then."""

    ref: str
    kind: str
    at: datetime
    plan: Plan | None
    by: str


@dataclass(frozen=True, slots=True)
class AddOnRow:
    """An add-on that was taken. `counts`: it gives what it gives now; else it rests, is over, or was something done once."""

    ref: str
    key: str
    add_on: AddOn | None
    count: int
    starts: datetime
    ends: datetime | None
    counts: bool
    over: bool
    by: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The account's trial. `days_left` goes by its calendar."""

    plan: Plan | None
    opens: Plan | None
    starts: datetime
    ends: datetime
    running: bool
    days_left: int
    by: str


@dataclass(frozen=True, slots=True)
class TrialOffer:
    """The trial that the account could start now: what it opens, for how many days, and what that adds."""

    terms: TrialTerms
    opens: Plan | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """All of it at one moment. `plan` counts now (a trial aside); `agreed` is the plan taken, also while it rests.

    `plans` and `add_ons_to_take` are what this actor could give; both empty for whoever only looks.
    """

    account: AccountFacts
    at: datetime
    offer: Offer
    starting: Plan | None
    plan: Plan | None
    agreed: Plan | None
    taken: bool
    paused: bool
    since: datetime
    period_ends: datetime | None
    basis: BasisView
    advertising: bool
    waiting: Sequence[WaitingRow]
    phases: Sequence[PhaseRow]
    add_ons: Sequence[AddOnRow]
    trial: TrialRow | None
    trial_offer: TrialOffer | None
    may_change: bool
    plans: Sequence[Plan]
    add_ons_to_take: Sequence[AddOn]


@dataclass(frozen=True, slots=True)
class OnDay:
    """What held on a day of the account's calendar: each plan for a part of it, whether the trial ran, which add-ons counted."""

    day: date
    phases: Sequence[PhaseRow]
    trial: TrialRow | None
    add_ons: Sequence[AddOnRow]


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What taking a plan would change: the plans before and after, from when, line by line; which add-ons would rest; what was
    decided and would be dropped. `nothing`: the account is on it already. `agreement`: what would be agreed then."""

    before: Plan | None
    after: Plan | None
    effective: datetime
    lines: Sequence[Line]
    resting: Sequence[AddOnRow]
    dropped: Sequence[WaitingRow]
    nothing: bool
    agreement: Agreement


def facts_for(actor: Actor, ref: str) -> AccountFacts:
    """The account, if the actor may see its subscription: of its own (``settings:view``), of a client (``subscription:view``
    besides ``clients:view``), the vendor of any (``accounts:view``). Raises NotFound, Forbidden."""
    if ref == actor.account_ref:
        if actor.account_kind not in {CLIENT, DIRECT}:
            raise NotFound
        actor.require("settings:view")
        return account_queries.own_facts(actor)
    if actor.account_kind not in {VENDOR, RESELLER}:
        raise NotFound
    facts = account_queries.client_facts(actor, ref)
    if actor.account_kind == RESELLER:
        actor.require(SEES)
    if facts.kind not in {CLIENT, DIRECT}:
        raise NotFound
    return facts


def subscription_of(actor: Actor, ref: str, *, at: datetime) -> SubscriptionView:
    """What was agreed for an account, as it is at `at`. Raises NotFound, Forbidden."""
    facts = facts_for(actor, ref)
    return view_of(facts, held_for(actor, facts), actor, at)


def held_for(actor: Actor, facts: AccountFacts) -> Held:
    """What was agreed for an account, as the actor is told it: to its reseller, also in a visit, what held before it came, but not
    who of another reseller decided that, and why."""
    above = actor.account_kind == RESELLER or actor.impersonator is not None
    return replace(held_of(facts.id, facts.created_at), named_since=facts.placed_at if above else None)


def view_of(facts: AccountFacts, now: Held, actor: Actor, at: datetime) -> SubscriptionView:
    """The same from what was read already."""
    phase = now.agreement.phase_at(at)
    plan = now.plan_of(phase)
    gives = may_change_plan(actor, facts)
    said = said_of([now.account_id])
    trial = trial_row(now, at)
    return SubscriptionView(
        account=facts,
        at=at,
        offer=now.offer,
        starting=now.starting,
        plan=plan,
        agreed=now.agreed_plan(phase),
        taken=bool(phase.plan),
        paused=phase.paused,
        since=phase.starts,
        period_ends=period_end(now, facts.timezone, at, said),
        basis=basis_view(now, facts.timezone, at, said),
        advertising=shows_advertising(now, at),
        waiting=waiting_rows(now, at),
        phases=[_phase_row(now, each) for each in now.agreement.phases() if each.starts <= at],
        add_ons=[_add_on_row(now, row, at) for row in now.add_ons],
        trial=trial,
        trial_offer=trial_offer(now, at),
        may_change=gives,
        plans=_plans(now, actor) if gives else (),
        add_ons_to_take=_add_ons(now, actor, at) if gives else (),
    )


def may_change_plan(actor: Actor, facts: AccountFacts) -> bool:
    """Whether the actor could change the plan: it stands above, or visits as the reseller does."""
    if facts.ref == actor.account_ref:
        visitor = actor.impersonator
        return visitor is not None and visitor.mode == RESELLER and actor.may("subscription:manage")
    if actor.account_kind == VENDOR:
        return facts.parent_id == actor.account_id and actor.may("accounts:manage")
    return actor.may("subscription:manage")


def shows_advertising(now: Held, at: datetime) -> bool:
    """Whether the vendor's notice is shown at that moment: the trial's word while it runs, else the plan's."""
    if now.in_trial(at) and now.trial is not None:
        plan = now.offer.plan(now.trial.plan, now.trial.version)
        if plan is not None and plan.trial is not None:
            return plan.trial.advertising
    plan = now.plan_at(at)
    return plan is not None and plan.advertising


def waiting_rows(now: Held, at: datetime) -> list[WaitingRow]:
    """What was decided and comes, in order; what would change nothing any more is left out."""
    by = {row.ref: now.told(row.decided_by, row.decided_at) for row in now.changes}
    rows = []
    for turn in now.agreement.waiting(at):
        phase = now.agreement.phase_at(turn.at)
        if phase.turn == turn.ref:
            rows.append(WaitingRow(turn.ref, turn.kind, turn.at, now.plan_of(phase), by.get(turn.ref, "")))
    return rows


def trial_row(now: Held, at: datetime) -> TrialRow | None:
    """The account's trial; None: it had none."""
    trial = now.trial
    if trial is None:
        return None
    return TrialRow(
        plan=now.offer.plan(trial.plan, trial.version),
        opens=now.offer.plan(trial.opens, trial.opens_version) if trial.opens else None,
        starts=trial.started_at,
        ends=trial.ends_at,
        running=now.in_trial(at),
        days_left=days_left(trial.ends_at, at, trial.timezone),
        by=now.told(trial.started_by, trial.started_at),
    )


def trial_offer(now: Held, at: datetime) -> TrialOffer | None:
    """The trial that could be started now, once; None: it was had, or the plan offers none."""
    plan = now.plan_at(at)
    if now.trial is not None or plan is None or plan.trial is None:
        return None
    opens = now.offer.plan(plan.trial.plan) if plan.trial.plan else plan
    full = as_in_trial(opens, plan.trial)
    lines = compare(plan, full, now.offer.features.values(), [item.meter for item in now.offer.meters.values()])
    # A trial never narrows: what the plan gives more of, stays.
    return TrialOffer(plan.trial, opens, [line for line in lines if line.way != "lost"])


def as_in_trial(opens: Plan | None, terms: TrialTerms) -> Plan | None:
    """The plan as the trial opens it, with its own features on top and its own limits instead."""
    if opens is None:
        return None
    own = {limit.meter for limit in terms.limits}
    kept = tuple(limit for limit in opens.limits if limit.meter not in own)
    features = type(opens.features)({**opens.features, **terms.features})
    return replace(opens, features=features, limits=(*kept, *terms.limits), advertising=terms.advertising)


def _plans(now: Held, actor: Actor) -> list[Plan]:
    start = now.starting.key if now.starting else ""
    public = [plan for plan in now.offer.plans_on_sale if plan.public or actor.account_kind == VENDOR]
    return [plan for plan in public if plan.key != start]


def _add_ons(now: Held, actor: Actor, at: datetime) -> list[AddOn]:
    return [
        add_on
        for add_on in now.offer.add_ons_on_sale
        if (add_on.public or actor.account_kind == VENDOR) and not refuse_add_on(now, add_on, at)
    ]


def _phase_row(now: Held, phase: Phase) -> PhaseRow:
    row = next((each for each in now.changes if each.ref == phase.turn), None) if phase.turn else None
    return PhaseRow(
        starts=phase.starts,
        ends=phase.ends,
        plan=now.agreed_plan(phase),
        paused=phase.paused,
        kind=phase.kind,
        by=now.told(row.decided_by, row.decided_at) if row is not None else "",
        reason=now.told(row.reason, row.decided_at) if row is not None else "",
    )


def _add_on_row(now: Held, row: AddOnTaken, at: datetime) -> AddOnRow:
    counts = any(begins <= at and (ends is None or at < ends) for begins, ends in now.spans_of(row))
    return AddOnRow(
        ref=row.ref,
        key=row.key,
        add_on=now.add_on_of(row),
        count=row.count,
        starts=row.starts_at,
        ends=row.ends_at,
        counts=counts,
        over=row.ends_at is not None and row.ends_at <= at,
        by=now.told(row.taken_by, row.starts_at),
    )


def what_held(actor: Actor, ref: str, *, day: date, at: datetime) -> OnDay:
    """What held on a day where the account is; of a day that comes, what would by what is decided at `at`.

    Raises NotFound, Forbidden.
    """
    facts = facts_for(actor, ref)
    now = held_for(actor, facts)
    begins = start_of_day(day, facts.timezone)
    ends = start_of_day(day + timedelta(days=1), facts.timezone)
    phases = [
        _phase_row(now, phase)
        for phase in now.agreement.phases()
        if phase.starts < ends and (phase.ends is None or phase.ends > begins)
    ]
    trial = trial_row(now, at)
    ran = trial is not None and trial.starts < ends and trial.ends > begins
    counted = [
        _add_on_row(now, row, at)
        for row in now.add_ons
        if any(start < ends and (stop is None or stop > begins) for start, stop in now.spans_of(row))
    ]
    return OnDay(day=day, phases=phases, trial=trial if ran else None, add_ons=counted)
