"""What a client may draw from its reseller's pool: promised, refused, made smaller again."""

from __future__ import annotations

import pytest

from sublet.accounts.models import Account
from sublet.entitlements.models import Share
from sublet.entitlements.operations import CannotSetPool, set_pool, set_share
from sublet.entitlements.operations.using import consume
from sublet.entitlements.queries import pool_of, pooled_meters, share_of
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.entitlements import load
from tests.people import AT, World

METER = "appointments"


@pytest.fixture
def pooled(world: World) -> World:
    """Rosa's clients share 60 appointments, promised once."""
    load(world)
    give(world, 60)
    return world


def give(world: World, size: int | None, oversell: int | None = 100) -> None:
    with world.scope("vera") as vera:
        set_pool(ref=world.rosa.ref, meter=METER, size=size, oversell=oversell, actor=vera, at=AT)


def share(world: World, reserve: int | None, cap: int | None = None, *, of: str = "carl", by: str = "rosa") -> bool:
    with world.scope(by) as actor:
        return set_share(ref=getattr(world, of).ref, meter=METER, reserve=reserve, cap=cap, actor=actor, at=AT)


def use(world: World, quantity: int, name: str, of: str = "carl") -> bool:
    with world.scope("vera") as vera:
        return consume(
            account_ref=getattr(world, of).ref, meter=METER, quantity=quantity, source="app", event_id=name, actor=vera, at=AT
        ).allowed  # fmt: skip


def refused(world: World, reserve: int | None, cap: int | None = None, *, of: str = "carl") -> tuple[str, str]:
    with pytest.raises(CannotSetPool) as told:
        share(world, reserve, cap, of=of)
    return told.value.code, told.value.field


def test_who_has_used_a_little_without_a_share_is_promised_nothing(pooled: World) -> None:
    assert use(pooled, 3, "a", "elan")
    assert share(pooled, 10, 57)
    assert refused(pooled, 10, 58) == ("oversold", "cap")
    assert refused(pooled, 58, 58) == ("more-than-there-is", "reserve")


def test_a_share_can_always_be_made_smaller(pooled: World) -> None:
    share(pooled, 30, 30)
    share(pooled, 20, 30, of="elan")
    with pytest.raises(CannotSetPool) as small:
        give(pooled, 49)
    assert small.value.code == "more-than-there-is"
    give(pooled, 50)  # upper limits now add up to more than may be promised
    assert refused(pooled, 30, 31) == ("oversold", "cap")
    assert share(pooled, 30, 30) is False
    assert share(pooled, 29, 29)
    assert share(pooled, None)
    assert not Share.unscoped.filter(account_id=pooled.carl.id).exists()


@pytest.mark.parametrize(
    ("reserve", "cap", "code", "field"),
    [
        (-1, None, "below-nothing", "reserve"),
        (0, -1, "below-nothing", "reserve"),
        (5, 4, "cap-below-reserve", "cap"),
        (10**13, None, "too-large", "reserve"),
        (0, 10**13, "too-large", "cap"),
        (61, 61, "more-than-there-is", "reserve"),
        (0, 61, "oversold", "cap"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    pooled: World, reserve: int, cap: int | None, code: str, field: str
) -> None:
    assert refused(pooled, reserve, cap) == (code, field)
    assert not Share.unscoped.exists()


def test_each_share_is_told_once_and_to_nobody_elses_client(pooled: World) -> None:
    assert [share(pooled, 10, 20), share(pooled, 10, 20)] == [True, False]
    entries = JournalEntry.unscoped.filter(event="share.set")
    assert [(each.account_id, each.data["reserve"], each.data["cap"]) for each in entries] == [(pooled.carl.id, 10, 20)]
    for person, of in (("remo", "carl"), ("rosa", "bakery"), ("rosa", "dora"), ("rico", "elan")):
        with pytest.raises(NotFound):
            share(pooled, 5, of=of, by=person)
    with pytest.raises(Forbidden):
        share(pooled, 5, by="ruth")
    give(pooled, None)
    assert refused(pooled, 5) == ("no-pool", "meter")


def test_the_page_of_a_pool_says_who_draws_how_much(pooled: World) -> None:
    share(pooled, 10, 20)
    assert use(pooled, 4, "a")
    assert use(pooled, 6, "b", "elan")
    with pooled.scope("rosa") as rosa:
        page = pool_of(rosa, METER, at=AT)
        one = share_of(rosa, pooled.carl.ref, METER, at=AT)
        assert pooled_meters(rosa) == {METER}
    pool = page.pool
    assert (pool.size, pool.promised, pool.used, pool.left, pool.clients) == (60, 10, 10, 44, 1)
    assert {row.name: (row.reserve, row.cap, row.used, row.room) for row in page.rows} == {
        "Carl’s Kitchen": (10, 20, 4, 16),
        "Élan Coiffure": (None, None, 6, 44),
        "Zorba Sports Club": (None, None, 0, 44),
    }
    assert (one.share, one.unit) == (next(row for row in page.rows if row.ref == pooled.carl.ref), "appointments")


def test_staff_sees_only_clients_within_its_reach_and_nobody_anothers_pool(pooled: World) -> None:
    share(pooled, 10, 20)
    share(pooled, 5, 10, of="elan")
    with pooled.scope("rico") as rico:
        page = pool_of(rico, METER, at=AT)
        assert ([row.ref for row in page.rows], page.pool.promised) == ([pooled.carl.ref], 15)
        with pytest.raises(NotFound):
            share_of(rico, pooled.elan.ref, METER, at=AT)
    for person in ("remo", "vera", "carl"):
        with pooled.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
            pool_of(actor, METER, at=AT)
    with pooled.scope("rosa") as rosa:
        for meter in ("text_messages", "nothing", "x\x00"):
            with pytest.raises(NotFound):
                pool_of(rosa, meter, at=AT)


def test_what_is_kept_for_a_closed_account_is_named(pooled: World) -> None:
    share(pooled, 10, 20)
    share(pooled, 0, 5, of="elan")
    with platform_scope("test"):
        Account.objects.filter(id__in=[pooled.carl.id, pooled.elan.id]).update(state="closed")
    with pooled.scope("rosa") as rosa:
        page = pool_of(rosa, METER, at=AT)
        assert [(row.ref, row.reserve, row.ended) for row in page.holding] == [(pooled.carl.ref, 10, True)]
        assert [row.name for row in page.rows] == ["Zorba Sports Club"]
    assert share(pooled, None)
    with pooled.scope("rosa") as rosa:
        assert pool_of(rosa, METER, at=AT).holding == []
