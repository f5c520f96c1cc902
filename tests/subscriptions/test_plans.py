"""The plan over time: who may change it, what it leaves behind, and that twice is once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.core.rights import Level, acting_as_collaborator, acting_as_reseller, all_rights
from sublet.entitlements.models import EntitlementChange
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import PLATFORM, enqueue, run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageAnchor
from sublet.subscriptions import operations, queries
from sublet.subscriptions.models import PlanChange
from sublet.subscriptions.operations import (
    CannotCancelChange,
    CannotPauseSubscription,
    CannotScheduleChange,
    CannotTakePlan,
)
from tests.people import AT, World
from tests.subscriptions import BOOKINGS, sell

DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def told(account: Account) -> list[str]:
    """The names of what the journal tells of the subscription, in order."""
    with platform_scope("test"):
        rows = JournalEntry.unscoped.filter(account_id=account.id).order_by("id")
        return [row.event for row in rows if row.event.startswith(("subscription.", "add_on.", "trial."))]


def plan_at(account: Account, moment: datetime) -> tuple[str, int]:
    with platform_scope("test"):
        plan = queries.held(Account.objects.get(id=account.id)).plan_at(moment)
        return (plan.key, plan.version) if plan is not None else ("", 0)


def test_an_account_is_born_on_the_starting_plan(sold: World) -> None:
    assert plan_at(sold.carl, AT) == ("free", 1)
    assert told(sold.carl) == []
    with platform_scope("test"):
        assert operations.sources_of(queries.held(sold.carl)) == ()  # needs no row


def test_the_reseller_takes_a_plan_for_its_client(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        assert operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT + DAY) is True
        # The button pressed twice: nothing more.
        assert operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT + DAY) is False
    assert [plan_at(sold.carl, AT + DAY - timedelta(microseconds=1)), plan_at(sold.carl, AT + DAY)] == [
        ("free", 1),
        ("small", 1),
    ]
    assert told(sold.carl) == ["subscription.plan_taken"]
    with platform_scope("test"):
        assert Account.objects.get(id=sold.carl.id).plan == "small"
        (source,) = operations.sources_of(queries.held(sold.carl))
    assert (source.kind, source.key, source.version, source.starts_at, source.ends_at) == (
        "plan", "small", 1, AT + DAY, None,
    )  # fmt: skip


@pytest.mark.parametrize("person", ["carl", "cleo", "remo", "nora", "ruth", "rico", "vera", "dora"])
@pytest.mark.parametrize(
    "act",
    [
        lambda ref, actor: operations.take_plan(ref=ref, plan="small", actor=actor, at=AT),
        lambda ref, actor: operations.schedule_change(
            ref=ref, plan="small", when="day", day=date(2026, 5, 1), actor=actor, at=AT
        ),
        lambda ref, actor: operations.end_subscription(ref=ref, actor=actor, at=AT),
        lambda ref, actor: operations.pause(ref=ref, actor=actor, at=AT),
        lambda ref, actor: operations.resume(ref=ref, actor=actor, at=AT),
        lambda ref, actor: operations.cancel_change(ref=ref, change="chg_23456789abcdef", actor=actor, at=AT),
        lambda ref, actor: operations.take_add_on(ref=ref, add_on="set_up", actor=actor, at=AT),
        lambda ref, actor: operations.end_add_on(ref=ref, add_on="ado_23456789abcdef", actor=actor, at=AT),
    ],
)
def test_nobody_but_the_reseller_changes_a_clients_plan(
    sold: World, person: str, act: Callable[[str, Any], object]
) -> None:
    """Nor the client's owner, nor another reseller, nor staff without the right, nor the vendor over the reseller's head."""
    with sold.scope(person) as actor, pytest.raises((Forbidden, NotFound)):
        act(sold.carl.ref, actor)
    with platform_scope("test"):
        assert not PlanChange.objects.exists()
    assert told(sold.carl) == []


def test_in_a_visit_the_plan_is_changed_as_the_reseller_only(sold: World) -> None:
    """B21: from within the client's account, connected as the reseller; never in the place of the client."""
    with sold.scope("carl") as carl:
        visit = Impersonator(1, "Rosa Ricci", sold.rosa.id, "imp_23456789abcdef", "client")
        as_client = replace(
            carl, impersonator=visit, rights=acting_as_collaborator(rights=carl.rights, clients_level=Level.MANAGE)
        )
        with pytest.raises(Forbidden):
            operations.take_plan(ref=sold.carl.ref, plan="small", actor=as_client, at=AT)
        as_reseller = replace(
            carl,
            impersonator=replace(visit, mode="reseller"),
            rights=acting_as_reseller(clients_level=Level.MANAGE, own=all_rights("reseller"), product_sections=()),
        )
        assert operations.take_plan(ref=sold.carl.ref, plan="small", actor=as_reseller, at=AT) is True
    assert plan_at(sold.carl, AT) == ("small", 1)


