"""What is issued is mailed to whoever owes: once, in the issuer's name, with the file in the buyer's format."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, InvoicePaper, Recipient
from sublet.billing.operations import CannotMailInvoice, credit_invoice, issue_invoice, issue_invoices, mail_invoice
from sublet.billing.operations.invoice_mails import mail_issued
from sublet.billing.operations.issuers import change_issuer
from sublet.billing.queries.mail_facts import credited_facts, issued_facts
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from tests.billing.payments import machine
from tests.billing.rows import make_invoice
from tests.billing.selling import make_issuer
from tests.messaging.conftest import lead_to
from tests.messaging.smtp import MailServer, mail_server
from tests.people import World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db
NOW = now()
IBAN = "IT60X0542811101000000123456"
LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def sells(world: World) -> World:
    make_issuer(world.rosa, invoice_prefix="R-", iban=IBAN, vat_id="IT00743110157", standard_rate=Decimal(22))
    make_issuer(world.vendor, invoice_prefix="V-", iban=IBAN, vat_id="IT00743110157", standard_rate=Decimal(22))
    return world


@pytest.fixture
def post(settings: SettingsWrapper) -> Iterator[MailServer]:
    with mail_server() as server:
        lead_to(settings, server.port)
        yield server


def issued(world: World, debtor: Account | None = None, by: str = "rosa", **fields: Any) -> Invoice:
    draft = make_invoice(world.vendor if by == "vera" else world.rosa, debtor or world.carl, **fields)
    with world.scope(by) as actor:
        return issue_invoice(ref=draft.ref, actor=actor, at=NOW)


def works() -> None:
    """What was enqueued is done, but the mails wait: nobody takes them here."""
    with mock.patch("sublet.messaging.operations.enqueue_batch"):
        run_due_jobs(at=NOW)


def mails() -> list[OutboxMail]:
    return list(OutboxMail.unscoped.order_by("created_at", "id"))


def wants(account: Account, **fields: Any) -> None:
    with platform_scope("test data"):
        Recipient(account=account, legal_name=account.name, country="IT", changed_at=NOW, **fields).save()


def test_an_invoice_is_mailed_once_to_where_its_debtor_wants_it(sells: World) -> None:
    wants(sells.carl, email="invoices@carl.example")
    Account.unscoped.filter(id=sells.carl.id).update(language="it")
    invoice = issued(sells)
    assert mails() == []
    works()
    [mail] = mails()
    assert (mail.template, mail.to_email, mail.language, mail.account_id) == (
        "invoice-issued", "invoices@carl.example", "it", sells.carl.id,
    )  # fmt: skip
    assert mail.from_name == "Rosa Web Studio"
    assert mail.attached == invoice.ref
    for words in (invoice.number_shown, "35,38", IBAN, f"/client/{sells.carl.ref}/"):
        assert words in mail.text
    for each in range(2):  # the job is done again after its process has died
        with platform_scope("test"):
            mail_issued(refs=[invoice.ref], actor=machine(), at=NOW + timedelta(minutes=each))
    assert len(mails()) == 1


def test_what_is_not_committed_is_not_mailed(sells: World) -> None:
    draft = make_invoice(sells.rosa, sells.carl)
    with transaction.atomic(), sells.scope("rosa") as rosa:
        issue_invoice(ref=draft.ref, actor=rosa, at=NOW)
        assert Job.unscoped.filter(kind="billing.mail_issued").exists()
        transaction.set_rollback(True)
    assert not Job.unscoped.filter(kind="billing.mail_issued").exists()
    with sells.scope("rosa") as rosa:
        issue_invoice(ref=draft.ref, actor=rosa, at=NOW)
    works()
    assert len(mails()) == 1


def test_a_job_that_dies_in_the_middle_and_comes_again_mails_each_once(sells: World) -> None:
    refs = [make_invoice(sells.rosa, sells.carl).ref for _ in range(3)]
    with sells.scope("rosa") as rosa:
        issue_invoices(refs=refs, actor=rosa, at=NOW)
    with platform_scope("test"):
        mail_issued(refs=refs[:1], actor=machine(), at=NOW)
    works()
    assert sorted(mail.attached for mail in mails()) == sorted(refs)


def test_it_arrives_in_the_reseller_s_name_with_the_file_that_is_kept(sells: World, post: MailServer) -> None:
    invoice = issued(sells)
    run_due_jobs(at=NOW)
    [kept] = post.kept
    [file] = kept.message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (f"{invoice.number_shown}.pdf", "application/pdf")
    assert file.get_content() == bytes(InvoicePaper.unscoped.get(invoice_id=invoice.id).pdf)
    assert invoice.number_shown in kept.part("plain")
    assert "See the invoice" in kept.part("html")
    assert "Vantage" not in kept.part("plain") + kept.part("html") + str(kept.message["From"])


def test_the_file_is_of_the_format_that_its_buyer_wants(sells: World, post: MailServer) -> None:
    wants(sells.carl, email="carl@example.test", format="ubl", city="Roma")
    invoice = issued(sells)
    run_due_jobs(at=NOW)
    [file] = post.kept[0].message.iter_attachments()
    assert file.get_filename() == f"{invoice.number_shown}.xml"
    assert b"urn:oasis:names:specification:ubl" in file.get_content()
    Recipient.unscoped.update(format="xrechnung-ubl")  # of which this buyer says too little
    with sells.scope("rosa") as rosa:
        mail_invoice(ref=invoice.ref, actor=rosa, at=LATER)
    run_due_jobs(at=LATER)
    [file] = post.kept[1].message.iter_attachments()
    assert file.get_content_type() == "application/pdf"


def test_a_mail_whose_file_cannot_be_made_leaves_without_it(
    sells: World, post: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch("sublet.billing.documents.paper", side_effect=ValueError("broken")):
        issued(sells)
        run_due_jobs(at=NOW)
    assert list(post.kept[0].message.iter_attachments()) == []
    assert "without its file" in caplog.text


def test_the_vendor_mails_its_invoice_to_the_reseller_in_its_own_name(sells: World) -> None:
    issued(sells, sells.rosa, by="vera")
    works()
    [mail] = mails()
    assert (mail.account_id, mail.to_email) == (sells.vendor.id, "rosa@example.test")
    assert f"/reseller/{sells.rosa.ref}/" in mail.text


def test_a_credit_note_is_mailed_and_says_what_it_credits(sells: World) -> None:
    invoice = issued(sells)
    with sells.scope("rosa") as rosa:
        note = credit_invoice(ref=invoice.ref, reason="Goodwill", net=1000, actor=rosa, at=NOW)
    works()
    [mail] = [mail for mail in mails() if mail.template == "credit-note-issued"]
    assert mail.attached == note.ref
    assert f"€12.20 off invoice {invoice.number_shown}" in mail.text
    assert "IBAN" not in mail.text


def test_who_bills_by_itself_or_wants_no_mails_sends_none(sells: World) -> None:
    issued(sells, collected_by="nobody")
    with sells.scope("rosa") as rosa:
        issuer = change_issuer(changes={"by_mail": False}, version=1, actor=rosa, at=NOW)
        assert (issuer.version, issuer.by_mail) == (2, False)
    issued(sells)
    make_invoice(sells.rosa, sells.carl)  # a draft
    works()
    assert mails() == []
    [entry] = JournalEntry.unscoped.filter(event="issuer.changed")
    assert entry.data["fields"] == ["by_mail"]


def test_it_is_mailed_again_at_most_every_ten_minutes(sells: World) -> None:
    invoice = issued(sells)
    works()
    with sells.scope("rosa") as rosa:
        with pytest.raises(CannotMailInvoice, match="lately"):
            mail_invoice(ref=invoice.ref, actor=rosa, at=NOW + timedelta(minutes=9))
        mail_invoice(ref=invoice.ref, actor=rosa, at=LATER)
        with pytest.raises(CannotMailInvoice):
            mail_invoice(ref=invoice.ref, actor=rosa, at=LATER)
    first, second = mails()
    assert (first.text, first.attached, first.to_email) == (second.text, second.attached, second.to_email)
    [entry] = JournalEntry.unscoped.filter(event="invoice.mailed")
    assert (entry.account_id, entry.data["number"]) == (sells.carl.id, invoice.number_shown)


def test_who_may_not_issue_does_not_mail_and_another_s_is_not_there(sells: World) -> None:
    invoice = issued(sells)
    draft = make_invoice(sells.rosa, sells.carl)
    with sells.scope("carl") as carl, pytest.raises(Forbidden):
        mail_invoice(ref=invoice.ref, actor=carl, at=NOW)
    for person in ("remo", "vera"):
        with sells.scope(person) as other, pytest.raises(NotFound):
            mail_invoice(ref=invoice.ref, actor=other, at=NOW)
    with sells.scope("rosa") as rosa, pytest.raises(CannotMailInvoice, match="draft"):
        mail_invoice(ref=draft.ref, actor=rosa, at=NOW)
    assert mails() == []


def test_who_has_no_address_is_not_mailed(sells: World) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=sells.elan.id).update(email="")  # and nobody works there
    invoice = issued(sells, sells.elan)
    works()
    with sells.scope("rosa") as rosa, pytest.raises(CannotMailInvoice, match="nobody"):
        mail_invoice(ref=invoice.ref, actor=rosa, at=NOW)
    assert mails() == []


def test_the_button_and_the_program_mail_it_and_others_find_nothing(sells: World) -> None:
    invoice = issued(sells)
    page = f"/reseller/{sells.rosa.ref}/money/invoices/{invoice.ref}/"
    browser = sells.browser("rosa")
    assert f'action="{page}mail/"' in browser.get(page).content.decode()
    assert browser.get(f"{page}mail/").status_code == 405
    assert browser.post(f"{page}mail/").status_code == 302
    [mail] = mails()
    assert mail.attached == invoice.ref
    again = make_caller(sells, "rosa").post(f"/invoices/{invoice.ref}/mail")
    assert (again.status, again.body["code"]) == (409, "cannot_mail_invoice.lately")
    assert make_caller(sells, "remo").post(f"/invoices/{invoice.ref}/mail").status == 404
    assert sells.browser("remo").post(page.replace(sells.rosa.ref, sells.remo.ref) + "mail/").status_code == 404
    assert len(mails()) == 1


def test_the_setting_is_on_the_page_and_in_the_api(sells: World) -> None:
    rosa = make_caller(sells, "rosa")
    assert rosa.get("/issuer").body["by_mail"] is True
    changed = rosa.patch("/issuer", {"version": 1, "by_mail": False})
    assert (changed.status, changed.body["by_mail"], changed.body["version"]) == (200, False, 2)
    assert 'name="by_mail"' in sells.browser("rosa").get(f"/reseller/{sells.rosa.ref}/invoicing/").content.decode()


def test_the_preview_shows_the_newest_invoice_and_credit_note(sells: World) -> None:
    invoice = issued(sells)
    with sells.scope("rosa") as rosa:
        facts = issued_facts(sells.carl, rosa, "it", NOW)
        assert credited_facts(sells.carl, rosa, "it", NOW) == {"creditor": "Rosa Web Studio"}
        note = credit_invoice(ref=invoice.ref, reason="Goodwill", net=1000, actor=rosa, at=NOW)
        credited = credited_facts(sells.carl, rosa, "it", NOW)
    assert (facts["number"], IBAN in facts["paying"]) == (invoice.number_shown, True)
    assert (credited["number"], credited["invoice"]) == (note.number_shown, invoice.number_shown)
    with sells.scope("remo") as remo:
        assert issued_facts(sells.carl, remo, "it", NOW) == {"creditor": "Remo Digital"}
