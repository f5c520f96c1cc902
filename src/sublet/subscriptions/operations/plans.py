"""The plan over time: taken, changed at once or later, paused, resumed, ended, and what was decided taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.manifest import Plan
from sublet.core.offer import Offer
from sublet.core.periods import start_of_day
from sublet.core.rights import VENDOR
from sublet.core.subscription import END, TAKE, Agreement, Decision, Unlawful
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.subscriptions.events import (
    AboutSubscription,
    PlanChangeCanceled,
    PlanChangeScheduled,
    PlanTaken,
    SubscriptionEnded,
    SubscriptionEndScheduled,
    SubscriptionPaused,
    SubscriptionResumed,
)
from sublet.subscriptions.models import PlanChange, new_change_ref
from sublet.subscriptions.operations.places import subscriber
from sublet.subscriptions.operations.written import told, written
from sublet.subscriptions.queries.held import Held, held
from sublet.subscriptions.queries.periods import period_end

NOW, PERIOD, DAY = "now", "period", "day"
WHENS = (NOW, PERIOD, DAY)

_COMMON = {
    "closed": _("This account is closed. Take the closing back first."),
    "past": _("This moment is over. Choose one that lies ahead."),
    "too-far": _("This is more than two years ahead."),
}
_PLANS = {
    **_COMMON,
    "unknown-plan": _("There is no such plan on sale."),
    "starting-plan": _("This is the plan that everybody has without one. End the plan that was taken instead."),
    "day-missing": _("Choose a day."),
    "no-period": _("Without a plan there is no period whose end could be waited for."),
}


class CannotTakePlan(Refusal):
    """Why a plan is not taken at once."""

    SENTENCES: ClassVar = _PLANS


class CannotScheduleChange(Refusal):
    """Why a change of plan is not decided for later."""

    SENTENCES: ClassVar = _PLANS


class CannotCancelChange(Refusal):
    """Why what was decided stays decided."""

    SENTENCES: ClassVar = {"closed": _COMMON["closed"], "holds-already": _("This holds already.")}


class CannotPauseSubscription(Refusal):
    """Why a plan does not rest."""

    SENTENCES: ClassVar = {
        **_COMMON,
        "no-plan": _("No plan was taken, so nothing can rest."),
        "paused": _("The plan rests already. Resume it first, or take the planned resumption back."),
    }


class CannotResumeSubscription(Refusal):
    """Why a plan that rests does not go on."""

    SENTENCES: ClassVar = {"closed": _COMMON["closed"], "no-plan": _("No plan was taken, so nothing can go on.")}


class CannotEndSubscription(Refusal):
    """Why a plan does not end."""

    SENTENCES: ClassVar = {
        **_COMMON,
        "day-missing": _PLANS["day-missing"],
        "no-period": _PLANS["no-period"],
    }


def plan_on_sale(present: Offer, key: str, actor: Actor, refusal: type[Refusal]) -> Plan:
    """The version of a plan that is sold, if the actor may give it: those that are not public, the vendor alone."""
    plan = present.plan(key)
    if plan is None or (not plan.public and actor.account_kind != VENDOR):
        raise refusal("unknown-plan", field="plan")
    return plan


def plan_to_take(now: Held, key: str, actor: Actor, refusal: type[Refusal]) -> Plan:
    """The same for an account: not the one with which it begins by itself."""
    plan = plan_on_sale(now.offer, key, actor, refusal)
    if now.starting is not None and key == now.starting.key:
        raise refusal("starting-plan", field="plan")
    return plan


def moment_of(
    when: str,
    day: date | None,
    *,
    account: Account,
    now: Held,
    at: datetime,
    refusal: type[Refusal],
    add_on: str = "",
) -> datetime:
    """The instant that is meant: at once, when the period ends that is paid for (of that add-on, where it is named), or when that day
    begins where the account is."""
    if when == NOW:
        return at
    if when == PERIOD:
        ends = period_end(now, account.timezone, at, add_on=add_on)
        if ends is None:
            raise refusal("no-period", field="when")
        return ends
    if day is None:
        raise refusal("day-missing", field="day")
    begins = start_of_day(day, account.timezone)
    if begins <= at:
        raise refusal("past", field="day")
    return begins


def take_plan(*, ref: str, plan: str, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Put an account on a plan at once, in the version that is sold now; what was decided for later no longer waits.

    By whoever stands above the account (`places.subscriber`), never by the client. False: it is on it already. Raises
    NotFound, Forbidden, CannotTakePlan.
    """
    with transaction.atomic():
        account = subscriber(ref, actor, CannotTakePlan)
        return take(account, plan=plan, actor=actor, at=at, reason=reason)


