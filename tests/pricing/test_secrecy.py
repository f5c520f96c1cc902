"""Who reads what: no client anything, no other reseller anything, the vendor no retail figure, not even past a mistake above.

The scoped managers refuse, and on PostgreSQL the database shows no row. Each test has something to leak.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from sublet.clientsettings.models import AgreedTerm
from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import RetailPrice as OwnPrice
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import OutsideScope, TenantModel, platform_scope
from sublet.pricing.models import PriceSharing, RetailPriceSet, WholesaleAgreed
from sublet.pricing.operations import (
    agree_contract,
    change_wholesale_commitment,
    change_wholesale_terms,
    make_extra,
    make_promotion,
    sell_extra,
    set_floor,
    set_mark_up,
    set_rate,
    set_retail_price,
    share_prices,
    take_promotion,
)
from tests.people import AT, World
from tests.pricing import PLAN, flat, load, once

#: What the vendor's people read as well.
OPEN_TO_THE_VENDOR = {"wholesale_agreed", "wholesale_commitment", "price_sharing", "list_promotion_taken"}
AMOUNT = 987_654


def tables() -> list[type[TenantModel]]:
    return [*apps.get_app_config("pricing").get_models()]  # type: ignore[list-item]  # all are


@pytest.fixture
def full(world: World) -> World:
    """Something of everything at Rosa's, and a check of it."""
    load(world)
    with world.scope("vera") as vera:
        change_wholesale_terms(ref=world.rosa.ref, percent=Decimal(25), actor=vera, at=AT)
        change_wholesale_commitment(ref=world.rosa.ref, amount=50_000, currency="EUR", actor=vera, at=AT)
        make_promotion(code="BLACK", percent=Decimal(50), actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        said: dict[str, Any] = {"actor": rosa, "at": AT}
        set_retail_price(kind="plan", key=PLAN, price=flat(AMOUNT), **said)
        set_retail_price(kind="plan", key=PLAN, price=flat(AMOUNT), client=world.carl.ref, **said)
        set_mark_up(percent=Decimal(33), **said)
        set_floor(percent=Decimal(10), **said)
        set_rate(source="EUR", target="USD", rate=Decimal("1.1"), **said)
        share_prices(shared=True, **said)
        share_prices(shared=False, actor=rosa, at=AT.replace(hour=10))
        make_promotion(code="HALF", percent=Decimal(50), **said)
        take_promotion(ref=world.carl.ref, code="HALF", **said)
        take_promotion(ref=world.carl.ref, code="BLACK", **said)
        agree_contract(
            client=world.carl.ref, kind="maintenance", name="Care", first_day=date(2026, 3, 2), months=12, price=flat(AMOUNT), **said
        )  # fmt: skip
        extra = make_extra(name="Set-up", **said)
        sell_extra(client=world.carl.ref, extra=extra.ref, price=once(AMOUNT), **said)
        set_up(ref=world.carl.ref, changes={"price": OwnPrice(AMOUNT, "EUR", "month")}, **said)
    return world


def rows(model: type[TenantModel]) -> int:
    """What the database shows in the scope in force, asked past the managers."""
    if connection.vendor != "postgresql":
        return int(model.objects.count())
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
        return int(cursor.fetchone()[0])


def counts(world: World, person: str) -> dict[str, int]:
    with world.scope(person):
        found = {model._meta.db_table: (model.objects.count(), rows(model)) for model in tables()}
    assert all(scoped <= seen for scoped, seen in found.values())
    return {table: max(pair) for table, pair in found.items()}


#: Filled by the checks and the letters, which have tests of their own.
LATER = {"price_check", "price_check_line", "price_letter"}


def test_there_is_something_to_leak(full: World) -> None:
    with platform_scope("test"):
        found = {model._meta.db_table: model.objects.count() for model in tables()}
    assert {table for table, count in found.items() if not count} == LATER


@pytest.mark.parametrize("person", ["carl", "cleo", "remo"])
def test_clients_and_other_resellers_see_no_row(full: World, person: str) -> None:
    assert set(counts(full, person).values()) == {0}


def test_a_reseller_sees_its_own(full: World) -> None:
    found = counts(full, "rosa")
    assert {table for table, count in found.items() if not count} == LATER


def test_the_vendors_people_see_wholesale_and_no_retail_row(full: World) -> None:
    found = counts(full, "vera")
    assert {table for table, count in found.items() if count} == OPEN_TO_THE_VENDOR | {"promotion"}
    assert found["promotion"] == 1  # its own
    with full.scope("vera"):
        assert (AgreedTerm.objects.count(), rows(AgreedTerm)) == (0, 0)
        assert WholesaleAgreed.objects.count() == 1
        assert PriceSharing.objects.filter(dropped_at__isnull=True).count() == 2


def test_every_table_of_prices_is_kept_from_the_vendor_or_said_to_be_open() -> None:
    assert {model._meta.db_table for model in tables() if not model.kept_from_vendor} == OPEN_TO_THE_VENDOR


def test_the_vendors_people_write_no_retail_row(full: World) -> None:
    row = RetailPriceSet(
        account_id=full.rosa.id, layer="item", kind="plan", key=PLAN, interval="year", currency="EUR", price=None,
        since=AT, decided_at=AT, decided_by="Vera",
    )  # fmt: skip
    with full.scope("vera"), pytest.raises(OutsideScope):
        row.save()
    with full.scope("rosa"):  # the positive control
        row.save()


def test_no_journal_entry_of_prices_tells_a_retail_amount(full: World) -> None:
    entries = JournalEntry.unscoped.exclude(event="client_settings.changed")
    told = [str(row.data) for row in entries]
    assert len(told) > 10
    assert [text for text in told if str(AMOUNT) in text or "9876.54" in text] == []
