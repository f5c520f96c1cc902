"""Acting by the schedule: each step once, the card never twice, paused and going on again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.billing.models import DunningCase, DunningStep, Payment
from sublet.billing.operations import dunning, dunning_acting, dunning_mails
from sublet.billing.operations.dunning import CannotDun
from sublet.billing.operations.dunning_acting import run_dunning
from sublet.billing.queries.dunning import policy_in_force
from sublet.entitlements.queries import entitlements_of
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.subscriptions.operations import pause, resume
from tests.billing.dunned import (
    DUE,
    case_of,
    day_by_day,
    enters,
    is_paid,
    mails,
    on,
    owes,
    passes,
    rests,
    steps,
    takes,
    told,
)
from tests.billing.payments import Counter, machine
from tests.people import World

WHOLE = [
    ("reminder:1", "mailed"), ("retry:3", "started"), ("retry:7", "started"), ("reminder:7", "mailed"),
    ("retry:14", "started"), ("reminder:14", "mailed"), ("last_call:18", "mailed"), ("pause:21", "paused"),
]  # fmt: skip


def plan_of(account: Account, days: int) -> str:
    with platform_scope("test"):
        found = entitlements_of(account.id, on(days))
    return found.plan.key if found.plan is not None else ""


def payments() -> list[tuple[str, str]]:
    with platform_scope("test"):
        return list(Payment.objects.order_by("id").values_list("state", "code"))


def test_the_whole_schedule_with_a_card_that_is_declined(counter: Counter) -> None:
    world = counter.world
    takes(world)
    invoice = owes(world)
    counter.enter_card("insufficient_funds")
    day_by_day(0, 22)
    assert steps(invoice) == WHOLE
    assert payments() == [("failed", "insufficient_funds")] * 3
    assert [kind for kind, _ in mails()] == [
        "invoice-reminder", "invoice-reminder", "invoice-reminder", "invoice-last-call", "invoice-paused",
    ]  # fmt: skip
    assert {to for _, to in mails()} == {"carl@example.test"}
    assert (case_of(invoice).state, case_of(invoice).holds) == ("ended", True)
    assert rests(world.carl, on(22))
    day_by_day(23, 30)
    assert steps(invoice) == WHOLE


def test_it_goes_on_as_soon_as_it_is_paid(counter: Counter) -> None:
    world = counter.world
    takes(world)
    invoice = owes(world)
    counter.enter_card("insufficient_funds")
    day_by_day(0, 22)
    assert plan_of(world.carl, 22) == "free"  # what the product is told
    enters(counter, "good", 23)
    with platform_scope("test"):
        newest = Payment.objects.count()
    passes(23)
    with platform_scope("test"):
        assert Payment.objects.count() == newest + 1
    assert payments()[-1] == ("succeeded", "")
    assert not rests(world.carl, on(23))
    assert case_of(invoice).state == "settled"
    assert mails()[-1] == ("invoice-settled", "carl@example.test")
    assert told(world.carl)[-3:] == ["dunning.paused", "dunning.tried", "dunning.settled"]
    passes(24)
    assert told(world.carl)[-1] == "dunning.settled"


def test_looking_again_and_again_adds_nothing(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("insufficient_funds")
    for days in (1, 3, 18, 21):
        for hour in (10, 11, 12, 12):
            passes(days, hour)
    assert steps(invoice) == [
        ("reminder:1", "mailed"), ("retry:3", "started"), ("retry:14", "started"), ("reminder:14", "mailed"),
        ("last_call:18", "mailed"), ("pause:21", "paused"),
    ]  # fmt: skip
    assert len(payments()) == 2
    assert len(mails()) == 4


def test_without_its_row_a_step_is_done_twice(counter: Counter) -> None:
    """The positive control."""
    takes(counter.world)
    invoice = owes(counter.world)
    passes(1)
    with platform_scope("test"):
        DunningStep.objects.all()._raw_delete("default")
        OutboxMail.objects.all()._raw_delete("default")
        DunningCase.objects.update(next_at=on(1))
    passes(1, 13)
    assert steps(invoice) == [("reminder:1", "mailed")]
    assert told(counter.world.carl) == ["dunning.reminded"] * 2


def test_a_card_that_is_lost_is_not_tried_again_but_another_one_at_once(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("lost_card")
    day_by_day(0, 14)
    assert [key for key, _ in steps(invoice)] == ["reminder:1", "retry:3", "reminder:7", "reminder:14"]
    assert payments() == [("failed", "lost_card")]
    enters(counter, "insufficient_funds", 15)
    passes(17)
    assert payments() == [("failed", "lost_card"), ("failed", "insufficient_funds")]
    passes(17, 13)
    assert len(payments()) == 2


def test_nobody_is_reminded_while_money_is_on_its_way(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    counter.enter_card("slow")
    day_by_day(0, 30)
    assert steps(invoice) == [("reminder:1", "mailed"), ("retry:3", "started")]
    assert not rests(counter.world.carl, on(30))
    assert len(payments()) == 1


def test_who_is_found_late_gets_the_whole_time(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    passes(40)
    assert steps(invoice) == []
    for days in (41, 58, 60):
        passes(days)
    assert [key for key, _ in steps(invoice)] == ["reminder:1", "reminder:14", "last_call:18"]
    passes(61)
    assert rests(counter.world.carl, on(61))


def test_where_the_worker_stood_still_nobody_is_paused_untold(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    passes(0)
    passes(40)
    assert [key for key, _ in steps(invoice)] == ["reminder:14", "last_call:18"]
    passes(42)
    assert not rests(counter.world.carl, on(42))
    passes(43)
    assert rests(counter.world.carl, on(43))


def policy(world: World, person: str = "rosa", **changes: object) -> bool:
    values = {"retries": [3], "reminders": [1], "grace": 5, "last_call": 2, "ending": "keep"} | changes
    with world.scope(person) as actor:
        return dunning.set_dunning_policy(**values, actor=actor, at=on(-1))  # type: ignore[arg-type]


def test_what_the_reseller_chose_holds_for_what_becomes_overdue_from_then_on(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    assert policy(counter.world) is True
    assert policy(counter.world) is False
    for days in (0, 1, 3, 5, 6):
        passes(days)
    assert steps(invoice) == [("reminder:1", "mailed"), ("last_call:3", "mailed"), ("keep:5", "kept")]
    assert not rests(counter.world.carl, on(6))
    assert told(counter.world.carl)[-1] == "dunning.kept"
    with counter.world.scope("rosa") as rosa:
        dunning.set_dunning_policy(retries=[], reminders=[], grace=9, last_call=1, ending="pause", actor=rosa, at=on(6))
    day_by_day(7, 30)
    assert case_of(invoice).plan.grace == 5


def test_what_is_not_said_stays_also_where_the_later_request_was_first(counter: Counter) -> None:
    with counter.world.scope("rosa") as rosa:
        dunning.set_dunning_policy(grace=30, actor=rosa, at=on(2))
        dunning.set_dunning_policy(ending="keep", actor=rosa, at=on(1))
        found = policy_in_force(counter.world.rosa.id, at=on(3))
    assert (found.grace, found.ending, found.retries) == (30, "keep", (3, 7, 14))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"retries": [3, 3]}, "order", "retries"), ({"reminders": [2, 1]}, "order", "reminders"),
        ({"retries": [6]}, "after-grace", "grace"), ({"last_call": 6}, "after-grace", "last_call"),
        ({"grace": 121}, "too-long", "grace"), ({"ending": "sue"}, "ending", "ending"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(world: World, changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(dunning.CannotSetDunningPolicy) as fault:
        policy(world, **changes)
    assert (fault.value.code, fault.value.field) == (code, field)


def test_who_may_not_decide_does_not(world: World) -> None:
    with pytest.raises(Forbidden):
        policy(world, "rico")
    with pytest.raises(NotFound):
        policy(world, "carl")


def test_a_plan_that_rests_anyhow_is_left_alone_at_both_ends(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    with counter.world.scope("rosa") as rosa:
        pause(ref=counter.world.carl.ref, actor=rosa, at=on(2))
    day_by_day(0, 22)
    assert steps(invoice)[-1] == ("pause:21", "already")
    is_paid(invoice)
    passes(23)
    assert rests(counter.world.carl, on(23))
    assert case_of(invoice).state == "settled"


def test_what_the_reseller_resumed_by_hand_is_not_paused_again(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 22)
    with counter.world.scope("rosa") as rosa:
        resume(ref=counter.world.carl.ref, actor=rosa, at=on(22, 13))
    passes(23)
    assert not rests(counter.world.carl, on(23))
    is_paid(invoice)
    passes(30)
    assert not rests(counter.world.carl, on(30))


def test_the_pause_ends_with_the_last_of_two_invoices(counter: Counter) -> None:
    takes(counter.world)
    one, two = owes(counter.world), owes(counter.world, number=2)
    day_by_day(0, 22)
    assert [steps(each)[-1][1] for each in (one, two)] == ["paused", "paused"]
    is_paid(one)
    passes(23)
    assert rests(counter.world.carl, on(23))
    is_paid(two)
    passes(30)
    assert not rests(counter.world.carl, on(30))
    assert [kind for kind, _ in mails()].count("invoice-settled") == 1


def test_who_has_no_plan_has_nothing_to_rest(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world, debtor=counter.world.elan)
    with platform_scope("test"):
        Account.objects.filter(id=counter.world.elan.id).update(email="elan@example.test")
    day_by_day(0, 22)
    assert steps(invoice)[-1] == ("pause:21", "no-plan")
    assert {outcome for key, outcome in steps(invoice)[:-1]} == {"mailed"}
    assert not case_of(invoice).holds


def test_who_has_moved_away_is_paused_by_nobody(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    with platform_scope("test"):
        Account.objects.filter(id=counter.world.carl.id).update(parent=counter.world.remo)
    day_by_day(0, 22)
    assert steps(invoice)[-1] == ("pause:21", "moved")


def test_what_is_owed_again_begins_again(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    passes(1)
    is_paid(invoice)
    passes(2)
    is_paid(invoice, -2900)
    passes(3)
    assert (case_of(invoice).state, case_of(invoice).round, case_of(invoice).counted_from) == (
        "running",
        2,
        on(3).date(),
    )
    passes(4)
    assert steps(invoice, 2) == [("reminder:1", "mailed")]
    assert told(counter.world.carl)[1:3] == ["dunning.settled", "dunning.began_again"]


def test_by_hand_once_a_day(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    with counter.world.scope("rosa") as rosa:
        with pytest.raises(CannotDun) as fault:
            dunning.remind_now(invoice=invoice.ref, actor=rosa, at=on(0))
        assert fault.value.code == "not-overdue"
        dunning.remind_now(invoice=invoice.ref, actor=rosa, at=on(1, 7))
        with pytest.raises(CannotDun) as fault:
            dunning.remind_now(invoice=invoice.ref, actor=rosa, at=on(1, 8))
        assert fault.value.code == "today"
    assert steps(invoice) == [("by_hand:2026-03-17", "mailed")]
    with counter.world.scope("remo") as remo, pytest.raises(NotFound):
        dunning.remind_now(invoice=invoice.ref, actor=remo, at=on(2))
    with counter.world.scope("carl") as carl, pytest.raises(Forbidden):
        dunning.stop_dunning(invoice=invoice.ref, actor=carl, at=on(2))


def test_on_the_due_day_it_is_not_overdue_though_the_schedule_has_begun(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    passes(0)
    assert case_of(invoice).state == "running"
    with counter.world.scope("rosa") as rosa, pytest.raises(CannotDun) as fault:
        dunning.remind_now(invoice=invoice.ref, actor=rosa, at=on(0, 13))
    assert fault.value.code == "not-overdue"


@pytest.mark.parametrize(("zone", "hour", "begun"), [("Pacific/Auckland", -10, True), ("America/New_York", 2, False)])
def test_the_due_day_is_that_of_whoever_owes(counter: Counter, zone: str, hour: int, begun: bool) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=counter.world.carl.id).update(timezone=zone)
    owes(counter.world)
    run_dunning(actor=machine(), at=on(0, 0) + timedelta(hours=hour))
    with platform_scope("test"):
        assert DunningCase.objects.exists() is begun


def test_stopped_and_gone_on_with(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    passes(1)
    with counter.world.scope("rosa") as rosa:
        dunning.stop_dunning(invoice=invoice.ref, actor=rosa, at=on(2))
    day_by_day(3, 30)
    assert steps(invoice) == [("reminder:1", "mailed")]
    with counter.world.scope("rosa") as rosa:
        with pytest.raises(CannotDun):
            dunning.stop_dunning(invoice=invoice.ref, actor=rosa, at=on(30))
        dunning.continue_dunning(invoice=invoice.ref, actor=rosa, at=on(30))
    assert (case_of(invoice).counted_from - DUE).days == 28
    passes(35)
    assert steps(invoice)[1:] == [("reminder:7", "mailed")]


def test_stopping_lets_what_rests_go_on(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 22)
    with counter.world.scope("rosa") as rosa:
        dunning.stop_dunning(invoice=invoice.ref, actor=rosa, at=on(23))
    assert not rests(counter.world.carl, on(23))
    with counter.world.scope("rosa") as rosa:
        dunning.continue_dunning(invoice=invoice.ref, actor=rosa, at=on(24))
    assert (case_of(invoice).round, case_of(invoice).counted_from) == (2, on(24).date())


def test_one_that_fails_holds_no_other_up(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    takes(counter.world)
    one, two = owes(counter.world), owes(counter.world, number=2)
    write = dunning_mails.write_of_invoice

    def sometimes(template: str, invoice: object, *args: object, **named: object) -> bool:
        if invoice == one:
            raise RuntimeError("torn")
        return write(template, invoice, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(dunning_acting, "write_of_invoice", sometimes)
    with pytest.raises(RuntimeError, match="torn"):
        run_dunning(actor=machine(), at=on(1))
    assert (steps(one), steps(two)) == ([], [("reminder:1", "mailed")])
    monkeypatch.undo()
    passes(1, 13)
    assert steps(one) == [("reminder:1", "mailed")]


def test_looking_costs_the_same_however_many_wait(counter: Counter) -> None:
    takes(counter.world)
    owes(counter.world)
    passes(2)

    def asked() -> int:
        with CaptureQueriesContext(connection) as statements:
            run_dunning(actor=machine(), at=on(2, 13))
        return len(statements)

    one = asked()
    for number in (2, 3, 4):
        owes(counter.world, number=number)
    passes(2, 14)
    assert asked() == one


def test_what_rests_goes_on_also_below_another_reseller(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world)
    day_by_day(0, 22)
    with platform_scope("test"):
        Account.objects.filter(id=counter.world.carl.id).update(parent=counter.world.remo)
    is_paid(invoice)
    passes(23)
    assert not rests(counter.world.carl, on(23))
