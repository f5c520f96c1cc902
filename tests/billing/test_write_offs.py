"""What is given up is booked once, asked for no more, and taken all the same when it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from sublet.billing.invariants import balanced, losses
from sublet.billing.models import BankLine, Invoice, LedgerPosting, WriteOff
from sublet.billing.operations import (
    CannotReopenInvoice,
    CannotWriteOff,
    book_bank_refund,
    book_match,
    credit_invoice,
    reopen_invoice,
    take_back,
    write_off,
)
from sublet.billing.operations.collecting import CannotCollectInvoice, collect_invoice, collect_issued
from sublet.billing.operations.dunning import CannotDun, remind_now
from sublet.billing.queries.account_statements import account_statement
from sublet.billing.queries.dunning import receivables
from sublet.billing.queries.overview import overview
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core import ledger
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.operations import resume
from tests.billing.dunned import case_of, day_by_day, enters, mails, on, owes, passes, rests, takes, told
from tests.billing.payments import Counter, machine
from tests.billing.selling import make_issuer
from tests.billing.statements import claimed, paid
from tests.billing.test_bank import bring, paying
from tests.people import World

pytestmark = pytest.mark.django_db
ISSUED = datetime(2026, 3, 17, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 25, 9, tzinfo=UTC)


def gives_up(world: World, invoice: Invoice, person: str = "rosa", at: datetime = LATER, **what: Any) -> Invoice:
    with world.scope(person) as actor:
        return write_off(ref=invoice.ref, **{"reason": "Bankrupt", "actor": actor, "at": at, **what})


def asks_again(world: World, invoice: Invoice, at: datetime = LATER) -> Invoice:
    with world.scope("rosa") as rosa:
        return reopen_invoice(ref=invoice.ref, reason="It pays after all", actor=rosa, at=at)


def stands(invoice: Invoice) -> tuple[str, int, int, int, int]:
    """State, and what of it is paid, credited, written off and open: always all that was due."""
    with platform_scope("test"):
        row = Invoice.objects.get(id=invoice.id)
    parts = (row.paid_minor, row.credited_minor, row.written_off_minor, row.open_minor)
    assert sum(parts) == row.due_minor
    return (row.state, *parts)


def codes(world: World) -> dict[str, int]:
    """What the books say, but for what was reckoned and earned."""
    with platform_scope("test"):
        assert [one.words for one in (*balanced(LATER), *losses(LATER))] == []
        rows = LedgerPosting.objects.filter(account=world.rosa, code__in=ledger.ACCOUNTS).exclude(
            code__in=("unbilled", "revenue")
        )
        return {code: minor for code, minor in rows.order_by().values_list("code").annotate(all=Sum("minor")) if minor}


@pytest.fixture
def invoice(world: World) -> Invoice:
    """Carl owes Rosa 100.00, of which 40.00 are paid."""
    of = claimed(world.rosa, world.carl, 10_000, ISSUED)
    paid(of, 4_000, ISSUED)
    return of


def test_what_is_open_is_booked_once_and_receivable_no_more(world: World, invoice: Invoice) -> None:
    assert codes(world) == {"receivable": 6_000, "cash": 4_000}
    gives_up(world, invoice)
    assert stands(invoice) == ("uncollectible", 4_000, 0, 6_000, 0)
    assert codes(world) == {"losses": 6_000, "cash": 4_000}

    gives_up(world, invoice, reason="Once more")
    assert codes(world) == {"losses": 6_000, "cash": 4_000}
    with platform_scope("test"):
        [row] = WriteOff.objects.all()
    assert (row.minor, row.reason, row.by) == (6_000, "Bankrupt", world.actor("rosa").name)
    [entry] = JournalEntry.unscoped.filter(event="invoice.written_off")
    assert (entry.reason, entry.account_id, entry.parent_id) == ("Bankrupt", world.carl.id, world.rosa.id)
    assert "6000" not in str(entry.data)
    with world.scope("rosa") as rosa:
        assert receivables(rosa, at=LATER)[0] == []
        [given_up] = receivables(rosa, state="written-off", at=LATER)[0]
        assert (given_up.ref, given_up.written_off_minor) == (invoice.ref, 6_000)
        home = overview(rosa, at=LATER)
    assert (home.receivable, home.aging) == ((), ())
    assert [(each.currency, each.minor) for each in home.written_off] == [("EUR", 6_000)]


def test_who_may_and_what_is_refused(world: World, invoice: Invoice) -> None:
    for person, fault in (("vera", NotFound), ("remo", NotFound), ("carl", NotFound), ("cleo", Forbidden)):
        with pytest.raises((fault, Forbidden)):
            gives_up(world, invoice, person)
    with pytest.raises(CannotWriteOff, match="reason"):
        gives_up(world, invoice, reason="  ")
    with pytest.raises(CannotReopenInvoice, match="not-written-off"):
        asks_again(world, invoice)
    paid(invoice, 6_000, LATER)
    with pytest.raises(CannotWriteOff, match="not-open"):
        gives_up(world, invoice)


def test_taken_back_it_is_asked_for_as_before(world: World, invoice: Invoice) -> None:
    before = codes(world)
    gives_up(world, invoice)
    asks_again(world, invoice)
    asks_again(world, invoice)
    assert stands(invoice) == ("partly-paid", 4_000, 0, 0, 6_000)
    assert codes(world) == before
    with platform_scope("test"):
        [row] = WriteOff.objects.all()
    assert (row.taken_back_reason, row.taken_back_at) == ("It pays after all", LATER)

    gives_up(world, invoice, reason="Gone for good")
    assert stands(invoice) == ("uncollectible", 4_000, 0, 6_000, 0)
    with platform_scope("test"):
        assert WriteOff.objects.count() == 2


def test_what_was_paid_ahead_goes_first(world: World, invoice: Invoice) -> None:
    other = claimed(world.rosa, world.carl, 1_000, ISSUED)
    paid(other, 3_500, ISSUED)
    gives_up(world, invoice)
    assert stands(invoice) == ("uncollectible", 6_500, 0, 3_500, 0)
    assert codes(world) == {"losses": 3_500, "cash": 7_500}


def test_money_that_comes_by_the_bank_recovers_it_and_taken_back_it_is_lost_again(
    world: World, invoice: Invoice
) -> None:
    gives_up(world, invoice)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(invoice, "25.00", ref="L1"), name="late.xml")
        line = BankLine.objects.get(state="booked")
    assert stands(invoice) == ("uncollectible", 6_500, 0, 3_500, 0)
    assert codes(world) == {"losses": 3_500, "cash": 6_500}
    with world.scope("rosa") as rosa:
        take_back(ref=line.ref, actor=rosa, at=LATER)
    assert stands(invoice) == ("uncollectible", 4_000, 0, 6_000, 0)
    assert codes(world) == {"losses": 6_000, "cash": 4_000}
    with world.scope("rosa") as rosa:
        book_match(ref=line.ref, invoices=[invoice.ref], actor=rosa, at=LATER)
        bring(rosa, paying(invoice, "40.00", ref="L2"), name="rest.xml")
    assert stands(invoice) == ("paid", 10_000, 0, 0, 0)
    assert codes(world) == {"cash": 10_500, "prepaid": -500}
    with platform_scope("test"):
        assert prepaid_balance(world.rosa.id, world.carl.id, "retail", "EUR") == 500
    with world.scope("rosa") as rosa:
        told = account_statement(rosa, account=world.carl.ref, at=LATER)
    assert told.sums.closing == -500
    assert told.sums.charged == sum(each.charged for each in told.rows)
    assert told.sums.paid == sum(each.paid for each in told.rows) == 10_500
    assert sorted(each.kind for each in told.rows if each.charged) == [
        "invoice", "lost-again", "recovered", "recovered", "recovered", "written-off",
    ]  # fmt: skip


def test_what_is_given_back_of_it_is_lost_again_before_it_is_owed(world: World, invoice: Invoice) -> None:
    gives_up(world, invoice)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(invoice, "25.00", ref="L1"), name="late.xml")
        book_bank_refund(invoice=invoice.ref, amount=2_500, actor=rosa, at=LATER)
    assert stands(invoice) == ("uncollectible", 4_000, 0, 6_000, 0)
    assert codes(world) == {"losses": 6_000, "cash": 4_000}


def test_what_had_been_paid_before_and_goes_back_is_owed_again(world: World) -> None:
    of = claimed(world.rosa, world.carl, 10_000, ISSUED)
    with world.scope("rosa") as rosa:
        bring(rosa, paying(of, "40.00", ref="L1"), name="early.xml")
    gives_up(world, of)
    with world.scope("rosa") as rosa:
        book_bank_refund(invoice=of.ref, amount=1_000, actor=rosa, at=LATER)
    assert stands(of) == ("partly-paid", 3_000, 0, 6_000, 1_000)
    gives_up(world, of)
    assert stands(of) == ("uncollectible", 3_000, 0, 7_000, 0)
    assert codes(world) == {"losses": 7_000, "cash": 3_000}


def test_a_credit_note_takes_the_place_of_the_loss(world: World) -> None:
    make_issuer(world.rosa, standard_rate=Decimal(0))
    of = claimed(world.rosa, world.carl, 2_900, ISSUED)
    paid(of, 1_000, ISSUED)
    gives_up(world, of)
    with world.scope("rosa") as rosa:
        credit_invoice(ref=of.ref, net=1_500, reason="VAT", actor=rosa, at=LATER)
    assert stands(of) == ("uncollectible", 1_000, 1_500, 400, 0)
    assert codes(world) == {"losses": 400, "cash": 1_000}
    with world.scope("rosa") as rosa:
        credit_invoice(ref=of.ref, reason="All of it", actor=rosa, at=LATER)
    assert stands(of) == ("credited", 0, 2_900, 0, 0)
    assert codes(world) == {"cash": 1_000, "prepaid": -1_000}


def test_an_amount_alone_means_what_is_still_asked_for(world: World) -> None:
    lost = claimed(world.rosa, world.carl, 2_900, ISSUED)
    gives_up(world, lost)
    asked = claimed(world.rosa, world.carl, 2_900, ISSUED)
    from sublet.billing.queries.bank import open_claims
    from sublet.core.matching import Movement, match

    with world.scope("rosa"):
        claims = open_claims(world.rosa.id)
    move = Movement(LATER.date(), 2_900, "EUR", "thanks", world.carl.name)
    assert {claim.invoice: claim.lost for claim in claims} == {lost.ref: True, asked.ref: False}
    assert match(move, claims).paid == ((asked.ref, 2_900),)
    assert match(move, [claim for claim in claims if claim.lost]).paid == ((lost.ref, 2_900),)


# Dunning and cards ----------------------------------------------------------------------------------------------------


def test_dunning_ends_and_what_rested_goes_on(counter: Counter) -> None:
    world = counter.world
    takes(world)
    of = owes(world)
    counter.enter_card("insufficient_funds")
    day_by_day(0, 22)
    assert rests(world.carl, on(22))
    written = len(mails())
    gives_up(world, of, at=on(23))
    run_due_jobs(at=on(23))
    assert (case_of(of).state, case_of(of).holds) == ("settled", False)
    assert not rests(world.carl, on(23))
    assert told(world.carl)[-1] == "dunning.stopped"
    enters(counter, "good", 24, number=3)
    with platform_scope("test"):
        collect_issued(actor=machine(), at=on(24))
    for days in (24, 30, 60):
        passes(days)
    assert len(mails()) == written
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotDun, match="not-owed"):
            remind_now(invoice=of.ref, actor=rosa, at=on(61))
        with pytest.raises(CannotCollectInvoice, match="not-open"):
            collect_invoice(invoice=of.ref, actor=rosa, at=on(61))
    assert stands(of)[0] == "uncollectible"


def test_what_rests_may_rest_on_and_is_for_people_then(counter: Counter) -> None:
    world = counter.world
    takes(world)
    of = owes(world)
    counter.enter_card("insufficient_funds")
    day_by_day(0, 22)
    gives_up(world, of, at=on(23), resumes=False)
    run_due_jobs(at=on(23))
    assert (case_of(of).state, case_of(of).holds) == ("settled", False)
    assert rests(world.carl, on(24))
    with world.scope("rosa") as rosa:
        resume(ref=world.carl.ref, actor=rosa, at=on(24))
    assert not rests(world.carl, on(24))


def test_another_invoice_still_holds_it_up(counter: Counter) -> None:
    world = counter.world
    takes(world)
    of, other = owes(world), owes(world, number=2)
    day_by_day(0, 22)
    gives_up(world, of, at=on(23))
    run_due_jobs(at=on(23))
    assert rests(world.carl, on(23))
    gives_up(world, other, at=on(24))
    run_due_jobs(at=on(24))
    assert not rests(world.carl, on(24))


def test_reopened_it_is_dunned_anew(counter: Counter) -> None:
    world = counter.world
    takes(world)
    of = owes(world)
    passes(1)
    gives_up(world, of, at=on(2))
    run_due_jobs(at=on(2))
    asks_again(world, of, at=on(30))
    run_due_jobs(at=on(30))
    assert (case_of(of).state, case_of(of).round) == ("running", 2)
    assert case_of(of).counted_from == on(30).date()


def test_a_card_payment_on_its_way_recovers_it_when_it_arrives(counter: Counter) -> None:
    world = counter.world
    of = claimed(world.rosa, world.carl, 4_900, ISSUED)
    counter.enter_card()
    payment = counter.start(of.ref, 4_900)
    counter.work()
    assert counter.now(payment).state == "succeeded"
    assert stands(of)[0] == "paid"

    late = claimed(world.rosa, world.carl, 4_900, ISSUED)
    waiting = counter.start(late.ref, 4_900)
    gives_up(world, late)
    counter.work()
    assert counter.now(waiting).state == "failed"  # nobody had asked the processor yet
    assert stands(late) == ("uncollectible", 0, 0, 4_900, 0)
    from sublet.billing.operations.money_moved import payment_arrived

    with platform_scope("test"):
        from django.db import transaction

        with transaction.atomic():
            payment_arrived(counter.now(waiting), at=LATER)
    assert stands(late) == ("paid", 4_900, 0, 0, 0)
    codes(world)
