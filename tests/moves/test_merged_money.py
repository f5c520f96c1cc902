"""What a reseller that went in a merge still claimed and owed: asked by, and of, whoever comes after it.

As in `test_used_before`: *by use* asks 9.90 for up to 100 text messages and 0.05 for each further one, *small* 29.00 a month; Rosa asks
half as much again as the list, Remo twice the list.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction

from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import end_at_once
from sublet.billing.invariants import adds_up, balanced, periods
from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting, Succession
from sublet.billing.operations import succeeding
from sublet.billing.operations.money_moved import book, payable_balance
from sublet.billing.queries.account_statements import account_statement
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core import ledger
from sublet.core.places import heirs
from sublet.foundation.scope import platform_scope
from sublet.moves.operations import preview_merge
from sublet.pricing.operations import change_wholesale_terms
from sublet.subscriptions.operations import take_plan
from tests import factories
from tests.billing.selling import installation, make_issuer, make_terms, marks_up, pays, run, texts
from tests.billing.statements import claimed, paid
from tests.billing.test_run_whole import take, when
from tests.moves.steps import agree, ask_transfer, code_of, merge, transfer
from tests.moves.test_used_before import BY_UNIT, LISTED, UNITS, sold
from tests.people import World
from tests.subscriptions import sell
from tests.thorough import FULL

__all__ = ["sold"]
pytestmark = pytest.mark.django_db

MERGED = when("2026-11-20 10:00")
LATER = when("2027-01-02 01:00")


def asked(world: World, *abouts: str) -> list[tuple[str, str, str, int, int]]:
    """Each line of an invoice about one of those: book, who asks whom, the amount before the discount, its share of that."""
    names = {each.id: each.name.partition(" ")[0] for each in (world.vendor, world.rosa, world.remo, world.carl)}
    with platform_scope("test"):
        lines = InvoiceLine.objects.filter(about__in=abouts).select_related("invoice").order_by("id")
        return sorted(
            (one.book, names[one.account_id], names[one.invoice.debtor_id], one.minor, one.discount_minor)
            for one in lines
        )


def whole(at: datetime) -> list[object]:
    with platform_scope("test"):
        return [one for look in (balanced, periods, adds_up) for one in look(at)]


def unbilled() -> dict[tuple[int, int], int]:
    """What is reckoned and on no invoice, by who claims and who owes."""
    found: Counter[tuple[int, int]] = Counter()
    with platform_scope("test"):
        for row in LedgerPosting.objects.filter(code=ledger.UNBILLED):
            found[row.account_id, row.debtor_id] += row.minor
    return {pair: minor for pair, minor in found.items() if minor}


def ends(gone: Account, stays: Account, at: datetime) -> None:
    """The last step of a merge alone, of a reseller without clients."""
    with platform_scope("test"), transaction.atomic():
        account = Account.objects.select_for_update().get(id=gone.id)
        end_at_once(account, reason="merged", actor=installation(), at=at, told=False, successor_id=stays.id)


def test_use_from_before_is_asked_by_and_of_who_stays_at_the_prices_of_before(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-05 10:00"))
    take(sold, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    merge(sold, MERGED)
    run(when("2026-12-02 01:00"))
    run(LATER)
    assert asked(sold, "plan_use") == [
        ("retail", "Remo", "Carl’s", LISTED * 3 // 2, 0),  # half as much again: Rosa's price, not Remo's
        ("wholesale", "Vantage", "Remo", LISTED, LISTED // 5),
    ]
    with platform_scope("test"):
        after = Invoice.objects.filter(made_at__gt=MERGED)
        assert not after.filter(account=sold.rosa).exists()
        assert not after.filter(debtor=sold.rosa).exists()
        # The ledger goes on saying under whom it was used.
        rows = LedgerEntry.objects.filter(kind="charge", about="plan_use").values_list("account_id", "debtor_id")
        assert set(rows) == {(sold.rosa.id, sold.carl.id), (sold.vendor.id, sold.rosa.id)}
    assert not [pair for pair in unbilled() if sold.rosa.id in pair]  # it has all gone over
    assert whole(LATER) == []


def billed_by_rosa(world: World) -> dict[str, str]:
    """October's use, on invoices that were issued; reference → digest."""
    make_terms(world.vendor, automatic=True)
    make_terms(world.rosa, world.carl, collected_by="own", automatic=True)
    take(world, "by_use", "2026-10-01 00:00")
    texts(world, 150, at=when("2026-10-05 10:00"))
    take(world, "small", "2026-10-20 10:00")
    run(when("2026-11-19 01:00"))
    with platform_scope("test"):
        issued = dict(Invoice.objects.exclude(state="draft").values_list("ref", "digest"))
    assert len(issued) >= 2
    return issued


def test_use_told_late_of_a_period_that_was_billed_before_is_too(sold: World) -> None:
    """20 text messages more, 1.00 at wholesale and 1.50 at retail; what was issued stays as it is."""
    issued = billed_by_rosa(sold)
    merge(sold, MERGED)
    texts(sold, 20, at=when("2026-10-08 10:00"), name="late")
    run(when("2026-12-02 01:00"))
    run(LATER)
    assert asked(sold, "adjustment") == [
        ("retail", "Remo", "Carl’s", 150, 0),
        ("wholesale", "Vantage", "Remo", 100, 20),
    ]
    with platform_scope("test"):
        assert dict(Invoice.objects.filter(ref__in=issued).values_list("ref", "digest")) == issued
    assert whole(LATER) == []