def test_the_vendor_takes_a_plan_for_a_direct_account(sold: World) -> None:
    with sold.scope("vera") as vera:
        operations.take_plan(ref=sold.dora.ref, plan="medium", actor=vera, at=AT)
    assert plan_at(sold.dora, AT) == ("medium", 1)
    with sold.scope("dora") as dora, pytest.raises(Forbidden):
        operations.take_plan(ref=sold.dora.ref, plan="small", actor=dora, at=AT)


@pytest.mark.parametrize(("plan", "code"), [("free", "starting-plan"), ("gold", "unknown-plan"), ("", "unknown-plan")])
def test_what_is_not_sold_is_not_taken(sold: World, plan: str, code: str) -> None:
    with sold.scope("rosa") as rosa, pytest.raises(CannotTakePlan) as refused:
        operations.take_plan(ref=sold.carl.ref, plan=plan, actor=rosa, at=AT)
    assert refused.value.code == code


def test_a_closed_account_takes_nothing(sold: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(state="closed")
    with sold.scope("rosa") as rosa, pytest.raises(CannotTakePlan) as refused:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
    assert refused.value.code == "closed"


def test_a_running_subscription_keeps_the_version_that_was_agreed(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
    newer = BOOKINGS.replace('key = "small"\n', 'key = "small"\nversion = 2\n', 1)
    sell(sold, newer)
    assert plan_at(sold.carl, AT + 90 * DAY) == ("small", 1)
    with sold.scope("rosa") as rosa:  # taking it again is how one gets the new terms
        assert operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT + 91 * DAY) is True
    assert [plan_at(sold.carl, AT + 90 * DAY), plan_at(sold.carl, AT + 91 * DAY)] == [("small", 1), ("small", 2)]


def test_a_change_waits_for_its_day_and_holds_without_anybody(sold: World) -> None:
    """From the instant at which the day begins in Rome; the job only tells of it."""
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(timezone="Europe/Rome")
    with sold.scope("rosa") as rosa:
        change = operations.schedule_change(
            ref=sold.carl.ref, plan="medium", when="day", day=date(2026, 4, 1), actor=rosa, at=AT
        )
        again = operations.schedule_change(
            ref=sold.carl.ref, plan="medium", when="day", day=date(2026, 4, 1), actor=rosa, at=AT + DAY
        )
    assert change.startswith("chg_")
    assert again == change
    begins = datetime.fromisoformat("2026-04-01T00:00+02:00")
    assert [plan_at(sold.carl, begins - timedelta(seconds=1)), plan_at(sold.carl, begins)] == [
        ("free", 1),
        ("medium", 1),
    ]
    assert told(sold.carl) == ["subscription.change_scheduled"]
    run_due_jobs(at=begins - timedelta(seconds=1))
    assert told(sold.carl) == ["subscription.change_scheduled"]
    run_due_jobs(at=begins)
    run_due_jobs(at=begins + DAY)
    assert told(sold.carl) == ["subscription.change_scheduled", "subscription.plan_changed"]
    with platform_scope("test"):
        assert Account.objects.get(id=sold.carl.id).plan == "medium"


def test_the_end_of_the_period_is_the_anniversary(sold: World) -> None:
    """Taken on 31 March: the periods end on 30 April, 31 May, 30 June."""
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(timezone="Europe/Rome")
    taken = datetime.fromisoformat("2026-03-31T15:00+02:00")
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=taken)
        ends = [
            queries.subscription_of(rosa, sold.carl.ref, at=taken + days * DAY).period_ends for days in (0, 29, 31, 70)
        ]
        operations.end_subscription(ref=sold.carl.ref, when="period", actor=rosa, at=taken + 3 * DAY)
    assert [each.astimezone(taken.tzinfo).isoformat() for each in ends if each] == [
        "2026-04-30T00:00:00+02:00",
        "2026-04-30T00:00:00+02:00",
        "2026-05-31T00:00:00+02:00",
        "2026-06-30T00:00:00+02:00",
    ]
    over = datetime.fromisoformat("2026-04-30T00:00+02:00")
    assert [plan_at(sold.carl, over - timedelta(seconds=1)), plan_at(sold.carl, over)] == [("small", 1), ("free", 1)]
    run_due_jobs(at=over)
    assert told(sold.carl) == ["subscription.plan_taken", "subscription.end_scheduled", "subscription.ended"]