def take(account: Account, *, plan: str, actor: Actor, at: datetime, reason: str = "") -> bool:
    """The same for an account that is locked already, inside a transaction."""
    now = held(account)
    found = plan_to_take(now, plan, actor, CannotTakePlan)
    ref = new_change_ref()
    decision = _lawful(
        lambda agreement: agreement.take(found.key, found.version, effective=at, at=at, ref=ref), now, CannotTakePlan
    )
    if decision.is_empty:
        return False
    before = now.plan_at(at)
    event = PlanTaken(**told(account, found), before=before.key if before else "", dropped=_dropped(decision))
    _decide(account, decision, event, actor=actor, at=at, reason=reason)
    return True


def schedule_change(
    *, ref: str, plan: str, when: str, day: date | None = None, actor: Actor, at: datetime, reason: str = ""
) -> str:
    """Decide that an account will be on a plan from the end of its period (`when` ``period``) or from a `day` on.

    One change waits at a time: this one replaces another. The answer is its reference; empty where nothing is to be decided,
    because it is so already. Raises NotFound, Forbidden, CannotScheduleChange; ValueError for another `when`.
    """
    if when not in {PERIOD, DAY}:
        raise ValueError(when)
    with transaction.atomic():
        account = subscriber(ref, actor, CannotScheduleChange)
        now = held(account)
        found = plan_to_take(now, plan, actor, CannotScheduleChange)
        effective = moment_of(when, day, account=account, now=now, at=at, refusal=CannotScheduleChange)
        change = new_change_ref()
        decision = _lawful(
            lambda agreement: agreement.take(found.key, found.version, effective=effective, at=at, ref=change),
            now,
            CannotScheduleChange,
        )
        if decision.is_empty:
            return _waiting_ref(now, at, TAKE)
        if not decision.add:
            # The plan that it is on anyway: what was decided for later is taken back, and that is all.
            _cancel(account, now, decision, actor=actor, at=at, reason=reason)
            return ""
        event = PlanChangeScheduled(
            **told(account, found), change=change, from_at=effective.isoformat(), dropped=_dropped(decision)
        )
        _decide(account, decision, event, actor=actor, at=at, reason=reason)
        return change


def cancel_change(*, ref: str, change: str, actor: Actor, at: datetime, reason: str = "") -> None:
    """Take back what was decided and does not hold yet: a change of plan, an end, a resumption. A second time does nothing.

    Raises NotFound, Forbidden, CannotCancelChange.
    """
    with transaction.atomic():
        account = subscriber(ref, actor, CannotCancelChange)
        now = held(account)
        row = next((row for row in now.changes if row.ref == change), None) if looks_like_ref(change, "chg") else None
        if row is None:
            raise NotFound
        if row.dropped_at is not None:
            return
        decision = _lawful(lambda agreement: agreement.cancel(change, at=at), now, CannotCancelChange)
        _cancel(account, now, decision, actor=actor, at=at, reason=reason)


def _cancel(account: Account, now: Held, decision: Decision, *, actor: Actor, at: datetime, reason: str) -> None:
    stays = now.agreed_plan(now.agreement.phase_at(at))
    event = PlanChangeCanceled(**told(account, stays), change=_dropped(decision))
    _decide(account, decision, event, actor=actor, at=at, reason=reason)


