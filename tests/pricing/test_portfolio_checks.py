"""The margin guard and letters over many: who may ask, and statements that do not grow with the accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.core.periods import start_of_day
from sublet.core.portfolio import DISCOUNT, LISTED, Change
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.pricing.models import PriceCheck, PriceLetter
from sublet.pricing.operations import check_prices, letters, set_retail_price, share_prices, write_letters
from sublet.pricing.queries import check_of, checks_of
from sublet.subscriptions.operations import take_plan
from tests import factories
from tests.people import AT, World
from tests.pricing import PLAN, flat, load


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def take(world: World, person: str, *clients: Account) -> None:
    with world.scope(person) as actor:
        for client in clients:
            take_plan(ref=client.ref, plan=PLAN, actor=actor, at=AT)


def statements(run: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        run()
    return len([each for each in asked if "manifest" not in each["sql"]])


# Who may ask ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["rosa", "vera"])
def test_whoever_reaches_some_accounts_asks_nothing_about_all_of_them(sold: World, person: str) -> None:
    """The discount is on the total: what would be reckoned from some of them is wrong, and what from all not theirs to read."""
    take(sold, "rosa", sold.carl, sold.elan)
    change = Change(DISCOUNT, Decimal(0))
    with sold.scope(person) as everything:
        row = check_prices(change=change, actor=everything, at=AT)
        assert check_of(everything, row.ref).clients >= 2
    below = {"rosa": {sold.carl.id}, "vera": {sold.rosa.id, sold.carl.id}}[person]
    some = replace(sold.actor(person), reach=frozenset(below), is_owner=False)
    asked: tuple[Callable[[Actor], Any], ...] = (
        lambda actor: check_prices(change=change, actor=actor, at=AT), checks_of, lambda actor: check_of(actor, row.ref),
    )  # fmt: skip
    with actor_scope(some):
        for ask in asked:
            with pytest.raises(Forbidden):
                ask(some)
    with platform_scope("test"):
        assert PriceCheck.objects.count() == 1


def test_the_margin_guard_is_shown_to_whoever_reaches_all(sold: World) -> None:
    rico, base = sold.browser("rico"), f"/reseller/{sold.rosa.ref}/prices/"
    place = Collaborator.unscoped.filter(id=sold.places["rico"].id)
    place.update(rights_words={"billing": "manage"})
    assert f"{base}promotions/" in rico.get(base).content.decode()
    assert f"{base}checks/" not in rico.get(base).content.decode()
    assert rico.get(f"{base}checks/").status_code == 403
    place.update(reaches_all=True)
    assert f"{base}checks/" in rico.get(base).content.decode()
    assert rico.get(f"{base}checks/").status_code == 200


# Many -----------------------------------------------------------------------------------------------------------------


def test_a_check_of_the_vendor_takes_as_many_statements_for_many_resellers_as_for_few(sold: World) -> None:
    take(sold, "rosa", sold.carl)
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(3700), actor=rosa, at=AT)
        share_prices(shared=True, actor=rosa, at=AT)

    def check() -> None:
        with sold.scope("vera") as vera:
            row = check_prices(change=Change(LISTED, Decimal(10)), actor=vera, at=now())
            told.append([(each.name, each.wholesale_after, each.loses) for each in check_of(vera, row.ref).lines])

    told: list[list[tuple[str, int, bool]]] = []
    few = statements(check)
    for number in range(4):
        studio = factories.make_reseller(sold.vendor, f"Studio {number}")
        client = factories.make_client(studio, f"Client {number}")
        owner = replace(
            sold.actor("rosa"), account_id=studio.id, account_ref=studio.ref, account_name=studio.name
        )  # of that studio
        with actor_scope(owner):
            take_plan(ref=client.ref, plan=PLAN, actor=owner, at=AT)
    assert statements(check) == few
    assert told[0] == [("Rosa Web Studio", 3960, True), ("Remo Digital", 0, False)]
    assert sorted(told[1]) == sorted([*told[0], *((f"Studio {number}", 3960, False) for number in range(4))])


def test_resellers_are_told_apart_where_their_clients_are_read_in_parts(sold: World, monkeypatch: Any) -> None:
    take(sold, "rosa", sold.carl, sold.elan)
    take(sold, "remo", sold.bakery)
    change = Change(LISTED, Decimal(10))
    found = []
    for batch in (200, 2, 1):
        monkeypatch.setattr("sublet.pricing.operations.checks.BATCH", batch)
        with sold.scope("vera") as vera:
            view = check_of(vera, check_prices(change=change, actor=vera, at=now()).ref)
        found.append((view.clients, sorted((each.name, each.wholesale_before) for each in view.lines)))
    assert found == [(4, [("Remo Digital", 3600), ("Rosa Web Studio", 7200)])] * 3


def test_letters_take_as_many_statements_for_many_clients_as_for_few(sold: World) -> None:
    start = now()
    day = (start + timedelta(days=40)).date()
    many = [factories.make_client(sold.rosa, f"C {number}", email=f"c{number}@x.example") for number in range(5)]
    take(sold, "rosa", sold.carl, *many)
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=start)
        set_retail_price(
            kind="plan", key=PLAN, price=flat(10_900), since=start_of_day(day, "UTC"), actor=rosa, at=start
        )

    def write(reach: frozenset[int]) -> int:
        some = replace(sold.actor("rosa"), reach=reach, is_owner=False)
        with actor_scope(some):
            return statements(
                lambda: write_letters(kind="plan", key=PLAN, interval="month", day=day, actor=some, at=start)
            )

    write(frozenset({many[0].id}))  # warm: the mail's words and the host's brand
    one, four = write(frozenset({many[1].id})), write(frozenset({sold.carl.id, *(each.id for each in many[2:])}))
    assert one == four
    with platform_scope("test"):
        assert PriceLetter.objects.count() == 6
    mails = OutboxMail.unscoped.filter(template=letters.TEMPLATE)
    assert {(mail.account_id, mail.to_email) for mail in mails} == {
        (sold.carl.id, "carl@example.test"), *((each.id, each.email) for each in many),
    }  # fmt: skip
    assert all("€109.00 a month" in mail.text and "https://" in mail.text for mail in mails)


def test_letters_of_a_job_that_is_killed_after_its_last_part_stand_in_the_history(
    sold: World, monkeypatch: Any
) -> None:
    """Run again it finds everybody written to, and would tell of nothing."""
    start = now()
    day = (start + timedelta(days=40)).date()
    take(sold, "rosa", *(factories.make_client(sold.rosa, f"C {n}", email=f"c{n}@x.example") for n in range(3)))
    with sold.scope("rosa") as rosa:
        set_retail_price(
            kind="plan", key=PLAN, price=flat(10_900), since=start_of_day(day, "UTC"), actor=rosa, at=start
        )
    monkeypatch.setattr(letters, "BATCH", 2)
    read, parts = letters._letters, []

    def killed(*asked: Any) -> Any:
        for part in read(*asked):
            parts.append(part)
            yield part
        raise SystemExit

    asked: Any = {"kind": "plan", "key": PLAN, "interval": "month", "day": day.isoformat(), "at": start}
    with sold.scope("rosa") as rosa:
        monkeypatch.setattr(letters, "_letters", killed)
        with pytest.raises(SystemExit):
            letters.write_all(**asked, actor=rosa)
        monkeypatch.setattr(letters, "_letters", read)
        assert len(parts) > 1
        assert letters.write_all(**asked, actor=rosa) == 0
    with platform_scope("test"):
        told = JournalEntry.unscoped.filter(event="price_letters.written").order_by("id")
        assert sum(entry.data["count"] for entry in told) == PriceLetter.objects.count() == 3
        assert all(entry.data["count"] for entry in told)
