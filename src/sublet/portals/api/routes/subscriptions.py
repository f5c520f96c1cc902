"""The plan of an account over time: asked, taken, changed, paused, ended; its add-ons; its trial."""

from __future__ import annotations

from ninja import Query

from sublet.core.manifest import Plan
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn
from sublet.portals.api.schemas.subscriptions import (
    AT_ONCE,
    NO_END,
    AccountTrial,
    AddOnIn,
    AgreedPlan,
    BasisIn,
    EndIn,
    OwnPlan,
    PauseIn,
    PlanBasis,
    PlanBasisIn,
    PlanBasisRule,
    PlanChangeIn,
    PlannedChange,
    Subscription,
    SubscriptionAsked,
    SubscriptionBasis,
    SubscriptionOnDay,
    SubscriptionPhase,
    SubscriptionWarning,
    TakenAddOn,
    UsualBasis,
    UsualBasisIn,
)
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.unpriced import things_agreed
from sublet.pricing.queries import unpriced_things
from sublet.subscriptions import operations, queries
from sublet.subscriptions.queries import AddOnRow, BasisView, PhaseRow, SubscriptionView, TrialRow

routes = Routes("Subscriptions", "What an account has agreed to, from when to when: its plan, add-ons and trial.")
# Never the account itself, whoever has which right there: a plan is taken by whoever stands above (B21, D09).
ABOVE, THEMSELVES = (VENDOR, RESELLER), (CLIENT, DIRECT)
SEE = Needs("subscription:view", below="subscription:view", vendor="accounts:view")
DO = Needs("subscription:manage", below="subscription:manage", vendor="accounts:manage")
ONE = "/accounts/{account}/subscription"


def agreed_plan(plan: Plan | None) -> AgreedPlan | None:
    """A version of a plan as it is told."""
    return None if plan is None else AgreedPlan(key=plan.key, version=plan.version, name=name_of(plan.name))


def _phase(row: PhaseRow) -> SubscriptionPhase:
    return SubscriptionPhase(
        plan=agreed_plan(row.plan), paused=row.paused, starts_at=row.starts, ends_at=row.ends, by=row.by
    )


def _add_on(row: AddOnRow) -> TakenAddOn:
    return TakenAddOn(
        ref=row.ref,
        key=row.key,
        version=row.add_on.version if row.add_on is not None else 0,
        name=name_of(row.add_on.name) if row.add_on is not None else row.key,
        count=row.count,
        counts=row.counts,
        starts_at=row.starts,
        ends_at=row.ends,
        by=row.by,
    )


def _trial(row: TrialRow | None) -> AccountTrial | None:
    if row is None:
        return None
    return AccountTrial(
        plan=agreed_plan(row.plan),
        opens=agreed_plan(row.opens),
        starts_at=row.starts,
        ends_at=row.ends,
        running=row.running,
        days_left=row.days_left if row.running else 0,
        by=row.by,
    )


def _basis(view: BasisView) -> SubscriptionBasis:
    comes = view.comes
    return SubscriptionBasis(
        by=view.basis,  # type: ignore[arg-type]  # one of both
        by_vendor=view.by_vendor,
        source=view.source,  # type: ignore[arg-type]  # one of these
        next=None if comes is None else comes.basis,  # type: ignore[arg-type]  # as above
        next_at=None if comes is None else comes.since,
    )


def _shown(request: ApiRequest, account: str) -> Subscription:
    view = queries.subscription_of(request.actor, account, at=request.at)
    return Subscription(
        account=view.account.ref,
        timezone=view.account.timezone,
        plan=agreed_plan(view.plan),
        agreed=agreed_plan(view.agreed),
        taken=view.taken,
        paused=view.paused,
        since=view.since,
        period_ends_at=view.period_ends,
        basis=_basis(view.basis),
        advertising=view.advertising,
        trial=_trial(view.trial),
        trial_available=view.trial_offer is not None,
        waiting=[
            PlannedChange(
                ref=row.ref,
                kind=row.kind,  # type: ignore[arg-type]  # nothing else waits
                at=row.at,
                plan=agreed_plan(row.plan),
                decided_by=row.by,
            )
            for row in view.waiting
        ],
        add_ons=[_add_on(row) for row in view.add_ons],
        phases=[_phase(row) for row in view.phases],
        warnings=_warnings(request, view),
    )


def _warnings(request: ApiRequest, view: SubscriptionView) -> list[SubscriptionWarning]:
    """What of all that was agreed, or comes, costs nothing for want of a price."""
    found = unpriced_things(request.actor, view.account.id, list(things_agreed(view)), at=request.at)
    return [
        SubscriptionWarning(
            code="no-price",
            kind=kind,  # type: ignore[arg-type]  # one of both
            key=key,
            version=version,
            currency=missing.currency,
            whole=missing.whole,
            meters=list(missing.keys),
        )
        for (kind, key, version), missing in found.items()
    ]


