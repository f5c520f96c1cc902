"""Issuing, discarding and crediting: numbers, what is frozen, and the last cent."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.billing.models import Invoice, InvoiceLine, NumberSeries
from sublet.billing.operations import (
    CannotCreditInvoice,
    CannotDiscardDraft,
    CannotIssueInvoice,
    credit_invoice,
    discard_draft,
    issue_invoice,
    issue_invoices,
)
from sublet.billing.operations.documents import digest_of
from sublet.billing.operations.issuing import credit_gross
from sublet.billing.queries.invoices import RECEIVED, invoices_of, show_invoice, show_line
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_invoice
from tests.billing.selling import balances, day, furnish, invoices, lines, make_issuer, make_terms, run, texts
from tests.people import AT, World

pytestmark = pytest.mark.django_db

NOW = day("2026-05-03", 10)


def billed(world: World) -> Invoice:
    """The vendor's second draft for Rosa: base 24.00 and overage 2.70, less 20 %, 22 % VAT on 21.36."""
    furnish(world)
    texts(world, 230, at=day("2026-03-20"))
    run(day("2026-05-02"))
    return invoices()[1]


def digest(invoice: Invoice) -> str:
    with platform_scope("test"):
        rows = InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position")
        told = rows.values_list(
            "account_id", "book", "invoice_id", "position", "entry_id", "corrects_id", "client_id", "about", "item",
            "first_day", "last_day", "days", "of_days", "quantity", "minor", "discount_minor", "net_minor",
        )  # fmt: skip
        return digest_of(invoice.frozen or {}, told)


def test_an_issued_invoice_has_a_number_a_day_and_a_digest_and_is_in_the_ledger(world: World) -> None:
    draft = billed(world)

    with world.scope("vera") as vera:
        issued = issue_invoice(ref=draft.ref, actor=vera, at=NOW)
        with pytest.raises(CannotIssueInvoice) as again:
            issue_invoice(ref=draft.ref, actor=vera, at=NOW)
    assert again.value.code == "not-a-draft"

    assert (issued.number_shown, issued.state, str(issued.issued_on), str(issued.due_on)) == (
        "V-1", "issued", "2026-05-03", "2026-05-17",
    )  # fmt: skip
    assert (issued.list_minor, issued.discount_minor, issued.net_minor, issued.tax_minor, issued.gross_minor) == (
        2670, 534, 2136, 470, 2606,
    )  # fmt: skip
    assert issued.digest == digest(issued)
    assert balances() == {"unbilled": 2400, "receivable": 2606, "discount": 534, "revenue": -5070, "tax": -470}
    [told] = JournalEntry.unscoped.filter(event="invoice.issued")
    assert (told.account_id, told.parent_id) == (world.rosa.id, world.vendor.id)
    assert not re.search(r"\d{3}", str({**told.data, "invoice": "", "ref": ""})), (
        "no amount: the vendor reads every journal"
    )


def test_the_last_credit_note_takes_the_remainder(world: World) -> None:
    draft = billed(world)
    with world.scope("vera") as vera:
        invoice = issue_invoice(ref=draft.ref, actor=vera, at=NOW)
        notes = [
            credit_invoice(ref=invoice.ref, reason="goodwill", net=net, actor=vera, at=NOW) for net in (1000, 333, None)
        ]
        with pytest.raises(CannotCreditInvoice) as more:
            credit_invoice(ref=invoice.ref, reason="goodwill", actor=vera, at=NOW)
        after = Invoice.objects.get(id=invoice.id)

    assert more.value.code == "nothing-left"
    assert [(note.number_shown, note.net_minor, note.tax_minor, note.gross_minor) for note in notes] == [
        ("V-2", -1000, -220, -1220), ("V-3", -333, -73, -406), ("V-4", -803, -177, -980),
    ]  # fmt: skip
    assert sum(note.gross_minor for note in notes) == -invoice.gross_minor
    assert (after.state, after.credited_minor, after.open_minor) == ("credited", 2606, 0)
    by_line = [lines(note) for note in notes]
    assert [sum(line[1] for line in column) for column in zip(*by_line, strict=True)] == [-270, -2400]
    assert balances() == {"unbilled": 2400, "revenue": -2400}


