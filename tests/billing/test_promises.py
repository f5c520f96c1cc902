"""What a reseller spends with the vendor at least: agreed, reckoned by the run over all of its clients, a line on its invoice."""

from __future__ import annotations

import html
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.operations import close_account
from sublet.billing.invariants import balanced, periods
from sublet.billing.models import BillingRun, LedgerEntry
from sublet.billing.operations.promises import WAITS
from sublet.billing.queries.facts import facts_of
from sublet.core.pricing import WrongPrice
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import WholesaleCommitment
from sublet.pricing.operations import CannotChangeCommitment, change_wholesale_commitment
from sublet.pricing.queries import wholesale_of
from sublet.subscriptions.operations import take_plan
from tests.billing.selling import invoices, make_issuer, make_terms, run
from tests.billing.test_run_whole import PRICED, daily, when
from tests.people import World
from tests.portals.api.caller import make_caller
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db

FACTS_OF = "sublet.billing.operations.posting.facts_of"


@pytest.fixture
def sold(world: World) -> World:
    """Carl and Élan are on the basic plan (29.00 at list)."""
    sell(world, PRICED)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_terms(world.vendor, collected_by="own")
    with world.scope("rosa") as rosa:
        for client in (world.carl, world.elan):
            take_plan(ref=client.ref, plan="small", actor=rosa, at=when("2026-11-01 09:00"))
    return world


def promise(world: World, amount: int | None, at: str, since: str = "", *, person: str = "vera", **more: Any) -> bool:
    with world.scope(person) as actor:
        return change_wholesale_commitment(
            ref=more.pop("ref", world.rosa.ref), amount=amount, currency=more.pop("currency", "EUR"),
            since=when(since) if since else None, actor=actor, at=when(at), **more,
        )  # fmt: skip


def missing() -> list[tuple[str, str, int, int, int]]:
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(about="shortfall", book="wholesale").order_by("due_at")
        return [(f"{row.first_day}", f"{row.last_day}", row.days, row.of_days, row.minor) for row in rows]


def sound() -> None:
    with platform_scope("test"):
        assert [*balanced(when("2027-01-01 00:00")), *periods(when("2027-01-01 00:00"))] == []


def test_what_is_missing_is_charged_when_the_month_is_over_over_all_clients_together(sold: World) -> None:
    promise(sold, 10_000, "2026-10-30 09:00", "2026-11-01 00:00")
    daily("2026-11-02 01:00", "2027-01-02 01:00")

    # 100.00 less 2 × 29.00, in each month; the client's own charges are as they were.
    assert missing() == [
        ("2026-11-01", "2026-11-30", 30, 30, 4200),
        ("2026-12-01", "2026-12-31", 31, 31, 4200),
    ]
    with platform_scope("test"):
        row = LedgerEntry.objects.filter(about="shortfall").first()
        assert row is not None
        assert (row.client_id, row.debtor_id, row.account_id) == (sold.rosa.id, sold.rosa.id, sold.vendor.id)
        assert not LedgerEntry.objects.filter(about="shortfall", book="retail").exists()
    sound()


def test_it_is_a_line_of_its_own_on_the_invoice_and_the_discount_is_taken_off_it(sold: World) -> None:
    promise(sold, 10_000, "2026-10-30 09:00", "2026-11-01 00:00")
    for at in ("2026-11-02 01:00", "2026-12-01 01:00", "2027-01-02 01:00"):
        run(when(at))
    with platform_scope("test"):
        told = [
            (
                invoice.list_minor,
                invoice.discount_minor,
                invoice.net_minor,
                sorted(line.about for line in invoice.lines.all()),
            )
            for invoice in invoices()
        ]
    whole = ["base", "base", "shortfall"]
    assert (10_000, 2000, 8000, whole) in told


def test_who_spends_enough_owes_nothing_more(sold: World) -> None:
    promise(sold, 5800, "2026-10-30 09:00", "2026-11-01 00:00")
    daily("2026-11-02 01:00", "2027-01-02 01:00")
    assert missing() == []


