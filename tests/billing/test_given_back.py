"""What is given back comes on a credit note where no charge stands against it: nobody's money waits for ever."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from sublet.billing.invariants import adds_up, balanced, numbers
from sublet.billing.models import Invoice, InvoiceLine
from sublet.billing.operations import credit_invoice, discard_draft, issue_invoice
from sublet.billing.operations.issuing import CannotIssueInvoice
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core.pricebook import PLAN
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.operations import end_subscription
from tests.billing.selling import balances, make_issuer, make_terms, pays, run, sells_at_list, texts
from tests.billing.test_run_whole import PRICED, said, take, when
from tests.people import World
from tests.pricing import flat

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["automatic", "drafts"])
def left(request: pytest.FixtureRequest, world: World) -> World:
    """Carl has an invoice over 20.00 for November and its tax, and ended his plan on the 16th: 10.00 of it are his."""
    sold = sells_at_list(world, PRICED)
    make_issuer(sold.rosa, invoice_prefix="R-", standard_rate=Decimal(22))
    for owner in (sold.rosa, sold.vendor):
        make_terms(owner, collected_by="own", automatic=request.param, since=when("2026-02-01 00:00"))
    said(sold, PLAN, "small", flat(2000), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    ends(sold, "2026-11-16 09:00")
    issue(sold)
    return sold


def ends(world: World, at: str) -> None:
    with world.scope("rosa") as rosa:
        end_subscription(ref=world.carl.ref, actor=rosa, at=when(at))


def documents(book: str = "retail") -> list[Invoice]:
    with platform_scope("test"):
        return list(Invoice.objects.filter(book=book).order_by("id"))


def issue(world: World, at: str = "2026-12-01 02:00") -> None:
    """Whoever looks at drafts issues them."""
    for person, book in (("rosa", "retail"), ("vera", "wholesale")):
        for draft in documents(book):
            if draft.state == "draft":
                with world.scope(person) as actor:
                    issue_invoice(ref=draft.ref, actor=actor, at=when(at))


def all_is_well(at: str = "2026-12-03 01:00") -> None:
    with platform_scope("test"):
        for each in (adds_up, balanced, numbers):
            assert list(each(when(at))) == []


def test_unused_days_of_who_has_left_come_on_a_credit_note(left: World) -> None:
    run(when("2026-12-01 01:00"))
    issue(left)
    invoice, note = documents()
    assert (note.kind, note.corrects_id, note.net_minor, note.tax_minor) == ("credit", invoice.id, -1000, -220)
    assert note.reason == "Paid in advance and not used"
    assert (invoice.state, invoice.credited_minor, invoice.open_minor) == ("issued", 1220, 1220)
    assert balances("retail") == {"receivable": 1220, "revenue": -1000, "tax": -220}
    [line] = _lines(note)
    assert (line.first_day.isoformat(), line.last_day.isoformat(), line.minor) == ("2026-11-16", "2026-11-30", -1000)
    # Rosa's own invoice of 29.00 is credited at its own discount.
    theirs, noted = documents("wholesale")
    assert (theirs.list_minor, theirs.discount_minor) == (2900, 580)
    assert (noted.list_minor, noted.discount_minor) == (-1450, -290)
    all_is_well()
    for _again in range(2):
        run(when("2026-12-02 01:00"))
        run(when("2027-01-01 01:00"))
    issue(left, "2027-01-02 01:00")
    assert (len(documents()), len(documents("wholesale"))) == (2, 2)
    assert "unbilled" not in balances("retail") | balances("wholesale")


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    with platform_scope("test"):
        return list(InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position"))


def test_what_was_paid_is_paid_ahead_from_then_on(left: World) -> None:
    with platform_scope("test"):
        Invoice.objects.filter(book="retail").update(paid_minor=2440, state="paid")
    run(when("2026-12-01 01:00"))
    issue(left)
    assert [(one.state, one.open_minor) for one in documents() if one.kind == "invoice"] == [("paid", 0)]
    with platform_scope("test"):
        assert prepaid_balance(left.rosa.id, left.carl.id, "retail", "EUR") == 1220
    all_is_well()


def test_what_is_charged_at_the_same_time_comes_on_an_invoice(left: World) -> None:
    texts(left, 230, at=when("2026-11-10 09:00"))
    run(when("2026-12-01 01:00"))
    issue(left)
    kinds = [(one.kind, one.list_minor) for one in documents()]
    assert (kinds[0], ("credit", -1000) in kinds) == (("invoice", 2000), True)
    assert all(minor > 0 for kind, minor in kinds if kind == "invoice")
    all_is_well()


def test_who_pays_no_more_gets_it_back_as_well(left: World) -> None:
    """From the 20th on Rosa pays for Carl, who takes a plan again: that is charged to nobody here."""
    pays(left.rosa, left.carl, "base", payer="reseller", since=when("2026-11-20 09:00"))
    take(left, "small", "2026-11-21 09:00")
    run(when("2026-12-01 01:00"))
    issue(left)
    assert [(one.kind, one.net_minor) for one in documents()] == [("invoice", 2000), ("credit", -1000)]


def test_a_credit_stands_against_the_charges_of_its_interval(left: World) -> None:
    take(left, "small", "2026-11-21 09:00")
    run(when("2026-12-01 01:00"))
    issue(left)
    assert [(one.kind, one.net_minor > 0) for one in documents()] == [("invoice", True), ("invoice", True)]


def test_what_somebody_has_credited_by_hand_is_not_credited_again(left: World) -> None:
    [invoice] = documents()
    with left.scope("rosa") as rosa:
        credit_invoice(ref=invoice.ref, reason="left", net=1500, actor=rosa, at=when("2026-11-17 09:00"))
    run(when("2026-12-01 01:00"))
    issue(left)
    assert [one.net_minor for one in documents()] == [2000, -1500]
    all_is_well()


def test_a_draft_of_a_credit_note_can_be_discarded_and_comes_again(left: World) -> None:
    run(when("2026-12-01 01:00"))
    drafts = [one for one in documents() if one.state == "draft"]
    if not drafts:
        return  # it is issued by itself
    [draft] = drafts
    with left.scope("carl"):
        assert Invoice.objects.filter(ref=draft.ref).count() == 0
    with left.scope("rosa") as rosa:
        credit_invoice(ref=documents()[0].ref, reason="bad", net=1, actor=rosa, at=when("2026-12-01 01:30"))
        discard_draft(ref=draft.ref, actor=rosa, at=when("2026-12-01 02:00"))
    all_is_well()
    run(when("2026-12-02 01:00"))
    [again] = [one for one in documents() if one.state == "draft"]
    assert (again.kind, again.net_minor) == ("credit", -1000)
    with left.scope("rosa") as rosa:
        credit_invoice(
            ref=documents()[0].ref,
            reason="left",
            net=999,
            actor=rosa,
            at=when("2026-12-02 01:00") + timedelta(hours=1),
        )
        issue_invoice(ref=again.ref, actor=rosa, at=when("2026-12-02 03:00"))
    assert documents()[0].state == "credited"
    with left.scope("rosa") as rosa, pytest.raises(CannotIssueInvoice):
        issue_invoice(ref=again.ref, actor=rosa, at=when("2026-12-02 04:00"))
