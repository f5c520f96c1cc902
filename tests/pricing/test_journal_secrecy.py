"""What a reseller asks of a client stands in the client's journal: the reseller reads it there, the vendor only if it shares its prices.

On the page, in files, at the API, in a search and in what a webhook is sent.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.clientsettings.events import ClientSettingsChanged
from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import RetailPrice
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.queries import entry_for_vendor, history
from sublet.messaging.models import Delivery
from sublet.messaging.webhook_operations import create_webhook
from sublet.pricing.operations import share_prices
from tests.clientsettings import load
from tests.people import AT, World
from tests.portals.api.caller import Caller, make_caller

AMOUNT = 987_654
PRICE = RetailPrice(AMOUNT, "EUR", "quarter")
STORED: list[dict[str, Any]] = [{"is": None}, {"is": {"amount": AMOUNT, "currency": "EUR", "interval": "quarter"}}]
EVENT = "client_settings.changed"


def save(world: World, amount: int = AMOUNT, days: int = 0) -> None:
    with world.scope("rosa") as rosa:
        set_up(
            ref=world.carl.ref, changes={"price": RetailPrice(amount, "EUR", "quarter"), "payer.base": "reseller"},
            actor=rosa, at=AT + timedelta(days=days),
        )  # fmt: skip


def share(world: World, shared: bool, days: int) -> None:
    with world.scope("rosa") as rosa:
        share_prices(shared=shared, actor=rosa, at=AT + timedelta(days=days))


def listen(world: World, who: str) -> None:
    with world.scope(who) as actor:
        create_webhook(name=who, url=f"https://{who}.example/", groups=(), actor=actor, at=AT)


@pytest.fixture
def priced(world: World) -> World:
    load(world)
    for who in ("vera", "rosa"):
        listen(world, who)
    save(world)
    return world


def changes(world: World, who: str, **asked: Any) -> list[dict[str, Any]]:
    """What somebody reads of it, newest first."""
    with world.scope(who) as actor:
        rows = history(actor, below=True, event=EVENT, **asked).rows
    return [row.data["changes"] for row in rows]


def sent(who: str) -> dict[str, Any]:
    """What that endpoint is sent of the newest change."""
    row = Delivery.unscoped.filter(endpoint__name=who, event=EVENT).order_by("-id")[0]
    found: dict[str, Any] = json.loads(row.body)["data"]["details"]["changes"]
    return found


def test_the_vendor_reads_that_a_price_changed_and_not_to_what(priced: World) -> None:
    found = changes(priced, "vera")
    assert [each["price"] for each in found] == [[]]
    assert found[0]["payer.base"] == [{"is": None}, {"is": "reseller"}]
    with priced.scope("vera") as vera:
        entry = JournalEntry.unscoped.get(event=EVENT)
        row = entry_for_vendor(vera, str(entry.id))
    assert row.data["changes"]["price"] == []
    assert "retail price" in row.sentence
    assert entry.data["changes"]["price"] == STORED  # it is there to be hidden


def test_the_reseller_reads_all_of_it(priced: World) -> None:
    assert [each["price"] for each in changes(priced, "rosa")] == [STORED]
    assert sent("rosa")["price"] == STORED
    assert [each["price"] for each in changes(priced, "rosa", words="quarter")] == [STORED]


def test_no_search_of_the_vendors_finds_it(priced: World) -> None:
    for words in ("quarter", "EUR", str(AMOUNT)):
        assert changes(priced, "vera", words=words) == [], words
    assert [each["price"] for each in changes(priced, "vera", words="reseller")] == [[]]


def test_a_webhook_of_the_vendors_is_not_sent_it(priced: World) -> None:
    assert sent("vera")["price"] == []
    assert sent("vera")["payer.base"] == [{"is": None}, {"is": "reseller"}]


@pytest.mark.parametrize("path", ["", "?q=quarter", "?format=csv"])
def test_no_page_of_the_vendors_shows_it(priced: World, path: str) -> None:
    url = reverse("vendor-journal", urlconf="sublet.config.urls_main", args=(priced.vendor.ref,))
    response = priced.browser("vera").get(url + path)
    assert response.status_code == 200
    assert str(AMOUNT) not in response.getvalue().decode()


def test_a_key_of_the_vendors_is_not_told_it(priced: World) -> None:
    told: dict[str, Caller] = {who: make_caller(priced, who) for who in ("vera", "rosa")}
    path = f"/accounts/{priced.carl.ref}/journal?event={EVENT}"
    assert [each["data"]["changes"]["price"] for each in told["vera"].get(path)["items"]] == [[]]
    assert [each["data"]["changes"]["price"] for each in told["rosa"].get(path)["items"]] == [STORED]


def test_the_vendor_reads_it_while_the_reseller_shares_its_prices(priced: World) -> None:
    share(priced, shared=True, days=1)
    assert [each["price"] for each in changes(priced, "vera")] == [STORED]
    assert len(changes(priced, "vera", words="quarter")) == 1
    save(priced, 1, days=2)
    assert sent("vera")["price"] == [STORED[1], {"is": {"amount": 1, "currency": "EUR", "interval": "quarter"}}]
    share(priced, shared=False, days=3)
    assert [each["price"] for each in changes(priced, "vera")] == [[], []]


def test_what_another_reseller_shares_opens_nothing(priced: World) -> None:
    with priced.scope("remo") as remo:
        share_prices(shared=True, actor=remo, at=AT)
    assert [each["price"] for each in changes(priced, "vera")] == [[]]


def test_who_shares_is_asked_once_for_a_page(priced: World) -> None:
    for day in range(1, 6):
        save(priced, day, days=day)
    for words in ("", "reseller"):
        with priced.scope("vera") as vera, CaptureQueriesContext(connection) as asked:
            history(vera, below=True, event=EVENT, words=words)
        assert len([each for each in asked if "price_sharing" in each["sql"]]) == 1


def test_figures_of_the_vendors_own_account_are_its_own(world: World) -> None:
    told = ClientSettingsChanged(ref=world.dora.ref, name=world.dora.name, changes={"price": STORED})
    with world.scope("vera") as vera, transaction.atomic():
        record(told, account_id=world.dora.id, parent_id=world.vendor.id, actor=vera, at=AT)
    assert [each["price"] for each in changes(world, "vera")] == [STORED]