def test_what_was_decided_is_taken_back_before_it_holds(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        change = operations.end_subscription(
            ref=sold.carl.ref, when="day", day=date(2026, 4, 1), actor=rosa, at=AT + DAY
        )
        operations.cancel_change(ref=sold.carl.ref, change=change, actor=rosa, at=AT + 2 * DAY)
        operations.cancel_change(ref=sold.carl.ref, change=change, actor=rosa, at=AT + 2 * DAY)
        run_due_jobs(at=AT + 60 * DAY)
        assert plan_at(sold.carl, AT + 60 * DAY) == ("small", 1)
        assert told(sold.carl) == [
            "subscription.plan_taken",
            "subscription.end_scheduled",
            "subscription.change_canceled",
        ]
        taken = queries.held(sold.carl).changes[0].ref
        with pytest.raises(CannotCancelChange) as refused:
            operations.cancel_change(ref=sold.carl.ref, change=taken, actor=rosa, at=AT + 3 * DAY)
    assert refused.value.code == "holds-already"


def test_one_change_waits_at_a_time(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        for plan in ("small", "medium"):
            operations.schedule_change(
                ref=sold.carl.ref, plan=plan, when="day", day=date(2026, 4, 1), actor=rosa, at=AT
            )
        view = queries.subscription_of(rosa, sold.carl.ref, at=AT)
    assert [(row.kind, row.plan.key if row.plan else "") for row in view.waiting] == [("take", "medium")]


@pytest.mark.parametrize(
    ("when", "day", "code"),
    [("day", None, "day-missing"), ("day", date(2026, 3, 2), "past"), ("period", None, "no-period"),
     ("day", date(2029, 1, 1), "too-far")],
)  # fmt: skip
def test_a_moment_that_cannot_be_meant_is_refused(sold: World, when: str, day: date | None, code: str) -> None:
    with sold.scope("rosa") as rosa, pytest.raises(CannotScheduleChange) as refused:
        operations.schedule_change(ref=sold.carl.ref, plan="small", when=when, day=day, actor=rosa, at=AT)
    assert refused.value.code == code


def test_a_plan_rests_and_goes_on_in_the_version_that_was_agreed(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        assert operations.pause(ref=sold.carl.ref, until=date(2026, 4, 1), actor=rosa, at=AT + DAY) is True
        assert operations.pause(ref=sold.carl.ref, until=date(2026, 4, 1), actor=rosa, at=AT + DAY) is False
        view = queries.subscription_of(rosa, sold.carl.ref, at=AT + 2 * DAY)
        with pytest.raises(CannotPauseSubscription) as refused:
            operations.pause(ref=sold.carl.ref, actor=rosa, at=AT + 2 * DAY)
    assert refused.value.code == "paused"
    assert (view.paused, view.plan and view.plan.key, view.agreed and view.agreed.key) == (True, "free", "small")
    back = datetime.fromisoformat("2026-04-01T00:00+00:00")
    assert [plan_at(sold.carl, back - DAY), plan_at(sold.carl, back)] == [("free", 1), ("small", 1)]
    run_due_jobs(at=back)
    assert told(sold.carl) == ["subscription.plan_taken", "subscription.paused", "subscription.resumed"]
    with platform_scope("test"):
        sources = operations.sources_of(queries.held(sold.carl))
    assert [(each.starts_at, each.ends_at) for each in sources] == [(AT, AT + DAY), (back, None)]


def test_resuming_takes_the_planned_resumption_away(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        operations.pause(ref=sold.carl.ref, until=date(2026, 4, 1), actor=rosa, at=AT + DAY)
        assert operations.resume(ref=sold.carl.ref, actor=rosa, at=AT + 2 * DAY) is True
        assert operations.resume(ref=sold.carl.ref, actor=rosa, at=AT + 2 * DAY) is False
        assert queries.subscription_of(rosa, sold.carl.ref, at=AT + 2 * DAY).waiting == []
    assert plan_at(sold.carl, AT + 2 * DAY) == ("small", 1)


def test_what_held_on_a_day_is_told_ever_after(sold: World) -> None:
    """What was on 14 June stays what it was, whatever is done later."""
    with sold.scope("rosa") as rosa:
        operations.take_plan(
            ref=sold.carl.ref, plan="small", actor=rosa, at=datetime.fromisoformat("2026-06-14T10:00Z")
        )
        day = date(2026, 6, 14)
        first = queries.what_held(rosa, sold.carl.ref, day=day, at=datetime.fromisoformat("2026-06-15T10:00Z"))
        operations.take_plan(
            ref=sold.carl.ref, plan="medium", actor=rosa, at=datetime.fromisoformat("2026-07-01T10:00Z")
        )
        operations.end_subscription(ref=sold.carl.ref, actor=rosa, at=datetime.fromisoformat("2026-08-01T10:00Z"))
        later = queries.what_held(rosa, sold.carl.ref, day=day, at=datetime.fromisoformat("2026-09-01T10:00Z"))
        before_birth = queries.what_held(rosa, sold.carl.ref, day=date(2025, 1, 1), at=AT)
    assert [row.plan.key for row in first.phases if row.plan] == ["free", "small"]
    assert [row.plan.key for row in later.phases if row.plan] == ["free", "small"]
    assert before_birth.phases == []


def test_the_preview_says_what_is_gained_and_lost_and_from_when(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", actor=rosa, at=AT)
        operations.end_subscription(ref=sold.carl.ref, when="day", day=date(2026, 5, 1), actor=rosa, at=AT)
        preview = queries.preview_change(rosa, sold.carl.ref, plan="unlimited", at=AT + DAY)
        same = queries.preview_change(rosa, sold.carl.ref, plan="small", when="day", day=date(2026, 4, 1), at=AT + DAY)
    assert preview is not None
    assert same is not None
    assert (preview.before and preview.before.key, preview.after and preview.after.key) == ("small", "unlimited")
    assert preview.effective == AT + DAY
    ways = {(line.kind, line.key): line.way for line in preview.lines}
    assert ways["meter", "appointments"] == "gained"
    assert ways["feature", "priority_support"] == "gained"
    assert [row.key for row in preview.resting] == ["extra_agenda"]
    assert [row.kind for row in preview.dropped] == ["end"]
    assert same.nothing is False  # it would take the planned end back
    with platform_scope("test"):
        assert PlanChange.objects.count() == 2  # nothing was written


def test_whoever_may_only_look_sees_and_changes_nothing(sold: World) -> None:
    with sold.scope("carl") as carl:
        view = queries.subscription_of(carl, sold.carl.ref, at=AT)
        assert (view.may_change, view.plans, view.add_ons_to_take) == (False, (), ())
        with pytest.raises(NotFound):
            queries.subscription_of(carl, sold.elan.ref, at=AT)
    with sold.scope("remo") as remo, pytest.raises(NotFound):
        queries.subscription_of(remo, sold.carl.ref, at=AT)
    with sold.scope("ruth") as ruth, pytest.raises(Forbidden):
        queries.subscription_of(ruth, sold.carl.ref, at=AT)
    with sold.scope("vera") as vera:
        seen = queries.subscription_of(vera, sold.carl.ref, at=AT)
        assert (seen.plan and seen.plan.key, seen.may_change) == ("free", False)


def test_the_periods_of_meters_follow_the_subscription(sold: World) -> None:
    """From the day on which a plan is first taken; changes and pauses leave it alone, another beginning begins anew."""

    def anchors() -> list[tuple[datetime, date]]:
        with platform_scope("test"):
            rows = UsageAnchor.objects.filter(account=sold.carl, since__gte=AT).order_by("since")
            return list(rows.values_list("since", "day"))

    first = AT + 5 * DAY
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=first)
        operations.pause(ref=sold.carl.ref, actor=rosa, at=first + DAY)
        operations.take_plan(ref=sold.carl.ref, plan="medium", actor=rosa, at=first + 10 * DAY)
        assert anchors() == [(first, date(2026, 3, 7))]
        operations.end_subscription(ref=sold.carl.ref, actor=rosa, at=first + 20 * DAY)
        operations.schedule_change(
            ref=sold.carl.ref, plan="small", when="day", day=date(2026, 5, 5), actor=rosa, at=first + 21 * DAY
        )
        assert anchors() == [(first, date(2026, 3, 7))]  # what waits may be taken back
    begins = datetime.fromisoformat("2026-05-05T00:00+00:00")
    run_due_jobs(at=begins)
    assert anchors() == [(first, date(2026, 3, 7)), (begins, date(2026, 5, 5))]


@pytest.mark.django_db(transaction=True)  # PostgreSQL gives the number at the commit
def test_what_comes_by_itself_wakes_the_change_stream_at_its_instant(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.schedule_change(ref=sold.carl.ref, plan="small", when="day", day=date(2026, 4, 1), actor=rosa, at=AT)

    def number() -> int:
        with platform_scope("test"):
            return int(EntitlementChange.objects.get(account_id=sold.carl.id).sequence or 0)

    before = number()
    run_due_jobs(at=datetime.fromisoformat("2026-03-31T23:59+00:00"))
    assert number() == before
    run_due_jobs(at=datetime.fromisoformat("2026-04-01T00:00+00:00"))
    assert number() > before


def test_what_was_missed_is_told_by_the_sweep(sold: World) -> None:
    """A job that was discarded, say: a quarter of an hour later it is made up for."""
    with sold.scope("rosa") as rosa:
        operations.schedule_change(ref=sold.carl.ref, plan="small", when="day", day=date(2026, 4, 1), actor=rosa, at=AT)
    later = datetime.fromisoformat("2026-04-01T00:10+00:00")
    with platform_scope("test"):
        assert queries.overdue(at=later - DAY) == []
        assert queries.overdue(at=later) == [sold.carl.id]
        actor = installation_actor(name="Schedule", via="job")
        assert operations.note_due(account_id=sold.carl.id, actor=actor, at=later) == 1
        assert operations.note_due(account_id=sold.carl.id, actor=actor, at=later) == 0
        assert queries.overdue(at=later) == []
    assert told(sold.carl) == ["subscription.change_scheduled", "subscription.plan_changed"]


def test_the_sweep_puts_in_one_job_for_each_account_so_that_none_waits_for_another(
    sold: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Carl has three things that were missed, and something about him cannot be told; Élan's is told all the same."""
    with sold.scope("rosa") as rosa:
        for about in (sold.carl, sold.elan):
            operations.schedule_change(ref=about.ref, plan="small", when="day", day=date(2026, 4, 1), actor=rosa, at=AT)
    with platform_scope("test"):
        one = PlanChange.objects.get(account_id=sold.carl.id)
        for day in (2, 3):
            one.pk, one.ref, one.effective_at = None, f"chg_{day}", one.effective_at + DAY
            one.save(force_insert=True)
    Job.unscoped.all().delete()  # unscoped: a test
    later = datetime.fromisoformat("2026-04-04T00:10+00:00")
    overdue_module = import_module("sublet.subscriptions.queries.overdue")  # the package names its function so, too
    jobs = Job.unscoped.filter(kind="subscriptions.note_due")  # unscoped: a test
    with platform_scope("test"), monkeypatch.context() as narrow:
        narrow.setattr(overdue_module, "AT_ONCE", 2)
        assert queries.overdue(at=later) == [sold.carl.id, sold.elan.id]
        schedule = installation_actor(name="Schedule", via="job")
        enqueue("subscriptions.note_overdue", account_id=PLATFORM, actor=schedule, at=later)
    note_due = operations.note_due

    def faulty(*, account_id: int, **more: Any) -> int:
        if account_id == sold.carl.id:
            raise RuntimeError("something about Carl")
        return note_due(account_id=account_id, **more)

    monkeypatch.setattr(operations, "note_due", faulty)
    run_due_jobs(at=later)
    states = dict(jobs.values_list("account_id", "state"))
    assert jobs.count() == 2  # each account once
    assert states[sold.elan.id] == "done"
    assert "subscription.plan_changed" in told(sold.elan)
    assert "subscription.plan_changed" not in told(sold.carl)


def test_a_preview_follows_the_law_of_the_decision(sold: World) -> None:
    """What is decided already would change nothing; what lies too far ahead is no change; a resumption on that day goes too."""
    first = date(2026, 4, 1)
    with sold.scope("rosa") as rosa:

        def ask(plan: str, day: date) -> tuple[bool, list[str]] | None:
            found = queries.preview_change(rosa, sold.carl.ref, plan=plan, when="day", day=day, at=AT)
            return None if found is None else (found.nothing, [row.kind for row in found.dropped])

        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        assert ask("medium", first) == (False, [])
        operations.schedule_change(ref=sold.carl.ref, plan="medium", when="day", day=first, actor=rosa, at=AT)
        assert ask("medium", first) == (True, [])
        assert ask("unlimited", date(2026, 3, 20)) == (False, ["take"])
        assert ask("medium", date(2029, 1, 1)) is None
        operations.take_plan(ref=sold.elan.ref, plan="small", actor=rosa, at=AT)
        operations.pause(ref=sold.elan.ref, until=date(2026, 5, 1), actor=rosa, at=AT)
        early = queries.preview_change(rosa, sold.elan.ref, plan="unlimited", when="day", day=date(2026, 4, 15), at=AT)
        assert early is not None
        assert [row.kind for row in early.dropped] == ["resume"]
