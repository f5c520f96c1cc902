"""The statement of account: its law on both sides, in each currency and zone; who reads it, and who after a move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.accounts.models import Account
from sublet.billing.models import BankLine, Invoice
from sublet.billing.operations import book_match, credit_invoice, import_statement, issue_invoice, take_back
from sublet.billing.operations.money_moved import book, locked_invoice, use_prepaid
from sublet.billing.operations.payouts import pay_out
from sublet.billing.queries.account_statements import (
    AccountStatement,
    CannotShowAccountStatement,
    account_statement,
    account_statement_whole,
)
from sublet.billing.queries.invoices import RECEIVED
from sublet.billing.queries.overview import overview
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core import ledger
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator
from tests.billing.rows import make_invoice
from tests.billing.selling import day, furnish, invoices, marks_up, run, texts
from tests.billing.statements import claimed, credited, given_back, paid
from tests.core.bankpapers import camt, detail, entry
from tests.moves.steps import transfer
from tests.people import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def of(world: World, person: str = "rosa", account: Account | None = None, **asked: Any) -> AccountStatement:
    """What Rosa’s Carl owes her, or another person's statement."""
    with world.scope(person) as actor:
        ref = (account or world.carl).ref if asked.get("side") != RECEIVED else (account.ref if account else "")
        return account_statement(actor, account=ref, at=NOW, **asked)


def told(statement: AccountStatement) -> list[tuple[str, str, int, int, int]]:
    return [(str(row.day), row.kind, row.charged, row.paid, row.balance) for row in statement.rows]


def sums(statement: AccountStatement) -> tuple[int, int, int, int]:
    return statement.sums.opening, statement.sums.charged, statement.sums.paid, statement.sums.closing


def test_each_movement_stands_with_the_balance_after_it(world: World) -> None:
    first = claimed(world.rosa, world.carl, 10000, day("2026-03-01"))
    paid(first, 4000, day("2026-03-05"))
    credited(first, 1000, day("2026-03-06"))
    paid(first, 7500, day("2026-03-20"))  # 25.00 more than was owed
    given_back(first, 500, day("2026-04-02"))
    statement = of(world)
    assert told(statement) == [
        ("2026-03-01", "invoice", 10000, 0, 10000),
        ("2026-03-05", "payment", 0, 4000, 6000),
        ("2026-03-06", "credit", -1000, 0, 5000),
        ("2026-03-20", "payment", 0, 7500, -2500),
        ("2026-04-02", "refund", 0, -500, -2000),
    ]
    assert sums(statement) == (0, 9000, 11000, -2000)
    assert (statement.currency, statement.currencies, statement.issuer.name, statement.debtor.name) == (
        "EUR", ("EUR",), "Rosa Web Studio", "Carl’s Kitchen",
    )  # fmt: skip
    assert (statement.first, statement.before) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (statement.now.open, statement.now.prepaid, statement.now.balance) == (500, 2500, -2000)
    assert [row.number for row in statement.rows[:2]] == [first.number_shown] * 2
    assert statement.rows[0].invoice == first.ref


