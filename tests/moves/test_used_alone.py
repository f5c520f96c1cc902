"""Use of an account that stood alone and has a reseller by now: it owes that itself, and no reseller owes or claims it.

*By use* asks 9.90 for up to 100 text messages and 0.05 for each further one; Rosa asks half as much again as the list.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from sublet.accounts.models import Account
from sublet.billing.invariants import adds_up, balanced, periods
from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.queries.estimates import month_end_of
from sublet.foundation.scope import platform_scope
from sublet.moves import operations
from sublet.subscriptions.operations import end_subscription, take_plan
from tests.billing.selling import run, texts
from tests.billing.test_run_whole import take, when
from tests.moves.steps import agree, ask_attach, ask_transfer
from tests.moves.test_used_before import LISTED, sold
from tests.people import World

__all__ = ["sold"]
pytestmark = pytest.mark.django_db


def used_alone(world: World, account: Account) -> None:
    """150 text messages with *by use*, which the vendor gives and takes away again: the meter's month goes on."""
    with world.scope("vera") as vera:
        take_plan(ref=account.ref, plan="by_use", actor=vera, at=when("2026-11-06 00:00"))
    texts(world, 150, at=when("2026-11-07 10:00"), account=account)
    with world.scope("vera") as vera:
        end_subscription(ref=account.ref, when="now", actor=vera, at=when("2026-11-10 10:00"))
    run(when("2026-11-12 01:00"))


def attach(world: World, who: str, to: str, at: datetime) -> None:
    assert agree(world, who, ask_attach(world, to, other=who, at=at), at)


def told(account: Account) -> list[tuple[str, int, int]]:
    """Book, who owes, how much, of what was used."""
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(client=account, about__in=("plan_use", "adjustment")).order_by("due_at", "id")
        return [(row.book, row.debtor_id, row.minor) for row in rows]


def test_what_was_used_alone_is_owed_by_the_account_and_not_by_the_reseller_it_has_now(sold: World) -> None:
    used_alone(sold, sold.dora)
    attach(sold, "dora", "rosa", when("2026-11-20 10:00"))
    with platform_scope("test"):
        month = month_end_of(Account.objects.get(id=sold.dora.id), when("2026-11-21 10:00"))
    assert (month.wholesale, month.retail) == ({}, {})
    run(when("2026-12-07 01:00"))
    texts(sold, 20, at=when("2026-11-08 10:00"), account=sold.dora, name="late")
    run(when("2026-12-08 01:00"))
    assert told(sold.dora) == [("wholesale", sold.dora.id, LISTED), ("wholesale", sold.dora.id, 100)]
    with platform_scope("test"):
        asked = Invoice.objects.filter(lines__about__in=("plan_use", "adjustment")).distinct()
        assert {(one.account_id, one.debtor_id) for one in asked} == {(sold.vendor.id, sold.dora.id)}
        assert [one for look in (balanced, periods, adds_up) for one in look(when("2026-12-08 01:00"))] == []


def test_neither_does_whoever_stood_above_it_before_or_after(sold: World) -> None:
    """Carl leaves Rosa, stands alone, and goes to Remo: what each of them owed for him is no word about the time between."""
    take(sold, "by_use", "2026-10-02 00:00")
    texts(sold, 150, at=when("2026-10-05 10:00"))
    run(when("2026-11-03 01:00"))
    with sold.scope("rosa") as actor:
        assert operations.detach(account_ref=sold.carl.ref, actor=actor, at=when("2026-11-05 10:00")).done
    used_alone(sold, sold.carl)
    attach(sold, "carl", "remo", when("2026-11-20 10:00"))
    run(when("2026-12-07 01:00"))
    assert told(sold.carl)[:2] == [("wholesale", sold.rosa.id, LISTED), ("retail", sold.carl.id, LISTED * 3 // 2)]
    assert told(sold.carl)[2:] == [("wholesale", sold.carl.id, LISTED)]


def test_nor_whoever_it_goes_to_from_there(sold: World) -> None:
    used_alone(sold, sold.dora)
    attach(sold, "dora", "rosa", when("2026-11-12 10:00"))
    with sold.scope("rosa") as actor:
        take_plan(ref=sold.dora.ref, plan="small", actor=actor, at=when("2026-11-13 10:00"))
    run(when("2026-11-14 01:00"))
    asked = ask_transfer(sold, by="dora", account="dora", at=when("2026-11-20 10:00"))
    assert [agree(sold, who, asked, when("2026-11-20 10:00")) for who in ("rosa", "remo")] == [False, True]
    run(when("2026-12-07 01:00"))
    assert told(sold.dora) == [("wholesale", sold.dora.id, LISTED)]