@routes.get(ONE, needs=SEE, kinds=ABOVE, answer=(Subscription, SubscriptionOnDay))
def get_subscription(
    request: ApiRequest, account: str, asked: Query[SubscriptionAsked]
) -> Subscription | SubscriptionOnDay:
    """Show what was agreed for an account.

    With `on` the answer is what held on that day of the account's calendar. What held in the past is never changed by what is
    done later; of a day that comes it says what would hold by what is decided now.
    """
    if asked.on is None:
        return _shown(request, account)
    found = queries.what_held(request.actor, account, day=asked.on, at=request.at)
    return SubscriptionOnDay(
        account=account,
        on=found.day,
        phases=[_phase(row) for row in found.phases],
        trial=_trial(found.trial),
        add_ons=[_add_on(row) for row in found.add_ons],
    )


@routes.post(
    ONE + "/changes",
    needs=DO,
    kinds=ABOVE,
    answer=Subscription,
    refusals=[operations.CannotTakePlan, operations.CannotScheduleChange],
    example={"plan": "small", "when": "day", "day": "2026-06-01"},
)
def change_plan(request: ApiRequest, account: str, body: PlanChangeIn) -> Subscription:
    """Take a plan for an account, or decide that it will be taken.

    One change waits at a time: this one replaces another. The same again changes nothing. `warnings` says what of it would cost
    nothing, because it has no price in the currency of who is charged.
    """
    if body.when == "now":
        operations.take_plan(ref=account, plan=body.plan, reason=body.reason, actor=request.actor, at=request.at)
    else:
        operations.schedule_change(
            ref=account,
            plan=body.plan,
            when=body.when,
            day=body.day,
            reason=body.reason,
            actor=request.actor,
            at=request.at,
        )
    return _shown(request, account)


@routes.delete(ONE + "/changes/{planned}", needs=DO, kinds=ABOVE, answer=None, refusals=[operations.CannotCancelChange])
def cancel_plan_change(request: ApiRequest, account: str, planned: str) -> None:
    """Take back what was decided and does not hold yet."""
    operations.cancel_change(ref=account, change=planned, actor=request.actor, at=request.at)


@routes.post(ONE + "/pause", needs=DO, kinds=ABOVE, answer=Subscription, refusals=[operations.CannotPauseSubscription])
def pause_subscription(request: ApiRequest, account: str, body: PauseIn = NO_END) -> Subscription:
    """Let the plan rest from now on: the starting plan counts until it goes on, in the same version."""
    operations.pause(ref=account, until=body.until, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(
    ONE + "/resume", needs=DO, kinds=ABOVE, answer=Subscription, refusals=[operations.CannotResumeSubscription]
)
def resume_subscription(request: ApiRequest, account: str, body: OptionalReasonIn = NO_REASON) -> Subscription:
    """Let a plan that rests go on."""
    operations.resume(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(ONE + "/end", needs=DO, kinds=ABOVE, answer=Subscription, refusals=[operations.CannotEndSubscription])
def end_subscription(request: ApiRequest, account: str, body: EndIn = AT_ONCE) -> Subscription:
    """End the plan that was taken: the starting plan follows, and nothing is deleted."""
    operations.end_subscription(
        ref=account, when=body.when, day=body.day, reason=body.reason, actor=request.actor, at=request.at
    )
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/add-ons",
    needs=DO,
    kinds=ABOVE,
    answer=Subscription,
    refusals=[operations.CannotTakeAddOn],
    example={"add_on": "extra_agenda", "count": 2},
)
def take_add_on(request: ApiRequest, account: str, body: AddOnIn) -> Subscription:
    """Take an add-on beside the plan. With an Idempotency-Key, sending it twice takes it once.

    `warnings` says what of it costs nothing, because it has no price in the currency of who is charged.
    """
    operations.take_add_on(
        ref=account, add_on=body.add_on, count=body.count, reason=body.reason, actor=request.actor, at=request.at
    )
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/add-ons/{add_on}/end",
    needs=DO,
    kinds=ABOVE,
    answer=Subscription,
    refusals=[operations.CannotEndAddOn],
)
def end_add_on(request: ApiRequest, account: str, add_on: str, body: EndIn = AT_ONCE) -> Subscription:
    """Give an add-on up: at once, at the end of the plan's period, or when a day begins."""
    operations.end_add_on(
        ref=account,
        add_on=add_on,
        when=body.when,
        day=body.day,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account)


@routes.post(
    "/accounts/{account}/trial", needs=DO, kinds=ABOVE, answer=Subscription, refusals=[operations.CannotStartTrial]
)
def start_trial(request: ApiRequest, account: str, body: OptionalReasonIn = NO_REASON) -> Subscription:
    """Start the free trial of an account: once in its life."""
    operations.start_trial(ref=account, reason=body.reason, actor=request.actor, at=request.at)
    return _shown(request, account)


