"""A client that goes to another reseller: what the one before has said of it ends, and whoever keeps its answer is told."""

from __future__ import annotations

from datetime import timedelta

from sublet.entitlements.models import EntitlementChange, Share, TopUp
from sublet.entitlements.operations import set_override, set_pool, set_service, set_share
from sublet.entitlements.queries import entitlements_of, use_of
from sublet.subscriptions import queries as subscriptions
from sublet.subscriptions.operations import pause, resume, take_plan
from tests.entitlements import load
from tests.moves.steps import agree, ask_transfer, transfer
from tests.people import AT, World

HOUR = timedelta(hours=1)


def back(world: World) -> None:
    """From Remo to Rosa again."""
    move = ask_transfer(world, by="remo", to="rosa", at=AT + 2 * HOUR)
    assert agree(world, "rosa", move, AT + 2 * HOUR)


def test_what_a_reseller_has_said_does_not_come_back_with_the_client(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT)
        set_service(ref=world.carl.ref, service="text_reminders", enabled=True, actor=rosa, at=AT)
    transfer(world, AT + HOUR)
    back(world)
    found = entitlements_of(world.carl.id, AT + 3 * HOUR)
    assert (found.meters["appointments"].units, found.services["text_reminders"].enabled) == (50, False)


def test_who_keeps_the_answer_is_told_that_it_changed(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT)
    EntitlementChange.unscoped.all().delete()  # PostgreSQL numbers a change at the commit, which a test does not have
    transfer(world, AT + HOUR)
    assert EntitlementChange.unscoped.filter(account=world.carl).exists()
    assert entitlements_of(world.carl.id, AT + HOUR).meters["appointments"].units == 50


def test_what_was_reserved_for_a_client_that_is_gone_is_free_again(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        set_pool(ref=world.rosa.ref, meter="appointments", size=100, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        set_share(ref=world.carl.ref, meter="appointments", reserve=80, cap=None, actor=rosa, at=AT)
    transfer(world, AT + HOUR)
    assert not Share.unscoped.exists()
    with world.scope("rosa") as rosa:  # the others may have it
        set_share(ref=world.elan.ref, meter="appointments", reserve=90, cap=None, actor=rosa, at=AT + HOUR)


def test_the_next_reseller_does_not_read_who_decided_before_and_why(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="small", actor=rosa, at=AT)
        pause(ref=world.carl.ref, reason="Has not paid us", actor=rosa, at=AT + timedelta(minutes=1))
        TopUp.unscoped.create(
            account=world.carl, giver_id=world.rosa.id, meter="appointments", units=3, since=AT, reason="To make up",
            given_by="Rosa Ricci",
        )  # fmt: skip
        TopUp.unscoped.create(
            account=world.carl, giver_id=world.vendor.id, meter="appointments", units=4, since=AT, reason="Asked by Rosa",
            given_by="Vera Voss",
        )  # fmt: skip
        seen = subscriptions.subscription_of(rosa, world.carl.ref, at=AT + HOUR)
        assert [(row.by, row.reason) for row in seen.phases] == [
            ("Rosa Ricci", ""),
            ("Rosa Ricci", "Has not paid us"),
        ]
        assert [(row.given_by, row.reason) for row in use_of(rosa, world.carl.ref, at=AT + HOUR).given] == [
            ("Rosa Ricci", "To make up"),
            ("Vera Voss", "Asked by Rosa"),
        ]
    transfer(world, AT + HOUR)
    later = AT + 2 * HOUR
    with world.scope("remo") as remo:
        resume(ref=world.carl.ref, actor=remo, at=later)
        seen = subscriptions.subscription_of(remo, world.carl.ref, at=later)
        assert [(row.by, row.reason) for row in seen.phases] == [("", ""), ("", ""), ("Remo Rinaldi", "")]
        assert [row.plan.key if row.plan else "" for row in seen.phases] == ["small", "small", "small"]
        # Units that were given once are the account's; who gave them and why is not for the next reseller.
        given = use_of(remo, world.carl.ref, at=later).given
        assert sorted((row.units, row.given_by, row.reason) for row in given) == [(3, "", ""), (4, "", "")]
    with world.scope("vera") as vera:
        assert subscriptions.subscription_of(vera, world.carl.ref, at=later).phases[0].by == "Rosa Ricci"
