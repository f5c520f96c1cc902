"""Accounts that begin on a plan or in a trial, prospects, and one plan for many."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.accounts.queries import ListQuery, Selection, client_list
from sublet.catalog import queries as catalog_queries
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, Refusal
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.subscriptions import operations, queries
from sublet.subscriptions.invariants import sources
from sublet.subscriptions.models import Trial
from tests.catalog.test_offer import sold_anew
from tests.people import AT, World
from tests.subscriptions import BOOKINGS, sell
from tests.subscriptions.test_plans import plan_at, told

DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


@pytest.mark.parametrize(("begins", "plan", "tries"), [("", "free", 0), ("trial", "free", 1), ("medium", "medium", 0)])
def test_a_client_begins_free_in_its_trial_or_on_a_plan(sold: World, begins: str, plan: str, tries: int) -> None:
    """A34. The form sent twice opens one account, which begins once."""
    with sold.scope("rosa") as rosa:
        for _ in range(2):
            account = operations.open_client(name="Bella Napoli", begins=begins, once="one", actor=rosa, at=AT)
    assert plan_at(account, AT) == (plan, 1)
    with platform_scope("test"):
        assert Trial.objects.filter(account=account).count() == tries
        assert Account.objects.filter(name="Bella Napoli").count() == 1


def test_a_form_that_is_sent_again_leaves_what_was_agreed_since(sold: World) -> None:
    """A browser that comes back to the form after days: neither the first plan again, nor a trial that nobody asked for."""
    facts = {"name": "Bella Napoli", "once": "one"}
    with sold.scope("rosa") as rosa:
        account = operations.open_client(begins="medium", actor=rosa, at=AT, **facts)
        operations.take_plan(ref=account.ref, plan="small", actor=rosa, at=AT + DAY)
        for begins in ("medium", "trial"):
            again = operations.open_client(begins=begins, actor=rosa, at=AT + 2 * DAY, **facts)
            assert again.id == account.id
    assert plan_at(account, AT + 3 * DAY) == ("small", 1)
    with platform_scope("test"):
        assert not Trial.objects.filter(account=account).exists()


def test_a_prospect_opened_before_there_was_a_trial_begins_none_by_the_same_form(world: World) -> None:
    with world.scope("rosa") as rosa:
        account = operations.open_prospect(name="Trattoria", once="p", actor=rosa, at=AT)
    sell(world)
    with world.scope("rosa") as rosa:
        assert operations.open_prospect(name="Trattoria", once="p", actor=rosa, at=AT + DAY).id == account.id
    with platform_scope("test"):
        assert not Trial.objects.filter(account=account).exists()


def test_beginning_on_a_plan_takes_the_right_to(sold: World) -> None:
    with sold.scope("rico") as rico, pytest.raises(Forbidden):
        operations.open_client(name="Bella Napoli", begins="medium", actor=rico, at=AT)
    with platform_scope("test"):
        assert not Account.objects.filter(name="Bella Napoli").exists()


def test_a_prospect_has_an_end_and_a_running_trial_and_loses_nothing_as_a_client(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        account = operations.open_prospect(name="Trattoria", until=date(2026, 3, 20), once="p", actor=rosa, at=AT)
        again = operations.open_prospect(name="Trattoria", until=date(2026, 3, 20), once="p", actor=rosa, at=AT)
        assert again.id == account.id
        assert (account.state, account.demo_until) == ("prospect", datetime.fromisoformat("2026-03-20T23:59+01:00"))
        with platform_scope("test"):
            trial = Trial.objects.get(account=account)
        client = account_operations.turn_prospect_into_client(ref=account.ref, actor=rosa, at=AT + DAY)
        assert (client.state, client.demo_until) == ("active", None)
        view = queries.subscription_of(rosa, account.ref, at=AT + 2 * DAY)
    assert view.trial is not None
    assert (view.trial.running, view.trial.ends) == (True, trial.ends_at)


def test_a_prospect_without_an_end_gets_two_weeks(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        account = operations.open_prospect(name="Trattoria", actor=rosa, at=AT)
    assert account.demo_until == datetime.fromisoformat("2026-03-16T23:59+01:00")


def test_without_a_manifest_there_are_prospects_and_nothing_to_try(world: World) -> None:
    with world.scope("rosa") as rosa:
        account = operations.open_prospect(name="Trattoria", actor=rosa, at=AT)
        view = queries.subscription_of(rosa, account.ref, at=AT)
    assert (account.state, view.plan, view.trial, view.trial_offer, list(view.plans)) == (
        "prospect", None, None, None, [],
    )  # fmt: skip


def test_many_are_put_on_a_plan_each_with_its_entry(sold: World) -> None:
    everyone = Selection(refs=(sold.carl.ref, sold.elan.ref, sold.bakery.ref))
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.elan.ref, plan="small", actor=rosa, at=AT)
        preview = queries.preview_plans(rosa, everyone, plan="small", at=AT)
        done = operations.change_plans(selection=everyone, plan="small", actor=rosa, at=AT)
    assert (preview.selected.number, preview.staying, preview.changing) == (2, 1, 1)
    assert [(move.before and move.before.key, move.number) for move in preview.moves] == [("free", 1)]
    assert (done.changed, done.left) == (1, {"same": 1})
    assert [told(account) for account in (sold.carl, sold.elan, sold.bakery)] == [
        ["subscription.plan_taken"], ["subscription.plan_taken"], [],
    ]  # fmt: skip


def test_very_many_are_left_to_a_job_that_can_run_twice(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.subscriptions.operations.many.AT_ONCE", 1)
    with sold.scope("rosa") as rosa:
        done = operations.change_plans(selection=Selection(query=ListQuery()), plan="small", actor=rosa, at=AT)
        again = operations.change_plans(
            selection=Selection(query=ListQuery()), plan="small", actor=rosa, at=AT, once="one"
        )
        assert again.job_id != done.job_id  # another order, unless it has the same name
        twice = operations.change_plans(
            selection=Selection(query=ListQuery()), plan="small", actor=rosa, at=AT, once="one"
        )
        assert twice.job_id == again.job_id
    assert done.job_id
    run_due_jobs(at=AT)
    assert [plan_at(account, AT)[0] for account in (sold.carl, sold.elan, sold.zorba, sold.bakery)] == [
        "small", "small", "small", "free",
    ]  # fmt: skip


@pytest.mark.parametrize("person", ["ruth", "rico", "carl"])
def test_many_are_changed_by_whoever_may_change_one(sold: World, person: str) -> None:
    with sold.scope(person) as actor, pytest.raises(Forbidden):
        operations.change_plans(selection=Selection(refs=(sold.carl.ref,)), plan="small", actor=actor, at=AT)


def test_the_list_is_narrowed_by_plan_and_trial(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        operations.start_trial(ref=sold.elan.ref, actor=rosa, at=AT)

        def names(at: datetime = AT, **asked: object) -> list[str]:
            return [row.name for row in client_list(rosa, ListQuery(**asked), at=at).rows]  # type: ignore[arg-type]  # passed on

        assert names(plans=("small",)) == ["Carl’s Kitchen"]
        assert names(plans=("-",)) == ["Élan Coiffure", "Zorba Sports Club"]
        assert names(plans=("small", "-")) == names()
        assert names(trial="running") == ["Élan Coiffure"]
        assert names(trial="over") == []
        assert names(at=AT + 8 * DAY, trial="over") == ["Élan Coiffure"]
        assert names(trial="none") == ["Carl’s Kitchen", "Zorba Sports Club"]
        (row,) = client_list(rosa, ListQuery(plans=("small",)), at=AT).rows
        assert (row.plan, row.trial_until) == ("small", None)
    with sold.scope("ruth") as ruth:  # who may not see plans finds nobody by them, and does not widen a change of all
        assert client_list(ruth, ListQuery(plans=("small",)), at=AT).rows == []


def test_the_vendor_is_told_how_many_have_what(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", count=2, actor=rosa, at=AT)
        operations.take_plan(ref=sold.elan.ref, plan="medium", actor=rosa, at=AT)
        operations.pause(ref=sold.elan.ref, actor=rosa, at=AT + DAY)
    used = catalog_queries.uses(AT + 2 * DAY)
    assert used["plan", "small", 1] == 1
    assert ("plan", "medium", 1) not in used  # at rest
    assert used["plan", "free", 1] == 4  # Élan, Zorba, the bakery and Dora
    assert used["add_on", "extra_agenda", 1] == 1


def test_an_add_on_is_taken_once_and_rests_beside_another_plan(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        with pytest.raises(operations.CannotTakeAddOn) as refused:
            operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", actor=rosa, at=AT)
        assert refused.value.code == "plan-does-not-fit"
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        first = operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", once="x", actor=rosa, at=AT)
        assert operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", once="x", actor=rosa, at=AT) == first
        operations.take_plan(ref=sold.carl.ref, plan="unlimited", actor=rosa, at=AT + DAY)
        operations.take_plan(ref=sold.carl.ref, plan="medium", actor=rosa, at=AT + 2 * DAY)
        with platform_scope("test"):
            sources = [each for each in operations.sources_of(queries.held(sold.carl)) if each.kind == "add_on"]
        assert [(each.starts_at, each.ends_at) for each in sources] == [(AT, AT + DAY), (AT + 2 * DAY, None)]
        assert operations.end_add_on(ref=sold.carl.ref, add_on=first, actor=rosa, at=AT + 3 * DAY) is True
        assert operations.end_add_on(ref=sold.carl.ref, add_on=first, actor=rosa, at=AT + 3 * DAY) is False
    assert told(sold.carl).count("add_on.taken") == 1
    assert told(sold.carl)[-1] == "add_on.ended"


def test_work_that_is_done_once_is_ordered_and_gives_nothing_that_could_end(sold: World) -> None:
    """D20: set-up and training are taken beside any plan, and are facts of a moment."""
    with sold.scope("rosa") as rosa:
        operations.take_add_on(ref=sold.carl.ref, add_on="set_up", actor=rosa, at=AT)
        view = queries.subscription_of(rosa, sold.carl.ref, at=AT)
        (row,) = view.add_ons
        assert (row.over, row.counts, row.ends) == (True, False, AT)
    with platform_scope("test"):
        assert operations.sources_of(queries.held(Account.objects.get(id=sold.carl.id))) == ()


def test_each_night_is_looked_whether_the_entitlements_follow_what_was_agreed(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
        operations.take_add_on(ref=sold.carl.ref, add_on="extra_agenda", actor=rosa, at=AT)
        operations.start_trial(ref=sold.elan.ref, actor=rosa, at=AT)
    with platform_scope("test"):
        assert list(sources(AT)) == []
        EntitlementSource.objects.filter(account=sold.carl, kind="add_on").update(count=2)
        Account.objects.filter(id=sold.elan.id).update(trial_until=AT)
        found = [(broken.account_id, broken.words) for broken in sources(AT)]
    assert found == [
        (sold.carl.id, f"{sold.carl.ref} has other sources than were agreed"),
        (sold.elan.id, f"{sold.elan.ref} is shown with another end of its trial"),
    ]


HOLD = ("", "small", "medium", "unlimited")


@pytest.mark.parametrize("seed", range(3))
def test_a_preview_of_many_says_what_it_would_be_one_by_one(sold: World, seed: int) -> None:
    """Clients with histories at random – older versions, pauses, changes that wait, births before and after a new offer."""
    dice = Random(seed)
    with sold.scope("rosa") as rosa:
        made = [operations.open_client(name=f"Client {number}", actor=rosa, at=AT) for number in range(12)]
        for account in made:
            _live(account, dice, rosa, AT)
    sell(sold, sold_anew(sold_anew(BOOKINGS, "small"), "free"), at=AT + 5 * DAY)
    later = AT + 6 * DAY
    with sold.scope("rosa") as rosa:
        made += [operations.open_client(name=f"Late {number}", actor=rosa, at=later) for number in range(4)]
        for account in made:
            if dice.random() < 0.6:
                _live(account, dice, rosa, later)
        closed = made[dice.randrange(len(made))]
        account_operations.close_account(ref=closed.ref, reason="Over", actor=rosa, at=later)
        now, chosen = later + 2 * DAY, Selection(refs=tuple(account.ref for account in made))
        for plan in ("small", "medium", "free", "unlimited"):
            many = queries.preview_plans(rosa, chosen, plan=plan, at=now)
            alone: Counter[tuple[str, int]] = Counter()
            with suppress(_Undone), transaction.atomic():
                for account in made:
                    before = queries.subscription_of(rosa, account.ref, at=now).plan
                    with suppress(Refusal):
                        if operations.take_plan(ref=account.ref, plan=plan, actor=rosa, at=now):
                            assert before is not None
                            alone[before.key, before.version] += 1
                raise _Undone
            moved = {(move.before.key, move.before.version): move.number for move in many.moves if move.before}
            assert moved == alone, plan
            assert (many.changing, many.staying) == (alone.total(), len(made) - alone.total())


class _Undone(Exception):
    """What was tried one by one is taken back."""


def _live(account: Account, dice: Random, actor: Actor, at: datetime) -> None:
    plan = dice.choice(HOLD)
    if plan:
        with suppress(Refusal):
            operations.take_plan(ref=account.ref, plan=plan, actor=actor, at=at)
    what = dice.choice(("", "pause", "later", "end"))
    with suppress(Refusal):
        if what == "pause":
            operations.pause(ref=account.ref, actor=actor, at=at + DAY)
        elif what == "later":
            day = (at + dice.choice((1, 30)) * DAY).date()
            operations.schedule_change(ref=account.ref, plan="medium", when="day", day=day, actor=actor, at=at)
        elif what == "end":
            operations.end_subscription(ref=account.ref, actor=actor, at=at + DAY)


def test_a_preview_of_many_asks_as_much_for_one_as_for_ten(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        made = [operations.open_client(name=f"Client {number}", actor=rosa, at=AT) for number in range(10)]
        for number, account in enumerate(made):
            operations.take_plan(ref=account.ref, plan=HOLD[1 + number % 3], actor=rosa, at=AT)
        asked = []
        for some in (made[:1], made):
            with CaptureQueriesContext(connection) as caught:
                queries.preview_plans(rosa, Selection(refs=tuple(each.ref for each in some)), plan="small", at=AT)
            asked.append(len(caught))
    assert asked == [4, 4]