def test_a_day_is_one_of_who_claims(world: World) -> None:
    """Rosa is in Rome: 31 December 23:30 UTC is New Year there."""
    claimed(world.rosa, world.carl, 100, datetime(2025, 12, 31, 22, 59, tzinfo=UTC))
    claimed(world.rosa, world.carl, 30, datetime(2025, 12, 31, 23, 0, tzinfo=UTC))
    statement = of(world)
    assert sums(statement) == (100, 30, 0, 130)
    assert told(statement) == [("2026-01-01", "invoice", 30, 0, 130)]
    assert told(of(world, before=date(2026, 1, 1))) == [("2025-12-31", "invoice", 100, 0, 100)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # a debtor for each
@given(
    moved=st.lists(
        st.tuples(st.integers(0, 900), st.integers(1, 10**6), st.sampled_from("ippccr"), st.sampled_from(("EUR", "JPY"))),
        min_size=1, max_size=12,
    ),
    cut=st.integers(1, 899),
    size=st.integers(1, 5),
)  # fmt: skip
def test_whatever_moved_opening_and_rows_are_the_closing(
    world: World, moved: list[tuple[int, int, str, str]], cut: int, size: int
) -> None:
    """Cut at any day, read page by page, in each currency: and today it is what the open invoices say."""
    start = datetime(2024, 1, 1, 9, tzinfo=UTC)
    with platform_scope("test"):
        debtor = Account.objects.create(
            kind="client", parent=world.rosa, name="One more", sort_name="one more", state_since=start, created_at=start
        )
    for days, minor, what, currency in sorted(moved):
        at = start + timedelta(days=days)
        with platform_scope("test"):
            mine = Invoice.objects.filter(debtor=debtor, kind="invoice", currency=currency).order_by("-id").first()
        if what == "i" or mine is None:
            claimed(world.rosa, debtor, minor, at, currency=currency)
        elif what == "p":
            paid(mine, minor, at)
        elif what == "c" and mine.open_minor > 0:
            credited(mine, min(minor, mine.open_minor), at)
        elif what == "r" and mine.paid_minor > 0:
            given_back(mine, min(minor, mine.paid_minor), at)
    first, middle, before = date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=cut), date(2027, 1, 1)
    for currency in {row[3] for row in moved}:
        whole = of(world, account=debtor, currency=currency, first=first, before=before)
        early = of(world, account=debtor, currency=currency, first=first, before=middle)
        late = of(world, account=debtor, currency=currency, first=middle, before=before)
        assert whole.sums.opening == early.sums.opening == 0
        assert early.sums.closing == late.sums.opening
        assert late.sums.closing == whole.sums.closing == whole.now.balance
        assert [*early.rows, *late.rows] == list(whole.rows)
        assert whole.rows[-1].balance == whole.sums.opening + sum(row.charged - row.paid for row in whole.rows)
        with platform_scope("test"):
            owed = sum(
                each.open_minor for each in Invoice.objects.filter(debtor=debtor, currency=currency, kind="invoice")
            )
            ahead = prepaid_balance(world.rosa.id, debtor.id, "retail", currency)
        assert (whole.now.open, whole.now.prepaid, whole.now.balance) == (owed, ahead, owed - ahead)
        pages, cursor = [], ""
        while True:
            page = of(world, account=debtor, currency=currency, first=first, before=before, size=size, cursor=cursor)
            pages.append(page)
            if not page.later:
                break
            cursor = page.later
        assert [row for page in pages for row in page.rows] == list(whole.rows)
        assert all(page.sums == whole.sums for page in pages)
        for page, previous in zip(reversed(pages), list(reversed(pages))[1:], strict=False):
            back = of(
                world, account=debtor, currency=currency, first=first, before=before, size=size, cursor=page.earlier
            )
            assert (back.rows, back.later, back.earlier) == (previous.rows, previous.later, previous.earlier)


def test_it_says_what_the_receivables_say(world: World) -> None:
    """Everything by the operations themselves: run, issue, bank, credit, paid ahead, used, taken back."""
    furnish(world)
    marks_up(world.rosa)
    texts(world, 230, at=day("2026-03-20"))
    run(day("2026-06-02"))
    with world.scope("rosa") as rosa:
        for each in invoices("retail"):
            issue_invoice(ref=each.ref, actor=rosa, at=day("2026-06-03"))
        first, second, *_rest = invoices("retail")
        for number, (invoice, more) in enumerate(((first, 5000), (second, -100))):
            minor = invoice.gross_minor + more
            line = entry(f"{minor // 100}.{minor % 100:02}", ref=f"B{number}", details=detail(name="Somebody"))
            import_statement(file_name="b.xml", data=camt(line), actor=rosa, at=day("2026-06-05"))
        lines = list(BankLine.objects.order_by("id"))
        book_match(ref=lines[0].ref, invoices=[first.ref], actor=rosa, at=day("2026-06-06"))
        book_match(ref=lines[1].ref, invoices=[second.ref], actor=rosa, at=day("2026-06-07"))
        credit_invoice(ref=second.ref, reason="Goodwill", net=1000, actor=rosa, at=day("2026-06-08"))
        take_back(ref=lines[1].ref, actor=rosa, at=day("2026-06-09"))
    with platform_scope("test"), transaction.atomic():
        locked = locked_invoice(world.rosa.id, second.ref)
        assert locked is not None
        assert use_prepaid(locked, by="test", at=day("2026-06-10")) > 0
    statement = of(world)
    kinds = [row.kind for row in statement.rows]
    assert kinds[-3:] == ["credit", "taken-back", "prepaid-used"]
    # On the bank's day, which was long before anybody brought the file in.
    assert [row.day for row in statement.rows if row.kind == "payment"] == [date(2026, 3, 20)] * 2
    used = statement.rows[-1]
    assert (used.charged, used.paid, used.balance) == (0, 0, statement.rows[-2].balance)
    assert used.amount > 0
    with world.scope("rosa") as rosa:
        [open_now] = overview(rosa, at=NOW).receivable
    ahead = prepaid_balance_of(world)
    assert (statement.now.open, statement.now.prepaid) == (open_now.minor, ahead)
    assert statement.sums.closing == open_now.minor - ahead
    # The vendor's side of the same months: what Rosa owes, and nothing of what she asks.
    with world.scope("vera") as vera:
        for each in invoices():
            issue_invoice(ref=each.ref, actor=vera, at=day("2026-06-03"))
    owed, asked = of(world, side=RECEIVED), of(world, "vera", world.rosa)
    assert told(owed) == told(asked)
    with world.scope("vera") as vera:
        [total] = overview(vera, at=NOW).receivable
    assert owed.sums.closing == total.minor > 0


