"""What became due before a client moved stays with whom it left: claim, debtor, price, also where it becomes known later."""

from __future__ import annotations

import pytest

from sublet.billing.invariants import adds_up, balanced, periods
from sublet.billing.models import Invoice, LedgerEntry
from sublet.foundation.scope import platform_scope
from sublet.moves import operations
from sublet.subscriptions.operations import end_subscription, take_plan
from tests.billing.selling import day, furnish, make_terms, marks_up, pays, run, texts
from tests.moves.steps import transfer
from tests.people import World

pytestmark = pytest.mark.django_db


def posted(world: World, *abouts: str) -> list[tuple[str, str, str, int]]:
    names = {each.id: each.name.partition(" ")[0] for each in (world.vendor, world.rosa, world.remo, world.carl)}
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(kind="charge", about__in=abouts, due_at__gte=day("2026-04-01")).order_by(
            "due_at", "book"
        )
        return [(row.book, names[row.account_id], names[row.debtor_id], row.minor) for row in rows]


def two_resellers(world: World) -> tuple[str, str, str, str]:
    """Rosa asks half as much again as the list, Remo twice the list; Carl's second period begins on 17 April."""
    furnish(world)
    marks_up(world.rosa, 50)
    marks_up(world.remo, 100)
    return tuple(each.name.partition(" ")[0] for each in (world.vendor, world.rosa, world.remo, world.carl))  # type: ignore[return-value]  # four


def test_what_was_due_before_a_move_is_of_the_reseller_that_was_left(world: World) -> None:
    vendor, rosa, remo, carl = two_resellers(world)
    run(day("2026-04-16"))
    transfer(world, day("2026-04-17", 10))
    run(day("2026-04-17", 11))
    assert posted(world, "base") == [("retail", rosa, carl, 3600), ("wholesale", vendor, rosa, 2400)]
    run(day("2026-05-18"))
    assert posted(world, "base")[2:] == [("retail", remo, carl, 4800), ("wholesale", vendor, remo, 2400)]


def test_use_that_becomes_known_after_a_move_is_owed_by_the_reseller_of_its_time(world: World) -> None:
    vendor, rosa, _remo, carl = two_resellers(world)
    texts(world, 210, at=day("2026-04-10"))
    run(day("2026-04-18"))
    transfer(world, day("2026-04-19", 10))
    texts(world, 5, at=day("2026-04-14"), name="late")
    run(day("2026-04-21"))
    assert posted(world, "adjustment") == [("retail", rosa, carl, 68), ("wholesale", vendor, rosa, 45)]
    assert [row[:3] for row in posted(world, "overage") if row[0] == "wholesale"] == [("wholesale", vendor, rosa)]


def test_what_a_client_owed_its_reseller_is_not_asked_of_it_when_it_stands_alone(world: World) -> None:
    vendor, rosa, _remo, carl = two_resellers(world)
    run(day("2026-04-16"))
    with world.scope("rosa") as actor:
        assert operations.detach(account_ref=world.carl.ref, actor=actor, at=day("2026-04-17", 10)).done
    run(day("2026-04-17", 11))
    assert posted(world, "base") == [("retail", rosa, carl, 3600), ("wholesale", vendor, rosa, 2400)]


def test_what_is_owed_to_the_reseller_that_was_left_does_not_wait_for_the_invoices_of_the_next(world: World) -> None:
    two_resellers(world)
    make_terms(world.remo, collected_by="own", interval="year", basis="anniversary")
    pays(world.remo, world.carl)
    run(day("2026-04-16"))
    transfer(world, day("2026-04-18", 10))
    with world.scope("remo") as remo:
        end_subscription(ref=world.carl.ref, actor=remo, at=day("2026-04-19", 9))
        take_plan(ref=world.carl.ref, plan="medium", actor=remo, at=day("2026-04-21", 9))
    run(day("2026-04-21", 11))
    run(day("2026-05-02"))
    with platform_scope("test"):
        rows = Invoice.objects.filter(book="retail").order_by("id").values_list("account_id", "key", "list_minor")
        # Remo’s year begins on 21 April. Rosa asks for what was due on the 17th when her month is over, as ever, and gives back of
        # those 36.00 the 28 days of 30 that Carl did not use.
        assert list(rows) == [
            (world.rosa.id, "2026-04-01", 3600), (world.remo.id, "2026-04-21", 4800), (world.rosa.id, "2026-05-01", 240),
        ]  # fmt: skip