def pause(*, ref: str, until: date | None = None, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Let the plan rest from now on, until that day begins where the account is, or until somebody resumes it.

    Meanwhile the plan of the birth counts; nothing is lost, and the plan keeps its version. False: it rests already. Raises
    NotFound, Forbidden, CannotPauseSubscription.
    """
    with transaction.atomic():
        account = subscriber(ref, actor, CannotPauseSubscription)
        now = held(account)
        back = start_of_day(until, account.timezone) if until is not None else None
        resume_ref = new_change_ref()
        decision = _lawful(
            lambda agreement: agreement.pause(until=back, at=at, ref=new_change_ref(), resume_ref=resume_ref),
            now,
            CannotPauseSubscription,
            field="until",
        )
        if decision.is_empty:
            return False
        plan = now.agreed_plan(now.agreement.phase_at(at))
        event = SubscriptionPaused(**told(account, plan), until=back.isoformat() if back else "")
        _decide(account, decision, event, actor=actor, at=at, reason=reason)
        return True


def resume(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Let a plan that rests go on now, in the version that was agreed. False: it does not rest.

    Raises NotFound, Forbidden, CannotResumeSubscription.
    """
    with transaction.atomic():
        return resume_locked(subscriber(ref, actor, CannotResumeSubscription), actor=actor, at=at, reason=reason)


def resume_locked(account: Account, *, actor: Actor, at: datetime, reason: str = "") -> bool:
    """The same for whoever made the pause and has locked the account, whatever that has become: closed, or a reseller.

    In a transaction. Raises CannotResumeSubscription.
    """
    now = held(account)
    decision = _lawful(lambda agreement: agreement.resume(at=at, ref=new_change_ref()), now, CannotResumeSubscription)
    if decision.is_empty:
        return False
    plan = now.agreed_plan(now.agreement.phase_at(at))
    _decide(account, decision, SubscriptionResumed(**told(account, plan)), actor=actor, at=at, reason=reason)
    return True


def end_subscription(
    *, ref: str, when: str = NOW, day: date | None = None, actor: Actor, at: datetime, reason: str = ""
) -> str:
    """End the plan that was taken: at once, at the end of its period or when a `day` begins. The plan of the birth follows.

    What is decided for later can be taken back (`cancel_change`): the answer is its reference, empty where the end was at
    once or nothing was to be ended. Raises NotFound, Forbidden, CannotEndSubscription; ValueError for another `when`.
    """
    if when not in WHENS:
        raise ValueError(when)
    with transaction.atomic():
        account = subscriber(ref, actor, CannotEndSubscription)
        now = held(account)
        effective = moment_of(when, day, account=account, now=now, at=at, refusal=CannotEndSubscription)
        change = new_change_ref()
        decision = _lawful(
            lambda agreement: agreement.end(effective=effective, at=at, ref=change), now, CannotEndSubscription
        )
        if decision.is_empty:
            return _waiting_ref(now, at, END) if when != NOW else ""
        if not decision.add:
            _cancel(account, now, decision, actor=actor, at=at, reason=reason)
            return ""
        facts = told(account, now.agreed_plan(now.agreement.phase_at(at)))
        event: AboutSubscription = (
            SubscriptionEnded(**facts, dropped=_dropped(decision))
            if effective == at
            else SubscriptionEndScheduled(
                **facts, change=change, from_at=effective.isoformat(), dropped=_dropped(decision)
            )
        )
        _decide(account, decision, event, actor=actor, at=at, reason=reason)
        return "" if effective == at else change


def _lawful(decide: Callable[[Agreement], Decision], now: Held, refusal: type[Refusal], *, field: str = "") -> Decision:
    try:
        return decide(now.agreement)
    except Unlawful as fault:
        raise refusal(fault.code, field=field if fault.code in {"past", "too-far"} else "") from None


def _dropped(decision: Decision) -> str:
    return ", ".join(turn.ref for turn in decision.drop)


def _waiting_ref(now: Held, at: datetime, kind: str) -> str:
    return next((turn.ref for turn in now.agreement.waiting(at) if turn.kind == kind), "")


def _decide(
    account: Account, decision: Decision, event: AboutSubscription, *, actor: Actor, at: datetime, reason: str
) -> None:
    """Store a decision, tell it once, and carry it over."""
    dropped = [turn.ref for turn in decision.drop]
    if dropped:
        PlanChange.objects.filter(account_id=account.id, ref__in=dropped, effective_at__gt=at).update(dropped_at=at)
    for turn in decision.add:
        PlanChange(
            account=account,
            ref=turn.ref,
            kind=turn.kind,
            plan=turn.plan,
            version=turn.version,
            effective_at=turn.at,
            decided_at=at,
            decided_by=actor.name[:200],
            reason=reason[:500],
            told_at=at if turn.at <= at else None,
        ).save()
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    at_once = any(turn.kind == TAKE and turn.at == at for turn in decision.add)
    written(account, actor=actor, at=at, begun=at if at_once else None)


__all__ = [
    "WHENS",
    "CannotCancelChange",
    "CannotEndSubscription",
    "CannotPauseSubscription",
    "CannotResumeSubscription",
    "CannotScheduleChange",
    "CannotTakePlan",
    "cancel_change",
    "end_subscription",
    "pause",
    "resume",
    "schedule_change",
    "take",
    "take_plan",
]