def test_it_changes_and_ends_on_a_day(sold: World) -> None:
    promise(sold, 30_000, "2026-10-30 09:00", "2026-11-01 00:00")
    promise(sold, None, "2026-11-05 09:00", "2026-11-16 00:00")
    daily("2026-11-06 01:00", "2027-01-02 01:00")
    assert missing() == [("2026-11-01", "2026-11-15", 15, 30, 15_000 - 5800)]


def test_running_again_and_after_a_closing_adds_nothing(sold: World) -> None:
    promise(sold, 30_000, "2026-10-30 09:00", "2026-11-01 00:00")
    run(when("2026-11-02 01:00"))
    with sold.scope("rosa") as rosa:
        for client in (sold.carl, sold.elan, sold.zorba):
            close_account(ref=client.ref, reason="moved", actor=rosa, at=when("2026-11-15 09:00"))
    with sold.scope("vera") as vera:
        close_account(ref=sold.rosa.ref, reason="moved", actor=vera, at=when("2026-11-15 10:00"))
    for at in ("2026-11-17 01:00", "2026-11-17 01:00", "2026-12-02 01:00", "2026-12-03 01:00"):
        run(when(at))
    [(first, last, days, of_days, _minor)] = missing()
    assert (first, last, days, of_days) == ("2026-11-01", "2026-11-15", 15, 30)


def test_while_a_client_cannot_be_reckoned_it_waits(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    promise(sold, 10_000, "2026-10-30 09:00", "2026-11-01 00:00")
    run(when("2026-11-02 01:00"))

    class Broken:
        def due(self, **_about: Any) -> Any:
            raise WrongPrice("wrong-model")

    def spoiled(accounts: Any, **about: Any) -> Any:
        return {**facts_of(accounts, **about), **{each.id: Broken() for each in accounts if each.id == sold.elan.id}}

    monkeypatch.setattr(FACTS_OF, spoiled)
    for at in ("2026-12-01 01:00", "2026-12-09 01:00"):
        run(when(at))
    assert missing() == []
    with platform_scope("test"):
        last = BillingRun.objects.order_by("-until").first()
        assert last is not None
        assert [why for account, why, _since in last.faults if account == sold.rosa.id] == [WAITS]
    monkeypatch.setattr(FACTS_OF, facts_of)
    run(when("2026-12-20 01:00"))
    assert missing() == [("2026-11-01", "2026-11-30", 30, 30, 4200)]
    sound()


def test_another_currency_does_not_count(sold: World) -> None:
    promise(sold, 10_000, "2026-10-30 09:00", "2026-11-01 00:00", currency="USD")
    run(when("2026-11-02 01:00"))
    run(when("2026-12-02 01:00"))
    assert [minor for *_days, minor in missing()] == [10_000]


# Agreeing it ----------------------------------------------------------------------------------------------------------


def test_only_the_vendor_agrees_it_and_saying_it_again_changes_nothing(sold: World) -> None:
    for person in ("rosa", "remo", "carl"):
        with pytest.raises((NotFound, Forbidden)):
            promise(sold, 10_000, "2026-10-30 09:00", person=person)
    with pytest.raises(NotFound):
        promise(sold, 10_000, "2026-10-30 09:00", ref=sold.carl.ref)
    assert promise(sold, None, "2026-10-30 09:00") is False
    assert promise(sold, 10_000, "2026-10-30 09:00") is True
    assert promise(sold, 10_000, "2026-10-30 10:00") is False
    assert WholesaleCommitment.unscoped.count() == 1
    entry = JournalEntry.unscoped.get(event="wholesale_commitment.changed")
    assert (entry.account_id, entry.data["taken_back"]) == (sold.rosa.id, False)
    assert "10000" not in str(entry.data)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"amount": 0}, "amount"), ({"amount": -1}, "amount"), ({"amount": 10**13}, "amount"), ({"currency": "ZZZ"}, "currency"),
        ({"interval": "week"}, "interval"), ({"since": "2026-10-01 00:00"}, "past"), ({"since": "2036-10-01 00:00"}, "too-far"),
    ],
)  # fmt: skip
def test_what_is_no_commitment_is_refused(sold: World, said: dict[str, Any], code: str) -> None:
    known: dict[str, Any] = {"amount": 10_000, "at": "2026-10-30 09:00"} | said
    with pytest.raises(CannotChangeCommitment) as refused:
        promise(sold, **known)
    assert refused.value.code == code