@routes.post(
    ONE + "/basis",
    needs=DO,
    kinds=ABOVE,
    answer=Subscription,
    refusals=[operations.CannotChooseBasis],
    example={"basis": "calendar", "when": "period"},
)
def choose_basis(request: ApiRequest, account: str, body: BasisIn) -> Subscription:
    """Have an account charged by the calendar, or from the day on which its plan was taken.

    Both books go by it. One choice waits at a time: this one replaces another, and what holds already takes it back. The vendor
    may have said it of the plan: then nobody else does.
    """
    operations.choose_basis(
        ref=account,
        basis=body.basis,
        when=body.when,
        day=body.day,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _shown(request, account)


USUAL = "/new-clients/basis"


def _usual(request: ApiRequest) -> UsualBasis:
    view = queries.usual_basis(request.actor)
    return UsualBasis(basis=view.basis, since=view.since)  # type: ignore[arg-type]  # one of both


@routes.get(USUAL, needs="subscription:view", kinds=(RESELLER,), answer=UsualBasis)
def get_usual_basis(request: ApiRequest) -> UsualBasis:
    """Show by which periods the clients are charged that you open."""
    return _usual(request)


@routes.put(
    USUAL,
    needs="subscription:manage",
    kinds=(RESELLER,),
    answer=UsualBasis,
    refusals=[operations.CannotSetUsualBasis],
    example={"basis": "calendar"},
)
def set_usual_basis(request: ApiRequest, body: UsualBasisIn) -> UsualBasis:
    """Say by which periods the clients are charged that you open from now on.

    Who is there already stays as it is, and so does who moves in. Where the vendor says it of a plan, that holds.
    """
    operations.set_usual_basis(basis=body.basis, reason=body.reason, actor=request.actor, at=request.at)
    return _usual(request)


RULE = "/plans/{plan}/basis"


def _rule(request: ApiRequest, plan: str) -> PlanBasis:
    view = queries.rule_of(request.actor, plan, at=request.at)
    return PlanBasis(
        plan=view.plan,
        basis=view.basis,  # type: ignore[arg-type]  # one of the three
        since=view.since,
        comes=[
            PlanBasisRule(basis=each.basis, first_day=each.first_day)  # type: ignore[arg-type]  # as above
            for each in view.comes
        ],
    )


@routes.get(RULE, needs=Needs("manifest:view", instead="billing:manage"), kinds=(VENDOR,), answer=PlanBasis)
def get_basis_of_plan(request: ApiRequest, plan: str) -> PlanBasis:
    """Show by which periods whoever is on a plan is charged, as you said it."""
    return _rule(request, plan)


@routes.put(
    RULE,
    needs="billing:manage",
    kinds=(VENDOR,),
    answer=PlanBasis,
    refusals=[operations.CannotRuleBasis],
    example={"basis": "calendar", "first_day": "2027-01-01"},
)
def rule_basis(request: ApiRequest, plan: str, body: PlanBasisIn) -> PlanBasis:
    """Say by which periods whoever is on a plan is charged, in both books, from a day on that has begun nowhere yet.

    What was said for that day or a later one gives way.
    """
    operations.rule_basis(
        plan=plan,
        basis=body.basis,
        first_day=body.first_day,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return _rule(request, plan)


def _own(request: ApiRequest) -> OwnPlan:
    view = queries.subscription_of(request.actor, request.actor.account_ref, at=request.at)
    trial, offered = view.trial, view.trial_offer
    opens = trial.opens if trial is not None else offered.opens if offered is not None else None
    return OwnPlan(
        account=view.account.ref,
        timezone=view.account.timezone,
        plan=view.plan.key if view.plan is not None else "",
        plan_name=name_of(view.plan.name) if view.plan is not None else "",
        plan_version=view.plan.version if view.plan is not None else 0,
        since=view.since,
        trial_available=offered is not None,
        trial_opens=name_of(opens.name) if opens is not None else "",
        trial_started_at=trial.starts if trial is not None else None,
        trial_ends_at=trial.ends if trial is not None else None,
        trial_running=trial is not None and trial.running,
        trial_days_left=trial.days_left if trial is not None and trial.running else 0,
    )


@routes.get("/account/plan", needs="settings:view", kinds=THEMSELVES, answer=OwnPlan)
def get_own_plan(request: ApiRequest) -> OwnPlan:
    """Show the plan and the trial of the key's own account."""
    return _own(request)


@routes.post(
    "/account/trial",
    needs="settings:manage",
    kinds=THEMSELVES,
    answer=OwnPlan,
    refusals=[operations.CannotStartTrial],
)
def start_own_trial(request: ApiRequest, body: OptionalReasonIn = NO_REASON) -> OwnPlan:
    """Start the free trial of the key's own account: once in its life."""
    operations.start_trial(ref=request.actor.account_ref, reason=body.reason, actor=request.actor, at=request.at)
    return _own(request)