def prepaid_balance_of(world: World) -> int:
    with platform_scope("test"):
        return prepaid_balance(world.rosa.id, world.carl.id, "retail", "EUR")


def test_each_side_reads_its_own_and_nobody_elses(world: World) -> None:
    claimed(world.rosa, world.carl, 3600, day("2026-03-01"))
    claimed(world.vendor, world.rosa, 2400, day("2026-03-01"))
    claimed(world.vendor, world.dora, 900, day("2026-03-01"))
    claimed(world.remo, world.bakery, 100, day("2026-03-01"))
    assert sums(of(world, "carl", side=RECEIVED))[3] == 3600
    assert of(world, "carl", side=RECEIVED).issuer.name == "Rosa Web Studio"
    assert sums(of(world, side=RECEIVED))[3] == 2400
    assert sums(of(world, "vera", world.rosa))[3] == 2400
    assert sums(of(world, "vera", world.dora))[3] == 900
    assert sums(of(world, "dora", side=RECEIVED))[3] == 900
    for person, account, side in (
        ("vera", world.carl, "sent"),  # retail
        ("rosa", world.bakery, "sent"),
        ("rosa", world.rosa, "sent"),
        ("rosa", world.vendor, "sent"),
        ("remo", world.carl, "sent"),
        ("carl", world.carl, "sent"),
        ("carl", world.vendor, RECEIVED),
        ("carl", world.remo, RECEIVED),
        ("dora", world.rosa, RECEIVED),
        ("vera", world.rosa, RECEIVED),
    ):
        with pytest.raises(NotFound):
            of(world, person, account, side=side)
    with pytest.raises(Forbidden):
        of(world, "cleo", side=RECEIVED)  # its owner alone
    with pytest.raises(Forbidden):
        of(world, "ruth")  # looks at clients, not at money


def test_who_looks_after_some_clients_reads_of_those_alone(world: World) -> None:
    claimed(world.rosa, world.carl, 3600, day("2026-03-01"))
    claimed(world.rosa, world.elan, 100, day("2026-03-01"))
    with platform_scope("test"):
        Collaborator.objects.filter(id=world.places["rico"].id).update(rights_words={"billing": "view"})
    world.places["rico"].refresh_from_db()
    assert sums(of(world, "rico"))[3] == 3600
    with pytest.raises(NotFound):
        of(world, "rico", world.elan)
    with pytest.raises(Forbidden):
        of(world, "rico", side=RECEIVED)  # what all of them cost


def test_a_client_that_pays_nothing_here_has_none(world: World) -> None:
    with pytest.raises(NotFound):
        of(world, "carl", side=RECEIVED)


def test_where_nothing_moved_there_is_nothing_to_show(world: World) -> None:
    statement = of(world, account=world.elan)
    assert (statement.currency, statement.currencies, list(statement.rows), sums(statement)) == (
        "",
        (),
        [],
        (0, 0, 0, 0),
    )
    owed = of(world, side=RECEIVED)
    assert (owed.issuer.ref, owed.currency) == (world.vendor.ref, "")