def test_what_goes_back_cent_by_cent_is_credited_to_the_last_one(world: World) -> None:
    """Each cent rounded by itself was net, until tax alone was left, and nothing could be credited any more."""
    draft = billed(world)
    with world.scope("vera") as vera:
        ref = issue_invoice(ref=draft.ref, actor=vera, at=NOW).ref
        for gross in (2595, *[1] * 11):
            with transaction.atomic():
                invoice = Invoice.objects.select_for_update(of=("self",)).get(ref=ref)
                note = credit_gross(invoice, gross, "given back", actor=vera, at=NOW)
            assert note is not None
            assert (note.gross_minor, len(lines(note)) > 0) == (-gross, True)
        after = Invoice.objects.get(ref=ref)
        assert credit_gross(after, 1, "given back", actor=vera, at=NOW) is None
        notes = Invoice.objects.filter(corrects_id=after.id)
        together = [(each.net_minor, each.tax_minor) for each in notes.order_by("id")]
    assert (after.state, after.credited_minor) == ("credited", 2606)
    assert [sum(side) for side in zip(*together, strict=True)] == [-2136, -470]
    assert together[0] == (-2127, -468)
    assert sorted(together[1:]) == [(-1, 0)] * 9 + [(0, -1)] * 2
    assert balances() == {"unbilled": 2400, "revenue": -2400}


def test_who_may_do_what(world: World) -> None:
    draft = billed(world)
    own = make_invoice(world.rosa, world.carl)
    with world.scope("rosa") as rosa:
        for change in (
            lambda: issue_invoice(ref=draft.ref, actor=rosa, at=NOW),
            lambda: discard_draft(ref=draft.ref, actor=rosa, at=NOW),
            lambda: credit_invoice(ref=draft.ref, reason="x", actor=rosa, at=NOW),
        ):
            with pytest.raises(NotFound):
                change()
    with world.scope("ruth") as ruth, pytest.raises(Forbidden):
        issue_invoice(ref=own.ref, actor=ruth, at=NOW)
    with world.scope("remo") as remo, pytest.raises(NotFound):
        show_invoice(own.ref, remo)
    assert {one.state for one in (*invoices(), *invoices("retail"))} == {"draft"}


def test_a_discarded_draft_comes_again_and_an_issued_one_is_not_discarded(world: World) -> None:
    draft = billed(world)
    with world.scope("vera") as vera:
        discard_draft(ref=draft.ref, actor=vera, at=NOW)
    assert len(invoices()) == 1

    run(day("2026-05-04"))

    again = invoices()[1]
    assert (again.key, again.gross_minor) == ("2026-05-01", 2606)
    assert again.ref != draft.ref
    with world.scope("vera") as vera:
        issue_invoice(ref=again.ref, actor=vera, at=NOW)
        with pytest.raises(CannotDiscardDraft):
            discard_draft(ref=again.ref, actor=vera, at=NOW)


def test_many_drafts_are_issued_in_as_many_statements_as_one(world: World) -> None:
    make_issuer(world.vendor, invoice_prefix="V-")
    counts = []
    for many in (1, 3):
        drafts = [make_invoice(world.vendor, world.rosa, lines=2) for _ in range(many)]
        # The last first, and one of them twice: numbers follow the order in which they are named, each once.
        refs = [draft.ref for draft in reversed(drafts)]
        with world.scope("vera") as vera, CaptureQueriesContext(connection) as statements:
            issued = issue_invoices(refs=[*refs, refs[0]], actor=vera, at=NOW)
        counts.append(len(statements))
        assert [one.ref for one in issued] == [*refs, refs[0]]
        numbers = [one.number or 0 for one in issued]
        assert numbers[:-1] == list(range(numbers[0], numbers[0] + many))
        assert [one.digest == digest(one) for one in issued] == [True] * (many + 1)
    assert counts == [counts[0]] * 2
    [locking] = [each["sql"] for each in statements if "invoice" in each["sql"] and refs[0] in each["sql"]][:1]
    assert locking.endswith(' ORDER BY "invoice"."id" ASC FOR UPDATE' if connection.vendor == "postgresql" else " ASC")
    with platform_scope("test"):
        assert NumberSeries.objects.get(account=world.vendor).last == 4
    other = make_invoice(world.rosa, world.carl)
    draft = make_invoice(world.vendor, world.rosa)
    with world.scope("vera") as vera, pytest.raises(NotFound):
        issue_invoices(refs=[draft.ref, other.ref], actor=vera, at=NOW)
    with platform_scope("test"):
        assert Invoice.objects.get(id=draft.id).state == "draft"


