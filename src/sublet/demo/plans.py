"""What the clients of the demo have agreed to over the year and a half: plans, changes, pauses, add-ons, trials.

Rows as the operations would have left them, dated as they would have been. Who has what depends on the client's reference
alone, so it is the same on every machine and changes nothing of the rest of the demo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.offer import Offer
from sublet.core.periods import plus_months, start_of_day
from sublet.core.subscription import END, PAUSE, TAKE
from sublet.core.trials import days_left, reminders, trial_end
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.demo.writer import BATCH, By, Writer
from sublet.entitlements.models import EntitlementSource
from sublet.entitlements.operations.stream import remember_due
from sublet.foundation.journal.events import Event
from sublet.metering.models import FOREVER, UsageAnchor
from sublet.people.models import User
from sublet.subscriptions.events import (
    AddOnWasTaken,
    PlanChangeScheduled,
    PlanTaken,
    SubscriptionEnded,
    SubscriptionPaused,
    TrialEnded,
    TrialReminded,
    TrialStarted,
)
from sublet.subscriptions.models import AddOnTaken, PlanChange, Trial
from sublet.subscriptions.operations.sources import sources_of
from sublet.subscriptions.operations.written import told, wake
from sublet.subscriptions.queries.held import Held, agreement_of

#: Add-ons that go with the plan for content, and how often they are taken.
BESIDE = (("loyalty_cards", 0.16, 1), ("members_area", 0.1, 1), ("extra_language", 0.14, 2), ("push_pack", 0.12, 2))
#: Work that is done once, beside any plan.
WORK = (("set_up", 0.22), ("training", 0.12), ("redesign", 0.06))


@dataclass(slots=True)
class _Agreed:
    """One client's rows on their way in."""

    client: Client
    by: By
    dice: Random
    changes: list[PlanChange] = field(default_factory=list)
    add_ons: list[AddOnTaken] = field(default_factory=list)
    trial: Trial | None = None

    @property
    def account(self) -> Account:
        return self.client.account


def agree_on_plans(
    writer: Writer, reseller: Account, clients: Sequence[Client], staff: Sequence[User], *, now: datetime
) -> None:
    """Give most of them a plan, some a trial, some add-ons. The first of the list keeps its free plan and its trial to come."""
    sold = offer()
    agreed = []
    for client in clients[1:]:
        dice = Random(client.account.ref)  # noqa: S311  not for secrets: the demo is the same everywhere
        one = _Agreed(client, By(dice.choice(list(staff)), reseller), dice)
        _tell_story(writer, one, sold, OfficeHours(client.account.timezone, now=now, dice=dice), now)
        agreed.append(one)
    _store(agreed, sold, now)


def _tell_story(writer: Writer, one: _Agreed, sold: Offer, hours: OfficeHours, now: datetime) -> None:
    born, dice = one.account.created_at, one.dice
    age = now - born
    lot = dice.random()
    if one.account.state == PROSPECT or (age < timedelta(days=28) and lot < 0.6):
        _try(writer, one, sold, hours.at(born + timedelta(hours=3), after=born), now)
        return
    if lot < 0.14 or age < timedelta(days=12):
        return  # has never wanted more than the prototype
    begun = hours.at(born + timedelta(days=dice.randrange(1, 9)), after=born)
    if lot < 0.55:
        ends = _try(writer, one, sold, begun, now)
        begun = hours.at(ends - timedelta(days=dice.randrange(1, 6)), after=begun)
        if lot < 0.24 or begun >= hours.until:
            return  # has tried and fallen back
    taken = _take(writer, one, sold, "commerce" if dice.random() < 0.22 else "content", begun)
    if taken == "content" and dice.random() < 0.12:
        grown = hours.at(begun + (hours.until - begun) * dice.random(), after=begun)
        taken = _take(writer, one, sold, "commerce", grown)
        begun = grown
    if one.account.state != CLOSED:
        _add(writer, one, sold, taken, begun, hours)
    _turn(writer, one, sold, taken, begun, hours, now)


def _try(writer: Writer, one: _Agreed, sold: Offer, at: datetime, now: datetime) -> datetime:
    """A trial as its button would have left it; when it ends."""
    plan = sold.starting_plan_at(one.account.created_at)
    if plan is None or plan.trial is None:
        return at
    account, zone = one.account, one.account.timezone
    opens = sold.plan(plan.trial.plan or plan.key) or plan
    ends = trial_end(at, plan.trial.days, zone)
    mornings = reminders(at, ends, plan.trial.remind_days, zone)
    coming = [moment for moment in (*mornings, ends) if moment > now]
    by_client = bool(one.client.places) and one.dice.random() < 0.7
    by = By(one.client.places[0].user, account) if by_client else one.by
    one.trial = Trial(
        account=account, plan=plan.key, version=plan.version, opens=opens.key, opens_version=opens.version,
        started_at=at, ends_at=ends, timezone=zone, started_by=by.user.name,
        next_at=coming[0] if coming else None, ended_at=None if coming else ends,
    )  # fmt: skip
    writer.note(TrialStarted(**told(account, opens), until=ends.isoformat()), account, at, by=by)
    for morning in mornings:
        if morning <= now:
            left = days_left(ends, morning, zone)
            writer.note_by_machine(TrialReminded(**told(account, opens), days_left=left), account, morning)
    if ends <= now:
        writer.note_by_machine(TrialEnded(**told(account, plan)), account, ends)
    return ends