def test_drafts_go_and_their_charges_come_on_invoices_of_who_stays(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    run(when("2026-11-02 01:00"))
    with platform_scope("test"):
        drafts = set(Invoice.objects.filter(state="draft").values_list("account_id", "debtor_id"))
    assert drafts
    assert {sold.rosa.id} < {each for pair in drafts for each in pair}
    merge(sold, MERGED)
    with platform_scope("test"):
        assert not Invoice.objects.filter(state="draft", account=sold.rosa).exists()
        assert not Invoice.objects.filter(state="draft", debtor=sold.rosa).exists()
    run(when("2026-12-02 01:00"))
    run(LATER)
    with platform_scope("test"):
        once = Counter(InvoiceLine.objects.values_list("entry_id", flat=True))
        charges = LedgerEntry.objects.filter(kind="charge", billed=True)
        assert set(once) == set(charges.values_list("id", flat=True))
        assert set(once.values()) == {1}
        assert not Invoice.objects.filter(account=sold.rosa).exists()
    assert not [pair for pair in unbilled() if sold.rosa.id in pair]  # it has all gone over
    assert whole(LATER) == []


def test_the_discount_is_that_of_its_own_time(sold: World) -> None:
    """30 % with Rosa, 20 % as usual with Remo, on one invoice: no percentage can be told of all of it."""
    with sold.scope("vera") as vera:
        change_wholesale_terms(ref=sold.rosa.ref, percent=Decimal(30), actor=vera, at=when("2026-10-01 10:00"))
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-05 10:00"))
    take(sold, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    merge(sold, MERGED)
    run(when("2026-12-02 01:00"))
    run(LATER)
    assert asked(sold, "plan_use")[-1] == ("wholesale", "Vantage", "Remo", LISTED, LISTED * 3 // 10)
    with platform_scope("test"):
        mixed = Invoice.objects.get(book="wholesale", lines__about="plan_use")
        now = mixed.lines.filter(entry__debtor=sold.remo)
        assert now.exists()
        assert all(each.discount_minor * 5 == each.minor for each in now)
        assert mixed.discount_percent == 0
        assert mixed.discount_minor == sum(each.discount_minor for each in mixed.lines.all())
    assert whole(LATER) == []


def test_in_a_chain_the_last_one_asks_and_owes(sold: World) -> None:
    """Rosa into Remo, Remo into Bo. A client that had left Rosa before, too."""
    bo = factories.make_reseller(sold.vendor, "Bo")
    make_issuer(bo, invoice_prefix="B-")
    make_terms(bo, collected_by="own")
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-05 10:00"))
    take(sold, "small", "2026-11-10 10:00")
    run(when("2026-11-19 01:00"))
    transfer(sold, MERGED)  # Carl goes to Remo by himself
    merge(sold, MERGED + timedelta(hours=1))
    ends(sold.remo, bo, MERGED + timedelta(hours=2))
    run(when("2026-12-02 01:00"))
    run(LATER)
    with platform_scope("test"):
        lines = InvoiceLine.objects.filter(about="plan_use").order_by("book")
        found = [(one.account_id, one.invoice.debtor_id, one.minor) for one in lines]
    assert found == [(bo.id, sold.carl.id, LISTED * 3 // 2), (sold.vendor.id, bo.id, LISTED)]
    assert whole(LATER) == []


def test_the_client_reads_the_invoice_and_no_figure_of_the_vendor(sold: World) -> None:
    make_terms(sold.remo, sold.carl, collected_by="own", automatic=True)
    test_use_from_before_is_asked_by_and_of_who_stays_at_the_prices_of_before(sold)
    with sold.scope("carl"):
        assert {(one.book, one.account_id) for one in Invoice.objects.all()} == {("retail", sold.remo.id)}
        assert set(InvoiceLine.objects.values_list("book", flat=True)) == {"retail"}
        assert not LedgerEntry.objects.exists()
        assert not Succession.objects.exists()
    with sold.scope("remo"):
        assert {one.account_id for one in LedgerEntry.objects.filter(book="retail")} <= {sold.remo.id}


def test_of_more_charges_than_can_be_named_each_goes_over_once(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succeeding, "MOST_KEYS", 0)
    test_use_from_before_is_asked_by_and_of_who_stays_at_the_prices_of_before(sold)


def test_what_was_paid_ahead_and_what_was_collected_goes_to_who_stays(sold: World) -> None:
    """And what is open on issued invoices stays where it was issued."""
    at = when("2026-11-02 10:00")
    paid(claimed(sold.rosa, sold.carl, 1000, at), 1500, at)
    claimed(sold.rosa, sold.carl, 300, at)
    paid(claimed(sold.vendor, sold.rosa, 200, at), 250, at)
    with platform_scope("test"), transaction.atomic():
        book(
            owner=sold.vendor.id, book="wholesale", debtor=sold.rosa.id, key="collected:pay_x", about="", minor=700,
            currency="EUR", by="test", at=at, postings=ledger.entry("wholesale", "EUR", cash=700, payable=-700),
        )  # fmt: skip
    code = code_of(sold, "remo", at)
    with sold.scope("rosa") as rosa:
        plan = preview_merge(code=code, actor=rosa, at=at).plan
    assert ("open-invoices", 1) in [(line.code, line.count) for line in plan.stays]
    merge(sold, MERGED)
    with platform_scope("test"):
        assert prepaid_balance(sold.rosa.id, sold.carl.id, "retail", "EUR") == 0
        assert prepaid_balance(sold.remo.id, sold.carl.id, "retail", "EUR") == 500
        assert prepaid_balance(sold.vendor.id, sold.rosa.id, "wholesale", "EUR") == 0
        assert prepaid_balance(sold.vendor.id, sold.remo.id, "wholesale", "EUR") == 50
        assert payable_balance(sold.vendor.id, sold.rosa.id, "EUR") == 0
        assert payable_balance(sold.vendor.id, sold.remo.id, "EUR") == 700
        postings = [
            ledger.Posting(row.book, row.code, row.minor, row.currency)
            for row in LedgerPosting.objects.filter(entry__key__startswith="succession:")
        ]
    assert set(ledger.balances(postings).values()) == {0}
    with platform_scope("test"):
        assert list(balanced(MERGED)) == []
    with sold.scope("remo") as remo:
        told = account_statement(actor=remo, side="sent", account=sold.carl.ref, at=MERGED)
        assert [(row.kind, row.charged, row.paid) for row in told.rows] == [("succeeded", 0, 500)]
        assert told.now.prepaid == 500


# The law --------------------------------------------------------------------------------------------------------------


def lived(world: World, seed: int) -> int:
    """Months of plans, moves and use told at once or late, runs at any time, and a merge in the middle; what all use comes to."""
    chance = Random(seed)
    sell(world, BY_UNIT)
    make_issuer(world.vendor, invoice_prefix="V-")
    make_terms(world.vendor, automatic=chance.random() < 0.5)
    for each in (world.rosa, world.remo):
        make_issuer(each, invoice_prefix="R-")
        make_terms(each, collected_by="own", automatic=chance.random() < 0.5)
        marks_up(each, 0)
        pays(each, world.carl, "base", "overage", "add_ons")
    above, plan, units = "rosa", "", dict.fromkeys(UNITS, 0)
    late: list[tuple[datetime, int]] = []
    at, end, merged = when("2026-11-01 00:30"), when("2026-12-20 00:00"), when("2026-12-01 12:00")
    run(at)
    while at < end:
        at += timedelta(hours=chance.randrange(7, 110))
        if above and at > merged:
            merge(world, at)
            above = ""
        what = chance.choice(("plan", "plan", "use", "use", "late", "move", "run"))
        if what == "plan":
            with world.scope(above or "remo") as actor:
                plan = chance.choice([each for each in ("tens", "sevens", "small") if each != plan])
                take_plan(ref=world.carl.ref, plan=plan, actor=actor, at=at)
        elif what == "move" and above:
            by, above = above, "remo" if above == "rosa" else "rosa"
            assert agree(world, above, ask_transfer(world, by=by, to=above, at=at), at)
        elif what == "run":
            run(at)
        elif plan in UNITS:
            count = chance.randrange(1, 40)
            units[plan] += count
            if what == "late":
                late.append((at, count))
            else:
                texts(world, count, at=at, name="u")
    run(when("2027-01-02 01:00"))
    for moment, count in late:  # all of it after the merge, some of it of the time before
        texts(world, count, at=moment, name="late")
    for month in (2, 3):
        run(when(f"2027-0{month}-02 01:00"))
    return sum(units[key] * amount for key, amount in UNITS.items())


@pytest.mark.parametrize("seed", range(40) if FULL else (0, 3, 5))
def test_each_use_is_asked_once_in_each_book_by_who_is_there(world: World, seed: int) -> None:
    due = lived(world, seed)
    at = when("2027-03-02 01:00")
    with platform_scope("test"):
        after = heirs(dict(Succession.objects.values_list("account_id", "successor_id")))
        assert after == {world.rosa.id: world.remo.id}
        charges = LedgerEntry.objects.filter(kind="charge", about__in=("plan_use", "adjustment"))
        by_book = Counter[str]()
        for one in charges:
            by_book[one.book] += one.minor
        assert by_book == ({"wholesale": due, "retail": due} if due else {})
        once = Counter(InvoiceLine.objects.values_list("entry_id", flat=True))
        assert set(once.values()) <= {1}
        # What is on no invoice waits for a positive sum, and is asked by nobody who is gone.
        assert {one.id for one in charges if one.minor > 0} <= set(once)
        late = Invoice.objects.filter(made_at__gt=Succession.objects.get().since)
        assert not late.filter(account__in=after).exists()
        assert not late.filter(debtor__in=after).exists()
    assert whole(at) == []