@pytest.mark.parametrize("alone", [False, True])
def test_what_is_given_back_comes_from_whoever_asked_for_it_and_goes_to_whoever_owed_it(
    world: World, alone: bool
) -> None:
    """Rosa had Carl's money and has paid the vendor for him; Remo had none of it, nor had Carl's account where it stands alone."""
    vendor, rosa, _remo, carl = two_resellers(world)
    run(day("2026-04-18"))
    if alone:
        with world.scope("rosa") as actor:
            assert operations.detach(account_ref=world.carl.ref, actor=actor, at=day("2026-04-20", 10)).done
    else:
        transfer(world, day("2026-04-20", 10))
    with world.scope("vera" if alone else "remo") as actor:
        end_subscription(ref=world.carl.ref, actor=actor, at=day("2026-04-27", 9))
    run(day("2026-04-27", 11))
    whole = [("retail", rosa, carl, 3600), ("wholesale", vendor, rosa, 2400)]
    back = [("retail", rosa, carl, -2400), ("wholesale", vendor, rosa, -1600)]  # 20 days of 30
    assert posted(world, "base") == whole + back
    run(day("2026-06-02"))
    with platform_scope("test"):
        notes = Invoice.objects.filter(kind="credit").values_list("account_id", "debtor_id", "net_minor")
        drafts = Invoice.objects.filter(kind="invoice", list_minor__lt=0)
        assert not drafts.exists()
        assert {row[:2] for row in notes} <= {(world.rosa.id, world.carl.id), (world.vendor.id, world.rosa.id)}
    with platform_scope("test"):
        assert [one for look in (balanced, periods, adds_up) for one in look(day("2026-06-02"))] == []


def test_it_is_given_back_also_where_both_are_reckoned_at_once(world: World) -> None:
    """Before the first run of an installation nothing is posted at a move."""
    two_resellers(world)
    transfer(world, day("2026-04-20", 10))
    with world.scope("remo") as actor:
        end_subscription(ref=world.carl.ref, actor=actor, at=day("2026-04-27", 9))
    run(day("2026-04-27", 11))
    whole = posted(world, "base")
    assert [(book, minor) for book, _owner, _debtor, minor in whole if minor < 0] == [("wholesale", -1600)]
    for book, owner, debtor, minor in whole:
        assert minor > 0 or any(row[:3] == (book, owner, debtor) and row[3] > 0 for row in whole)
    with platform_scope("test"):
        assert [one for look in (balanced, periods, adds_up) for one in look(day("2026-06-02"))] == []


def test_what_is_given_back_of_the_time_after_the_move_is_the_new_resellers(world: World) -> None:
    """The control."""
    vendor, rosa, remo, carl = two_resellers(world)
    run(day("2026-04-16"))
    transfer(world, day("2026-04-16", 10))
    run(day("2026-04-18"))
    with world.scope("remo") as actor:
        end_subscription(ref=world.carl.ref, actor=actor, at=day("2026-04-27", 9))
    run(day("2026-04-27", 11))
    assert posted(world, "base") == [
        ("retail", remo, carl, 4800), ("wholesale", vendor, remo, 2400),
        ("retail", remo, carl, -3200), ("wholesale", vendor, remo, -1600),
    ]  # fmt: skip
    assert rosa != remo


def test_where_nothing_was_ever_posted_a_move_posts_nothing(world: World) -> None:
    two_resellers(world)
    transfer(world, day("2026-04-17", 10))
    assert posted(world, "base") == []