def _take(writer: Writer, one: _Agreed, sold: Offer, key: str, at: datetime) -> str:
    plan = sold.plan(key)
    if plan is None:
        return ""
    before = one.changes[-1].plan if one.changes else "prototype"
    _decide(one, TAKE, at, at, plan.key, plan.version)
    writer.note(PlanTaken(**told(one.account, plan), before=before), one.account, at, by=one.by)
    return key


def _decide(one: _Agreed, kind: str, effective: datetime, at: datetime, plan: str = "", version: int = 0) -> PlanChange:
    row = PlanChange(
        account=one.account, ref=Writer.ref("chg", one.account.ref, len(one.changes)), kind=kind, plan=plan,
        version=version, effective_at=effective, decided_at=at, decided_by=one.by.user.name,
        told_at=at if effective == at else None,
    )  # fmt: skip
    one.changes.append(row)
    return row


def _add(writer: Writer, one: _Agreed, sold: Offer, taken: str, begun: datetime, hours: OfficeHours) -> None:
    wanted = [(key, one.dice.randrange(1, most + 1)) for key, often, most in BESIDE if one.dice.random() < often]
    work = [(key, 1) for key, often in WORK if one.dice.random() < often]
    for key, count in [*wanted, *work]:
        add_on = sold.add_on(key)
        if add_on is None or (add_on.plans and taken not in add_on.plans):
            continue
        at = hours.at(begun + timedelta(days=one.dice.randrange(1, 60)), after=begun)
        if at >= hours.until:
            continue
        ref = Writer.ref("ado", one.account.ref, key)
        one.add_ons.append(
            AddOnTaken(
                account=one.account,
                ref=ref,
                key=key,
                version=add_on.version,
                count=count,
                starts_at=at,
                ends_at=None if add_on.features or add_on.adds else at,
                taken_by=one.by.user.name,
            )
        )
        event = AddOnWasTaken(**told(one.account, add_on), add_on=ref, count=count)
        writer.note(event, one.account, at, by=one.by)


def _turn(
    writer: Writer, one: _Agreed, sold: Offer, taken: str, begun: datetime, hours: OfficeHours, now: datetime
) -> None:
    """A few have ended, rest, or will change on the first of the month after next."""
    plan, lot = sold.plan(taken), one.dice.random()
    at = hours.at(now - timedelta(days=one.dice.randrange(2, 30)), after=begun)
    if plan is None or at <= begun or at >= hours.until or one.account.state == CLOSED:
        return
    event: Event
    if lot < 0.05:
        _decide(one, END, at, at)
        event = SubscriptionEnded(**told(one.account, plan))
    elif lot < 0.08:
        _decide(one, PAUSE, at, at)
        event = SubscriptionPaused(**told(one.account, plan))
    elif lot < 0.11 and taken == "content" and (more := sold.plan("commerce")) is not None:
        first = plus_months(now.astimezone(ZoneInfo(one.account.timezone)).date().replace(day=1), 2)
        effective = start_of_day(first, one.account.timezone)
        row = _decide(one, TAKE, effective, at, more.key, more.version)
        event = PlanChangeScheduled(**told(one.account, more), change=row.ref, from_at=effective.isoformat())
    else:
        return
    writer.note(event, one.account, at, by=one.by)


def _store(agreed: Sequence[_Agreed], sold: Offer, now: datetime) -> None:
    held = [
        Held(
            account_id=one.account.id,
            birth=one.account.created_at,
            agreement=agreement_of(one.account.created_at, one.changes),
            changes=tuple(one.changes),
            add_ons=tuple(one.add_ons),
            trial=one.trial,
            offer=sold,
        )
        for one in agreed
    ]
    # unscoped, all below: the demo fills every account
    PlanChange.unscoped.bulk_create([row for one in agreed for row in one.changes], batch_size=BATCH)  # unscoped: above
    AddOnTaken.unscoped.bulk_create([row for one in agreed for row in one.add_ons], batch_size=BATCH)  # unscoped: above
    Trial.unscoped.bulk_create([one.trial for one in agreed if one.trial], batch_size=BATCH)  # unscoped: above
    sources = [
        EntitlementSource(account_id=each.account_id, **asdict(facts))
        for each in held
        for facts in sources_of(each)
        if facts.ends_at != facts.starts_at
    ]
    EntitlementSource.unscoped.bulk_create(sources, batch_size=BATCH)  # unscoped: as above
    anchors = []
    for one, each in zip(agreed, held, strict=True):
        account, zone = one.account, one.account.timezone
        account.plan = each.agreement.phase_at(now).plan
        account.trial_until = one.trial.ends_at if one.trial else None
        first = next((row.effective_at for row in one.changes if row.effective_at <= now), None)
        if first is not None:
            born = account.created_at.astimezone(ZoneInfo(zone)).date()
            anchors.append(UsageAnchor(account=account, since=FOREVER, day=born, zone=zone))
            day = first.astimezone(ZoneInfo(zone)).date()
            anchors.append(UsageAnchor(account=account, since=first, day=day, zone=zone))
    UsageAnchor.unscoped.bulk_create(anchors, batch_size=BATCH)  # unscoped: as above
    shown = [one.account for one in agreed]
    Account.unscoped.bulk_update(shown, ["plan", "trial_until"], batch_size=BATCH)  # unscoped: as above
    coming = [
        each for each in held if any((s.ends_at and s.ends_at > now) or s.starts_at > now for s in sources_of(each))
    ]
    remember_due([each.account_id for each in coming], at=now)
    for each in held:
        wake(each, at=now)
