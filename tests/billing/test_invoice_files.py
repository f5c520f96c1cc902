"""Issued invoices as files: made of what was frozen, kept once, in the brand of whoever issued them, and nobody else's."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from lxml import etree  # type: ignore[import-untyped]  # has no types

from sublet.accounts.models import Account
from sublet.billing import documents
from sublet.billing.invariants import WITHIN
from sublet.billing.invariants import papers as overdue
from sublet.billing.models import Invoice, InvoicePaper
from sublet.billing.operations import credit_invoice, issue_invoice
from sublet.billing.operations.papers import CannotExportInvoices, export_invoices, keep_papers
from sublet.billing.queries.letterheads import letterhead_of
from sublet.billing.queries.papers import documents_between, documents_of, made_each, paper_of
from sublet.branding.documents import Letterhead
from sublet.branding.operations import change_brand
from sublet.core.invoicing import Document, faults
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.billing.schematron import broken
from tests.billing.selling import day, furnish, invoices, marks_up, run, texts
from tests.branding.test_documents import read
from tests.people import World

pytestmark = pytest.mark.django_db

NOW = day("2026-05-03", 10)


def issued(world: World) -> tuple[Invoice, Invoice, Invoice]:
    """The vendor's invoice to Rosa with a discount, its credit note, and Rosa's invoice to Carl."""
    furnish(world)
    marks_up(world.rosa)
    with platform_scope("test"):
        Account.unscoped.update(country="IT", street="Via 2", city="Roma", postal_code="00100")
    texts(world, 230, at=day("2026-03-20"))
    run(day("2026-05-02"))
    with world.scope("vera") as vera:
        wholesale = issue_invoice(ref=invoices()[1].ref, actor=vera, at=NOW)
        note = credit_invoice(ref=wholesale.ref, reason="Goodwill", actor=vera, at=NOW)
    with world.scope("rosa") as rosa:
        retail = issue_invoice(ref=invoices("retail")[1].ref, actor=rosa, at=NOW)
    return wholesale, note, retail


def test_what_was_frozen_is_a_lawful_document_to_the_cent(world: World) -> None:
    rows = issued(world)
    with platform_scope("test"):
        made = documents_of(rows)
    for row, document in zip(rows, made, strict=True):
        assert faults(document) == ()
        sign = -1 if row.kind == "credit" else 1
        sums = document.totals
        assert (sums.lines, sums.discounts, sums.net, sums.tax, sums.gross) == tuple(
            sign * each for each in (row.list_minor, row.discount_minor, row.net_minor, row.tax_minor, row.gross_minor)
        )
        assert document.number == row.number_shown
        for syntax in ("ubl", "cii"):
            assert broken(documents.electronic.xml(document, syntax), syntax) == []
    assert made[1].preceding[0].number == rows[0].number_shown
    assert [line.group for line in made[0].lines] == ["Carl’s Kitchen"] * 2  # the reseller is told which client
    assert [line.group for line in made[2].lines] == [""] * len(made[2].lines)


def test_a_file_that_is_made_later_calls_clients_and_things_as_the_invoice_did(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wholesale, note, _retail = issued(world)
    with world.scope("rosa") as rosa:
        before = [paper_of(rosa, each.ref, form=form).content for each in (wholesale, note) for form in ("ubl", "cii")]
    with platform_scope("test"):
        Account.unscoped.filter(id=world.carl.id).update(name="Renamed Ltd")
    monkeypatch.setattr("sublet.billing.queries.papers.names_of", lambda _about, _key: {"en": "Renamed thing"})
    with world.scope("rosa") as rosa:
        after = [paper_of(rosa, each.ref, form=form).content for each in (wholesale, note) for form in ("ubl", "cii")]
    assert after == before
    with platform_scope("test"):  # the control: what an invoice froze before names were kept says those of today
        [plain] = Invoice.objects.filter(id=wholesale.id)
        plain.frozen = {name: each for name, each in (plain.frozen or {}).items() if name != "words"}
        made = documents_of([plain])[0]
    assert {line.group for line in made.lines} == {"Renamed Ltd"}
    assert {line.name for line in made.lines} == {"Renamed thing"}


def test_a_file_is_kept_once_and_given_out_as_it_was_kept(world: World) -> None:
    wholesale, _note, _retail = issued(world)
    with world.scope("vera") as vera:
        before = paper_of(vera, wholesale.ref).content
    assert keep_papers(at=NOW) == 3
    assert keep_papers(at=NOW) == 0
    with platform_scope("test"):
        assert InvoicePaper.objects.count() == 3
        kept = InvoicePaper.objects.get(invoice_id=wholesale.id)
        Account.unscoped.filter(id=world.vendor.id).update(name="Other Name")
    with world.scope("vera") as vera:
        assert paper_of(vera, wholesale.ref).content == bytes(kept.pdf) == before
    with platform_scope("test"), pytest.raises(RuntimeError, match="never changes"):
        kept.save()


def test_each_side_reads_its_own_file_in_the_brand_of_who_issued_it(world: World) -> None:
    wholesale, _note, retail = issued(world)
    with world.scope("rosa") as rosa:
        text = read(paper_of(rosa, wholesale.ref).content)
        assert "Vantage Apps" in text
        own = paper_of(rosa, retail.ref)
    assert (own.media, own.ending) == ("application/pdf", "pdf")
    text = read(own.content)
    assert ("Rosa Web Studio" in text, "Vantage" in text) == (True, False)
    assert documents.taken_out(own.content)
    keep_papers(at=NOW)
    for person in ("remo", "nora"):
        with world.scope(person) as other, pytest.raises((NotFound, Forbidden)):
            paper_of(other, retail.ref)
    with world.scope("vera") as vera, pytest.raises(NotFound):  # a retail book is not the vendor's
        paper_of(vera, retail.ref)


def test_a_draft_has_no_file(world: World) -> None:
    furnish(world)
    run(day("2026-05-02"))
    with world.scope("vera") as vera, pytest.raises(NotFound):
        paper_of(vera, invoices()[0].ref)
    assert keep_papers(at=NOW) == 0


@pytest.mark.parametrize("fault", [ValueError("no"), KeyError("taxes")])
def test_one_that_cannot_be_made_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    wholesale, note, retail = issued(world)
    plain = documents.document_of

    def breaks(frozen: Mapping[str, Any], *more: Any, **how: Any) -> Document:
        if frozen["ref"] == wholesale.ref:
            raise fault
        return plain(frozen, *more, **how)

    monkeypatch.setattr("sublet.billing.documents.document_of", breaks)
    assert keep_papers(at=NOW) == 2
    assert [f"{wholesale.ref}: {type(fault).__name__}: {fault}" in line for line in caplog.messages] == [True]
    with platform_scope("test"):
        assert set(InvoicePaper.objects.values_list("invoice_id", flat=True)) == {note.id, retail.id}
        assert list(overdue(NOW + WITHIN)) == []
        found = list(overdue(NOW + WITHIN + timedelta(seconds=1)))
        assert [(one.account_id, one.words.partition(",")[0]) for one in found] == [(world.vendor.id, wholesale.ref)]


def test_a_fault_of_another_kind_is_not_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    issued(world)

    def breaks(*_more: object, **_how: object) -> bytes:
        raise ConnectionError("no database")

    monkeypatch.setattr("sublet.billing.documents.paper", breaks)
    with pytest.raises(ConnectionError):
        keep_papers(at=NOW)


def test_many_are_read_in_as_many_statements_as_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wholesale, note, retail = issued(world)
    monkeypatch.setattr("sublet.billing.documents.paper", lambda *_more, **_how: b"%PDF")
    heads: list[tuple[int, str]] = []

    def head(account: Account, *, language: str) -> Letterhead:
        heads.append((account.id, language))
        return documents.plain_letterhead(account.name)

    monkeypatch.setattr("sublet.billing.queries.papers.letterhead_of", head)
    counts = []
    for rows in ([note, wholesale], [note, wholesale, retail]):
        with platform_scope("test"), CaptureQueriesContext(connection) as statements:
            assert [pdf for _invoice, pdf in made_each(rows)] == [b"%PDF"] * len(rows)
        counts.append(len(statements))
    assert counts == [5, 5]
    assert heads == [(world.vendor.id, "en")] * 2 + [(world.rosa.id, "en")]


def test_exports_hold_what_was_issued_on_those_days_and_are_kept_in_the_journal(world: World) -> None:
    _wholesale, note, _retail = issued(world)
    with world.scope("vera") as vera:
        pieces = export_invoices(kind="csv", first=NOW.date(), last=NOW.date(), actor=vera, at=NOW)
    # Read after the request, outside its scope.
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode())))
    assert [(row["number"], row["gross"]) for row in rows] == [("V-1", "26.06"), (note.number_shown, "-26.06")]
    with world.scope("vera") as vera:
        packed = export_invoices(kind="ubl", first=NOW.date(), last=NOW.date(), actor=vera, at=NOW)
        empty = export_invoices(kind="datev", first=date(2020, 1, 1), last=date(2020, 1, 1), actor=vera, at=NOW)
    with zipfile.ZipFile(io.BytesIO(b"".join(packed))) as found:
        assert found.namelist() == ["V-1.xml", f"{note.number_shown}.xml"]
        assert etree.fromstring(found.read("V-1.xml")) is not None
    assert b"".join(empty).count(b"\r\n") == 2
    told = JournalEntry.unscoped.filter(event="invoices.exported").order_by("id")
    assert [entry.data["format"] for entry in told] == ["csv", "ubl", "datev"]


def test_exports_are_read_in_a_constant_number_of_statements(world: World, django_assert_num_queries: object) -> None:
    issued(world)
    with world.scope("vera") as vera:
        actor = vera
    with django_assert_num_queries(5):  # type: ignore[operator]  # a fixture
        assert len(list(documents_between(actor, first=NOW.date(), last=NOW.date()))) == 2


def test_exports_say_why_not(world: World) -> None:
    furnish(world)
    today = NOW.date()
    for kind, last, code in (("pdf", today, "wrong-kind"), ("csv", today - timedelta(days=1), "wrong-days"),
                             ("csv", today + timedelta(days=401), "too-long")):  # fmt: skip
        with world.scope("rosa") as rosa, pytest.raises(CannotExportInvoices) as refused:
            export_invoices(kind=kind, first=today, last=last, actor=rosa, at=NOW)
        assert refused.value.code == code
    with world.scope("cleo") as cleo, pytest.raises(NotFound):
        export_invoices(kind="csv", first=today, last=today, actor=cleo, at=NOW)
    with world.scope("rosa") as rosa, pytest.raises(Forbidden):
        export_invoices(
            kind="csv", first=today, last=today, actor=replace(rosa, rights=cleo.rights, is_owner=False), at=NOW
        )


# Pages ------------------------------------------------------------------------------------------------------------------


def test_pages_give_out_files_and_exports(world: World) -> None:
    wholesale, _note, _retail = issued(world)
    browser = world.browser("vera")
    page = browser.get(f"/vendor/{world.vendor.ref}/money/invoices/{wholesale.ref}/")
    assert page.status_code == 200
    assert f"{wholesale.ref}/file/pdf/" in page.content.decode()
    pdf = browser.get(f"/vendor/{world.vendor.ref}/money/invoices/{wholesale.ref}/file/pdf/")
    assert (pdf.status_code, pdf["Content-Type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert 'filename="V-1.pdf"' in pdf["Content-Disposition"]
    back = browser.get(f"/vendor/{world.vendor.ref}/money/invoices/{wholesale.ref}/file/xrechnung-ubl/")
    assert back.status_code == 302
    assert browser.get(f"/vendor/{world.vendor.ref}/money/invoices/{wholesale.ref}/file/doc/").status_code == 404
    export = f"/vendor/{world.vendor.ref}/money/export/"
    assert browser.get(export).status_code == 200
    file = browser.get(f"{export}?kind=csv&first=2026-05-01&last=2026-05-31")
    assert b"".join(file.streaming_content).count(b"\r\n") == 3  # type: ignore[attr-defined]  # a streamed answer
    assert browser.get(f"{export}?kind=csv&first=2026-05-31&last=2026-05-01").status_code == 422


def test_the_page_of_an_issuer_says_what_is_wrong_at_its_field(world: World) -> None:
    browser = world.browser("rosa")
    address = f"/reseller/{world.rosa.ref}/invoicing/"
    first = browser.get(address)
    assert first.status_code == 200
    assert "Nothing can be invoiced before this is saved." in first.content.decode()
    sent = {
        "version": "0", "legal_name": "Studio Rosa S.r.l.", "street": "Via Roma 1", "city": "Milano", "country": "IT",
        "tax_regime": "standard", "vat_id": "IT00743110158", "currency": "EUR", "rounding": "exact", "payment_days": "14",
    }  # fmt: skip
    wrong = browser.post(address, sent)
    assert wrong.status_code == 409
    assert "This cannot be a VAT ID" in wrong.content.decode()
    assert browser.post(address, sent | {"vat_id": "IT00743110157"}).status_code == 302
    saved = browser.get(address).content.decode()
    assert 'value="IT00743110157"' in saved
    sample = browser.get(f"{address}sample/?language=it")
    assert (sample.status_code, sample["Content-Type"]) == (200, "application/pdf")
    assert "Studio Rosa S.r.l." in read(sample.content)
    assert browser.post(address, sent | {"vat_id": "IT00743110157"}).status_code == 409  # somebody else saved meanwhile
    assert world.browser("cleo").get(address).status_code in {302, 404}


def test_the_letterhead_speaks_the_documents_language_whoever_takes_it(world: World) -> None:
    with world.scope("rosa") as rosa:
        changes = {"imprint_url": "https://studio.example/legal"}
        change_brand(account_ref=world.rosa.ref, changes=changes, version=None, actor=rosa, at=NOW)
    with platform_scope("test"), override("nl"):
        head = letterhead_of(world.rosa, language="it")
    assert head.legal == (("Note legali", "https://studio.example/legal"),)


def test_a_billing_address_is_changed_where_the_invoice_is(world: World) -> None:
    _wholesale, _note, retail = issued(world)
    browser = world.browser("rosa")
    page = browser.get(f"/reseller/{world.rosa.ref}/money/invoices/{retail.ref}/").content.decode()
    address = f"/reseller/{world.rosa.ref}/money/to/{world.carl.ref}/"
    assert address in page
    assert browser.get(address).status_code == 200
    sent = {
        "version": "0", "legal_name": "Carl GmbH", "kind": "business", "country": "DE", "vat_id": "DE136695976",
        "format": "xrechnung-ubl", "buyer_reference": "04011000-12345-34",
    }  # fmt: skip
    wrong = browser.post(address, sent | {"vat_id": "DE136695977"})
    assert (wrong.status_code, "its check digit is wrong" in wrong.content.decode()) == (409, True)
    assert browser.post(address, sent).status_code == 302
    shown = browser.get(address).content.decode()
    assert "DE136695976 – Being checked" in shown
    assert browser.get(f"/reseller/{world.rosa.ref}/money/to/{world.bakery.ref}/").status_code == 404