def test_nobody_issues_without_saying_who_it_is(world: World) -> None:
    draft = make_invoice(world.rosa, world.carl)
    with world.scope("rosa") as rosa:
        with pytest.raises(CannotIssueInvoice) as nobody:
            issue_invoice(ref=draft.ref, actor=rosa, at=NOW)
        assert nobody.value.code == "no-issuer"
        assert NumberSeries.objects.count() == 0
        make_issuer(world.rosa, tax_regime="small-business", invoice_prefix="R")
        issued = issue_invoice(ref=draft.ref, actor=rosa, at=NOW)
    assert (issued.number_shown, issued.tax_minor, (issued.frozen or {})["taxes"][0]["category"]) == ("R1", 0, "E")


def test_an_automatic_invoice_is_issued_by_the_run_and_an_earlier_day_never_follows(world: World) -> None:
    furnish(world)
    make_terms(world.vendor, world.rosa, automatic=True, collected_by="own")
    run(day("2026-04-02"))
    run(day("2026-05-02"), at=day("2026-04-01"))  # a clock that went back

    assert [(one.number_shown, str(one.issued_on)) for one in invoices()] == [
        ("V-1", "2026-04-02"),
        ("V-2", "2026-04-02"),
    ]
    assert [one.digest == digest(one) for one in invoices()] == [True, True]


def test_a_client_reads_what_was_issued_to_it_and_nothing_of_the_other_book(world: World) -> None:
    draft = billed(world)
    make_invoice(world.rosa, world.elan, number=900)
    own = make_invoice(world.rosa, world.carl, key="2026-04-01x")
    with world.scope("carl") as carl:
        assert invoices_of(carl, side=RECEIVED).rows == []  # a draft is nobody's but Rosa's
        for ref in (draft.ref, own.ref):
            with pytest.raises(NotFound):
                show_invoice(ref, carl)
    with world.scope("rosa") as rosa:
        issue_invoice(ref=own.ref, actor=rosa, at=NOW)
    with world.scope("carl") as carl:
        [row] = invoices_of(carl, side=RECEIVED).rows
        shown = show_invoice(own.ref, carl)
        assert (row.gross_minor, row.party, shown.mine) == (3538, "Rosa Web Studio", False)
        assert show_line(own.ref, 1, carl).line.minor == 2900
        with pytest.raises(Forbidden):
            credit_invoice(ref=own.ref, reason="x", actor=carl, at=NOW)


@pytest.mark.parametrize("table", ["invoice", "invoice_line", "ledger_entry", "ledger_posting", "billing_terms"])
def test_each_side_sees_its_own_figures_alone_by_raw_sql_too(world: World, table: str) -> None:
    """What the scope leaves out, the wall leaves out on PostgreSQL even when the code asks for all."""
    billed(world)
    issued = make_invoice(world.rosa, world.carl, number=901)
    make_invoice(world.remo, world.bakery, number=902)

    def books(person: str) -> set[tuple[str, int]]:
        with world.scope(person), connection.cursor() as cursor:
            cursor.execute(f"SELECT book, account_id FROM {table}")
            return set(cursor.fetchall())

    wholesale, own = ("wholesale", world.vendor.id), ("retail", world.rosa.id)
    others = {"billing_terms": {own}}
    if connection.vendor == "sqlite":
        return  # there the scope alone narrows: see the test above
    assert books("vera") == ({wholesale} if table != "billing_terms" else set())
    assert books("remo") - {("retail", world.remo.id)} == set()
    assert books("rosa") - {wholesale} == others.get(table, {own})
    seen = books("carl")
    assert seen == ({own} if table in ("invoice", "invoice_line") else set())
    assert issued.debtor_id == world.carl.id


def test_a_line_of_overage_opens_down_to_its_usage_events(world: World) -> None:
    draft = billed(world)
    with world.scope("vera") as vera:
        shown = show_line(draft.ref, 1, vera)
        assert [(event.quantity, event.source) for event in shown.events] == [(230, "app")]
        assert (shown.meter, shown.line.quantity, [part[0] for part in shown.parts]) == (
            "text_messages",
            Decimal(30),
            ["amount"],
        )
    assert AT < NOW
