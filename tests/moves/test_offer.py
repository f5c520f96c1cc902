"""Moves and the offer: what a reseller said of a client ends with its place, what was agreed and used goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import GRACE
from sublet.catalog.queries import forget_offer
from sublet.entitlements import operations as entitlements
from sublet.entitlements.models import Alert, EntitlementDue, Override, Pool, ServiceSetting, Share, TopUp
from sublet.entitlements.operations import check_limits, consume, send_digests
from sublet.entitlements.operations.pools import set_pool, set_share
from sublet.entitlements.queries import standing_by_ref, told, use_of, what_held
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.metering.operations import Usage, record_usage
from sublet.moves import operations
from sublet.portals.shared.move_words import plan_words
from sublet.subscriptions import operations as subscriptions
from sublet.subscriptions import queries as subscription_queries
from sublet.subscriptions.models import PlanChange, Trial
from sublet.subscriptions.operations import CannotStartTrial
from tests.entitlements import load
from tests.entitlements.test_using import number_of
from tests.moves.steps import agree, ask_attach, ask_merge, carry_merge_out, code_of, transfer
from tests.people import AT, World
from tests.portals.api.caller import make_caller

DAY = timedelta(days=1)
LATER = AT + DAY


@pytest.fixture
def agreed(world: World) -> World:
    """Carl has a plan, an add-on and use; Rosa has said something of everything, the vendor and Carl too."""
    forget_offer()
    load(world)
    with world.scope("vera") as vera:
        set_pool(ref=world.rosa.ref, meter="text_messages", size=1000, oversell=None, actor=vera, at=AT)
        entitlements.set_override(
            ref=world.carl.ref, kind="feature", key="priority_support", value=True, actor=vera, at=AT
        )
        entitlements.give_top_up(
            ref=world.carl.ref, meter="appointments", units=3, until=AT + 90 * DAY, actor=vera, at=AT
        )
        record_usage(events=[Usage("app", "1", AT, world.carl.ref, "appointments", 7)], actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        subscriptions.start_trial(ref=world.carl.ref, actor=rosa, at=AT)
        subscriptions.take_plan(ref=world.carl.ref, plan="small", actor=rosa, at=AT)
        subscriptions.take_add_on(ref=world.carl.ref, add_on="appointment_pack", count=2, actor=rosa, at=AT)
        entitlements.set_override(
            ref=world.carl.ref, kind="meter", key="appointments", value=20, note="pays late", actor=rosa, at=AT
        )
        entitlements.set_override(
            ref=world.carl.ref, kind="feature", key="calendar_feed", value=False, until=AT + 9 * DAY, actor=rosa, at=AT
        )
        entitlements.set_service(ref=world.carl.ref, service="direct_support", enabled=True, actor=rosa, at=AT)
        entitlements.set_service(ref=world.carl.ref, service="text_reminders", enabled=True, actor=rosa, at=AT)
        set_share(ref=world.carl.ref, meter="text_messages", reserve=5, cap=30, actor=rosa, at=AT)
    with platform_scope("test data"):
        TopUp.objects.create(
            account_id=world.carl.id, giver_id=world.rosa.id, meter="text_messages", units=4, since=AT,
            until=AT + 20 * DAY, given_by="Rosa Ricci",
        )  # fmt: skip
    with world.scope("carl") as carl:
        entitlements.set_own_cap(meter="page_visits", units=99, actor=carl, at=AT)
    return world


def answer(world: World, at: datetime = LATER) -> dict[str, object]:
    with platform_scope("test"):
        from sublet.entitlements.queries.facts import place_of
        from sublet.entitlements.queries.standing import standings_of

        place = place_of(world.carl.ref)
        assert place is not None
        return told(standings_of([place], at=at)[place.id])


def facts(world: World, at: datetime = LATER) -> dict[str, object]:
    found = answer(world, at)
    meters, features, services = found["meters"], found["features"], found["services"]
    assert isinstance(meters, dict)
    assert isinstance(features, dict)
    assert isinstance(services, dict)
    return {
        "plan": found["plan"] and found["plan"]["key"],  # type: ignore[index]
        "trial": found["trial"] is not None,
        "appointments": (meters["appointments"]["limit"], meters["appointments"]["used"]),
        "messages": meters["text_messages"]["limit"],
        "visits": meters["page_visits"]["limit"],
        "calendar_feed": features["calendar_feed"]["value"],
        "priority_support": features["priority_support"]["value"],
        "direct_support": services["direct_support"]["enabled"],
    }


#: During the trial: with Rosa's words, and without them.
WITH_ROSA = {
    "plan": "small", "trial": True, "appointments": (23, 7), "messages": 30, "visits": 99, "calendar_feed": False,
    "priority_support": True, "direct_support": True,
}  # fmt: skip
WITHOUT = WITH_ROSA | {
    "appointments": (None, 7), "messages": 0, "calendar_feed": True, "direct_support": False,
}  # fmt: skip


def detach(world: World) -> None:
    with world.scope("rosa") as rosa:
        operations.detach(account_ref=world.carl.ref, reason="Goes its own way", actor=rosa, at=LATER)


def go_to_remo(world: World) -> None:
    transfer(world, LATER)


def merge(world: World) -> None:
    move = ask_merge(world, LATER)
    assert agree(world, "remo", move, LATER)
    carry_merge_out(world, move, LATER)


LEAVE = [detach, go_to_remo, merge]
#: Of a merge the one that stays says the same; what the service and the addition give is no longer bound
#: by the pool of the one that is over.
MERGED = WITH_ROSA | {"messages": 104}


def test_before_the_resellers_words_hold(agreed: World) -> None:
    assert facts(agreed) == WITH_ROSA


@pytest.mark.parametrize("leave", LEAVE, ids=lambda each: each.__name__)
def test_the_resellers_words_end_what_was_agreed_goes_on(agreed: World, leave: Callable[[World], None]) -> None:
    before = number_of(agreed.carl)
    changes = list(PlanChange.unscoped.order_by("id").values())  # unscoped: test data, here and below
    leave(agreed)
    assert facts(agreed) == (MERGED if leave is merge else WITHOUT)
    # Told to SDKs with the move itself.
    assert number_of(agreed.carl) > before
    assert EntitlementDue.unscoped.filter(account=agreed.carl).exists()
    # Nothing waits for the day on which the account comes back; the vendor's words and the own limit stay.
    with platform_scope("test"):
        running = Override.objects.filter(account=agreed.carl, until__isnull=True)
        stays = {("vendor", "priority_support"), ("client", "page_visits")}
        assert set(running.values_list("layer", "key")) == stays | (
            {("reseller", "appointments")} if leave is merge else set()
        )
        settings = ServiceSetting.objects.filter(account=agreed.carl, until__isnull=True)
        givers = set(settings.values_list("giver_id", flat=True))
        assert givers == ({agreed.remo.id} if leave is merge else set())
        assert not Share.objects.filter(account=agreed.carl).exists()
        assert TopUp.objects.filter(account=agreed.carl, until__gt=LATER).count() == 2  # what was given is given
        assert Pool.objects.filter(account=agreed.rosa).exists() is (leave is not merge)
        assert list(PlanChange.objects.order_by("id").values()) == changes
        assert Trial.objects.filter(account=agreed.carl).count() == 1
        # The day before is as it was, but for what the former reseller kept to itself.
        assert what_held(agreed.carl.id, AT).meters["page_visits"].units == 99


def test_an_account_that_is_over_keeps_no_words(agreed: World) -> None:
    with agreed.scope("rosa") as rosa:
        account_operations.close_account(ref=agreed.carl.ref, reason="Over", actor=rosa, at=LATER)
    with platform_scope("the schedule"):
        account_operations.end_closed_accounts(actor=agreed.actor("vera"), at=LATER + GRACE)
        running = Override.objects.filter(account=agreed.carl, until__isnull=True)
        assert set(running.values_list("layer", flat=True)) == {"vendor", "client"}
        assert not Share.objects.filter(account=agreed.carl).exists()


def test_an_account_that_comes_back_has_none_of_them(agreed: World) -> None:
    go_to_remo(agreed)
    code = code_of(agreed, "rosa", LATER)
    with agreed.scope("remo") as remo:
        back = operations.ask_transfer(account_ref=agreed.carl.ref, code=code, actor=remo, at=LATER).ref
    assert agree(agreed, "rosa", back, LATER)
    # From Rosa's pool it draws as everybody does.
    assert facts(agreed) == WITHOUT


def test_what_the_vendor_said_of_a_direct_account_goes_along(agreed: World) -> None:
    with agreed.scope("vera") as vera:
        entitlements.set_override(ref=agreed.dora.ref, kind="meter", key="appointments", value=5, actor=vera, at=AT)
        entitlements.set_service(ref=agreed.dora.ref, service="direct_support", enabled=True, actor=vera, at=AT)
    move = ask_attach(agreed, "dora", other="remo", at=LATER)
    agree(agreed, "remo", move, LATER)
    with agreed.scope("remo") as remo:
        found = told(standing_by_ref(agreed.dora.ref, actor=remo, at=LATER))
    assert found["meters"]["appointments"]["limit"] == 5
    assert found["services"]["direct_support"]["enabled"] is True


def test_the_new_holder_changes_the_plan_and_the_former_does_not(agreed: World) -> None:
    go_to_remo(agreed)
    with agreed.scope("remo") as remo:
        view = subscription_queries.subscription_of(remo, agreed.carl.ref, at=LATER)
        assert view.plan is not None
        assert view.plan.key == "small"
        subscriptions.take_plan(ref=agreed.carl.ref, plan="medium", actor=remo, at=LATER)
        with pytest.raises(CannotStartTrial) as fault:
            subscriptions.start_trial(ref=agreed.carl.ref, actor=remo, at=LATER + 400 * DAY)
    assert fault.value.code in {"had", "no-trial"}
    assert facts(agreed)["plan"] == "medium"


@pytest.mark.parametrize("leave", LEAVE[:2], ids=lambda each: each.__name__)
def test_the_former_resellers_key_finds_nothing_any_more(agreed: World, leave: Callable[[World], None]) -> None:
    rosa, ref = make_caller(agreed, "rosa"), agreed.carl.ref
    ways = [f"/accounts/{ref}/usage", f"/entitlements/{ref}", f"/accounts/{ref}/subscription"]
    assert [rosa.get(way).status for way in ways] == [200, 200, 200]
    leave(agreed)
    assert [rosa.get(way).status for way in ways] == [404, 404, 404]
    listed = rosa.get("/entitlements").body
    assert ref not in {each["account"] for each in listed["items"]}


# Alerts ---------------------------------------------------------------------------------------------------------------


def use(world: World, quantity: int, name: str, at: datetime) -> bool:
    with world.scope("vera") as vera:
        return consume(
            account_ref=world.elan.ref, meter="appointments", quantity=quantity, source="t", event_id=name, actor=vera,
            at=at,
        ).allowed  # fmt: skip


def mails() -> set[tuple[str, str]]:
    with platform_scope("test"):
        rows = OutboxMail.objects.filter(template__startswith="limit")
        return set(rows.values_list("template", "to_email"))


def settle(world: World, at: datetime) -> None:
    with platform_scope("the jobs"), transaction.atomic():
        check_limits(account_id=world.elan.id, actor=world.actor("vera"), at=at)
        send_digests(actor=world.actor("vera"), at=at)


def test_what_limits_said_before_is_told_to_nobody_above_and_what_comes_to_the_new_side(agreed: World) -> None:
    """Élan nears its limit, reaches it, more is refused, and before Rosa is told it goes to Remo."""
    use(agreed, 40, "a", AT)
    settle(agreed, AT)  # 80 %: for Rosa's morning
    use(agreed, 10, "b", AT)
    assert not use(agreed, 1, "c", AT)
    transfer_elan(agreed)
    settle(agreed, LATER + DAY)
    assert mails() == set()
    with agreed.scope("remo") as remo:
        assert {each.threshold for each in use_of(remo, agreed.elan.ref, at=LATER + DAY).alerts} == {100}
    # A month later it passes a limit of Remo's.
    with agreed.scope("remo") as remo:
        entitlements.set_override(
            ref=agreed.elan.ref, kind="meter", key="appointments", value=45, actor=remo, at=LATER + DAY
        )
    assert not use(agreed, 1, "d", LATER + 2 * DAY)
    settle(agreed, LATER + 2 * DAY)
    assert mails() == {("limit-refused-client", "remo@example.test")}
    with agreed.scope("remo") as remo:
        assert {each.threshold for each in use_of(remo, agreed.elan.ref, at=LATER + 3 * DAY).alerts} >= {Alert.REFUSAL}


def transfer_elan(world: World) -> None:
    Account.unscoped.filter(id=world.elan.id).update(state="active")  # unscoped: test data
    code = code_of(world, "remo", LATER)
    with world.scope("rosa") as rosa:
        move = operations.ask_transfer(account_ref=world.elan.ref, code=code, actor=rosa, at=LATER).ref
    assert agree(world, "remo", move, LATER)


# What is shown before -------------------------------------------------------------------------------------------------


def test_the_dry_run_says_what_ends_and_what_goes_on(agreed: World) -> None:
    code = code_of(agreed, "remo", LATER)
    with agreed.scope("rosa") as rosa:
        plan = operations.preview_transfer(account_ref=agreed.carl.ref, code=code, actor=rosa, at=LATER).plan
    along = {line.code: (line.count, line.names) for line in plan.along}
    ends = {line.code: (line.count, line.names) for line in plan.ends}
    assert along["plan"] == (1, ("small",))
    assert along["add-ons"] == (1, ("appointment_pack",))
    assert along["trial"] == (1, ())
    assert ends["limits"] == (2, ("appointments", "calendar_feed"))
    assert ends["services"] == (2, ("direct_support", "text_reminders"))
    assert ends["shares"] == (1, ("text_messages",))
    assert along["top-ups"] == (1, ())
    words = plan_words(plan)
    told = {line["text"]: line["names"] for part in ("along", "ends") for line in words[part]}  # type: ignore[attr-defined]
    assert told["The plan, which goes on"] == "Small pack"
    assert told["2 limits and features that the reseller set: the plan holds again"] == "Appointments, Calendar feed"


def test_the_dry_run_of_a_merge_counts_all_clients(agreed: World) -> None:
    with agreed.scope("rosa") as rosa:
        subscriptions.take_plan(ref=agreed.elan.ref, plan="small", actor=rosa, at=AT)
    code = code_of(agreed, "remo", LATER)
    with agreed.scope("rosa") as rosa:
        plan = operations.preview_merge(code=code, actor=rosa, at=LATER).plan
    assert ("plan", 2, ("small",)) in [(line.code, line.count, line.names) for line in plan.along]


def test_the_vendors_words_do_not_end_with_an_attachment(agreed: World) -> None:
    with agreed.scope("vera") as vera:
        entitlements.set_override(ref=agreed.dora.ref, kind="meter", key="appointments", value=5, actor=vera, at=AT)
    code = code_of(agreed, "remo", LATER)
    with agreed.scope("dora") as dora:
        plan = operations.preview_attach(code=code, actor=dora, at=LATER).plan
    assert not {"limits", "services", "shares"} & {line.code for line in plan.ends}
