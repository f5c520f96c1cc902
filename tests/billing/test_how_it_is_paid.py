"""How an invoice is paid stands on it: by the card that is charged, else to the account of who sells, else by the link."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sublet.billing.documents.electronic import UBL, xml
from sublet.billing.documents.sheets import transfer_code
from sublet.billing.models import Invoice
from sublet.billing.operations import gateways, issue_invoice
from sublet.billing.queries.papers import documents_of, paper_of
from sublet.core.invoicing import Document
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from tests.billing.payments import HOOK, Counter
from tests.billing.rows import make_invoice
from tests.billing.selling import make_issuer
from tests.branding.test_documents import read
from tests.people import World

pytestmark = pytest.mark.django_db
NOW = now()
IBAN = "IT60X0542811101000000123456"


def issued(world: World, **fields: Any) -> tuple[Invoice, Document]:
    draft = make_invoice(world.rosa, world.carl, **fields)
    with world.scope("rosa") as rosa:
        invoice = issue_invoice(ref=draft.ref, actor=rosa, at=NOW)
    with platform_scope("test"):
        return invoice, documents_of([invoice])[0]


@pytest.fixture
def sells(world: World) -> World:
    make_issuer(world.rosa, invoice_prefix="R-", iban=IBAN, vat_id="IT00743110157", standard_rate=Decimal(22))
    return world


def test_who_has_no_card_reads_to_which_account_it_is_paid(sells: World) -> None:
    invoice, document = issued(sells)
    assert document.payment is not None
    assert (document.payment.means, document.payment.iban) == ("58", IBAN)
    assert IBAN in (transfer_code(document) or "")
    assert IBAN.encode() in xml(document, UBL)
    with sells.scope("carl") as carl:
        words = read(paper_of(carl, invoice.ref).content)
    assert "IT60 X054 2811 1010 0000 0123 456" in words
    assert "will be charged" not in words


def test_who_has_a_card_reads_that_it_is_charged(counter: Counter, sells: World) -> None:
    method = counter.enter_card()
    _invoice, document = issued(sells)
    assert document.payment is not None
    assert (document.payment.means, document.payment.by_itself) == ("68", True)
    with platform_scope("test"):
        method.removed_at, method.is_default = NOW, False
        method.save()
        [as_before] = documents_of(list(Invoice.objects.all()))
    assert as_before.payment == document.payment  # what was issued stays as it was
    assert issued(sells)[1].payment != document.payment


def test_what_the_vendor_collects_is_charged_by_the_card_there_or_paid_online(counter: Counter, sells: World) -> None:
    counter.enter_card()  # at Rosa's own account, which does not collect it
    with sells.scope("vera") as vera:
        gateways.connect_gateway(key="rk_test_51VeraVantageApps9z", hook_secret=HOOK, actor=vera, at=NOW)
    run_due_jobs(at=NOW)
    invoice, document = issued(sells, collected_by="vendor")
    assert document.payment is not None
    assert (document.payment.means, document.payment.iban, document.payment.by_itself) == ("68", "", False)
    with sells.scope("carl") as carl:
        words = read(paper_of(carl, invoice.ref).content)
    assert "Please pay €35.38 online." in words
    with platform_scope("test"):
        counter.account = type(counter.account).objects.get(account=sells.vendor)
    counter.enter_card(number=2)
    charged = issued(sells, collected_by="vendor")[1].payment
    assert charged is not None
    assert charged.by_itself


def test_without_account_and_card_it_is_paid_online(world: World) -> None:
    make_issuer(world.rosa, invoice_prefix="R-", standard_rate=Decimal(22))
    _invoice, document = issued(world)
    assert document.payment is not None
    assert (document.payment.means, document.payment.by_itself) == ("68", False)