def test_after_a_move_who_was_left_keeps_it_and_who_came_sees_nothing(world: World) -> None:
    claimed(world.rosa, world.carl, 3600, day("2026-03-01"))
    transfer(world)
    before = of(world)
    assert (sums(before)[3], before.debtor.ref) == (3600, world.carl.ref)
    assert sums(of(world, "remo")) == (0, 0, 0, 0)
    own = of(world, "carl", side=RECEIVED)
    assert (own.issuer.ref, sums(own)[3]) == (world.remo.ref, 0)
    assert {each.ref for each in own.creditors} == {world.rosa.ref, world.remo.ref}
    left = of(world, "carl", world.rosa, side=RECEIVED)
    assert (left.issuer.name, sums(left)[3]) == ("Rosa Web Studio", 3600)
    claimed(world.remo, world.carl, 500, day("2026-12-01"))
    assert (sums(of(world))[3], sums(of(world, "remo", before=date(2027, 1, 1)))[3]) == (3600, 500)


def test_what_the_vendor_collected_is_in_the_balance_between_it_and_the_reseller(world: World) -> None:
    """Collected 100.00, of which 30.00 pay an invoice; 70.00 are paid out."""
    retail = make_invoice(world.rosa, world.carl, number=7, collected_by="vendor")
    with platform_scope("test"), transaction.atomic():
        book(
            owner=world.vendor.id, book="wholesale", debtor=world.rosa.id, key="collected:pay_1", about=retail.ref, minor=10000,
            currency="EUR", by="test", at=day("2026-03-02"), postings=ledger.entry("wholesale", "EUR", cash=10000, payable=-10000),
        )  # fmt: skip
    claimed(world.vendor, world.rosa, 3000, day("2026-03-03"))
    assert told(of(world, side=RECEIVED)) == [
        ("2026-03-02", "collected", 0, 10000, -10000),
        ("2026-03-03", "invoice", 3000, 0, -7000),
    ]
    with world.scope("vera") as vera:
        pay_out(reseller=world.rosa.ref, currency="EUR", amount=7000, reference="", actor=vera, at=day("2026-04-01"))
    statement = of(world, "vera", world.rosa)
    assert told(statement)[2:] == [
        ("2026-04-01", "netted", 0, 0, -7000),
        ("2026-04-01", "payout", 0, -7000, 0),
    ]
    assert [row.number for row in statement.rows] == ["7", statement.rows[1].number, statement.rows[1].number, "PAY-1"]
    assert [bool(row.invoice) for row in statement.rows] == [
        False,
        True,
        True,
        False,
    ]  # the retail one is not theirs to open
    assert statement.now.balance == 0


def test_days_the_wrong_way_round_are_refused(world: World) -> None:
    with pytest.raises(CannotShowAccountStatement) as fault:
        of(world, first=date(2026, 3, 1), before=date(2026, 3, 1))
    assert (fault.value.code, fault.value.field) == ("wrong-days", "before")


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_the_same_statements_whatever_is_in_it(world: World, number: int) -> None:
    for month in range(1, number + 1):
        paid(claimed(world.rosa, world.carl, 1000, day(f"2026-0{month}-05")), 1000, day(f"2026-0{month}-09"))
    with world.scope("rosa") as rosa, CaptureQueriesContext(connection) as asked:
        account_statement(rosa, account=world.carl.ref, at=NOW)
    assert len(asked) == 7
    with world.scope("carl") as carl, CaptureQueriesContext(connection) as asked:
        account_statement(carl, side=RECEIVED, at=NOW)
    assert len(asked) == 8


def test_the_whole_is_read_piece_by_piece_after_the_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.billing.queries.account_statements.BATCH", 2)
    for month in range(1, 6):
        claimed(world.rosa, world.carl, month, day(f"2026-0{month}-05"))
    with world.scope("rosa") as rosa:
        head, rows = account_statement_whole(rosa, account=world.carl.ref, at=NOW)
    assert (list(head.rows), [row.balance for row in rows]) == ([], [1, 3, 6, 10, 15])  # outside any scope