def test_each_side_reads_it_and_nobody_else(sold: World) -> None:
    promise(sold, 10_000, "2026-10-30 09:00", note="Starter")

    def told(actor: Actor) -> tuple[int | None, str]:
        view = wholesale_of(actor, sold.rosa.ref, at=when("2026-11-02 09:00"))
        assert view.promised is not None
        return view.promised.minor, view.promises[0].note

    for person in ("vera", "rosa"):
        with sold.scope(person) as actor:
            assert told(actor) == (10_000, "Starter")
    for person in ("remo", "carl"):
        with sold.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
            told(actor)
        with sold.scope(person):
            assert WholesaleCommitment.objects.count() == 0


def test_the_vendors_page_agrees_it_and_the_resellers_shows_it(sold: World) -> None:
    vera, base = sold.browser("vera"), f"/vendor/{sold.vendor.ref}/wholesale/of/{sold.rosa.ref}/"
    page = html.unescape(vera.get(base).content.decode())
    assert "Nothing is promised" in page
    sent = {"commitment-amount": "abc", "commitment-interval": "month", "commitment-note": "Starter"}
    refused = vera.post(f"{base}commitment/", sent)
    assert refused.status_code == 422
    assert "Enter a number." in refused.content.decode()
    assert refused.content.decode().count("error-summary") == 1
    assert "At least, in EUR" in refused.content.decode()
    assert vera.post(f"{base}commitment/", sent | {"commitment-amount": "500"}).status_code == 302
    page = html.unescape(vera.get(base).content.decode())
    assert "at least €500.00 a month" in page
    assert "Starter" in page
    prices = html.unescape(sold.browser("rosa").get(f"/reseller/{sold.rosa.ref}/prices/").content.decode())
    assert "You spend at least" in prices
    assert "at least €500.00 a month" in prices
    assert "You spend at least" not in sold.browser("remo").get(f"/reseller/{sold.remo.ref}/prices/").content.decode()
    assert sold.browser("rosa").post(f"{base}commitment/", sent).status_code in {403, 404}
    assert vera.post(f"{base}commitment/", sent | {"commitment-amount": ""}).status_code == 302
    assert "Nothing is promised" in html.unescape(vera.get(base).content.decode())


def test_the_api_agrees_and_tells_it(sold: World) -> None:
    vera, rosa = (
        make_caller(sold, "vera", rights={"billing": "manage"}),
        make_caller(sold, "rosa", rights={"billing": "manage"}),
    )
    path, body = (
        f"/accounts/{sold.rosa.ref}/wholesale-commitment",
        {"amount": 50_000, "currency": "EUR", "interval": "quarter"},
    )
    assert rosa.ask("PUT", path, body).status in {403, 404, 405}
    assert vera.ask("PUT", path, body).status == 200
    [told] = rosa.get(f"/accounts/{sold.rosa.ref}/wholesale")["commitments"]
    assert (told["amount"], told["currency"], told["interval"]) == (50_000, "EUR", "quarter")
    assert datetime.fromisoformat(told["since"]) is not None
    assert vera.ask("PUT", path, body | {"amount": 0}).status in {409, 422}
    assert vera.ask("PUT", path, body | {"amount": None}).status == 200
    assert [each["amount"] for each in rosa.get(f"/accounts/{sold.rosa.ref}/wholesale")["commitments"]] == [
        None,
        50_000,
    ]
