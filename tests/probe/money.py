"""Prices and books of the other tenant, for the probes: one of everything, each with a word that only it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sublet.accounts.models import Account
from sublet.billing.models import (
    BankLine,
    BankPayment,
    BankRefund,
    BankStatement,
    BillingTerms,
    ClientMonth,
    Effort,
    GatewayAccount,
    Invoice,
    InvoiceLine,
    Issuer,
    LedgerEntry,
    Payment,
    PaymentLink,
    PaymentMethod,
    RevenueMonth,
    WriteOff,
)
from sublet.core.portfolio import Change, change_to_json
from sublet.core.pricebook import price_to_json
from sublet.core.pricing import Price
from sublet.pricing.models import (
    AgreedContract,
    CurrencyRate,
    Extra,
    ExtraSold,
    PriceCheck,
    Promotion,
    PromotionTaken,
    RetailMarkUp,
    RetailPriceSet,
    WholesaleAgreed,
)
from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail
from tests.billing.rows import make_entry
from tests.people import AT

DAY = date(2026, 2, 1)
PRICE = price_to_json(Price("flat", "month", "EUR", Decimal(987_654)))


def furnish(owner: Account, client: Account, word: str, *, shared: str) -> Mapping[str, str]:
    """A reseller's prices and retail book about its client; `shared` is the word in what the vendor has agreed with it, and reads.

    Returns argument of an address → reference of what it names there.
    """
    WholesaleAgreed(account=owner, since=AT, decided_at=AT, decided_by=shared, percent=Decimal(25), note=shared).save()
    made = _prices(owner, client, word) | _books(owner, client, word)
    assert all(made.values())
    return made


def _prices(owner: Account, client: Account, word: str) -> dict[str, str]:
    said: dict[str, Any] = {"account": owner, "since": AT, "decided_at": AT, "decided_by": word}
    of_item = {"kind": "plan", "interval": "month", "currency": "EUR", "price": PRICE, "key": word}
    promotion = Promotion(
        account=owner, code=word.upper(), name=word, percent=Decimal(50), opens_at=AT, made_at=AT, made_by=word
    )
    extra = Extra(account=owner, name=word, text=word, made_at=AT, made_by=word)
    contract = AgreedContract(
        account=owner, client=client, kind="maintenance", name=word, first_day=DAY, months=12, price=PRICE, agreed_at=AT,
        agreed_by=word,
    )  # fmt: skip
    asked = change_to_json(Change("list", Decimal(10))) | {"reseller": ""}
    check = PriceCheck(account=owner, asked=asked, asked_at=AT, asked_by=word)
    rows = (
        RetailPriceSet(**said, layer="item", **of_item),
        RetailPriceSet(**said, layer="client", client=client, **of_item),
        RetailMarkUp(**said, layer="client", client=client, percent=Decimal(33)),
        CurrencyRate(**said, source="EUR", target="USD", rate=Decimal("1.1")),
    )
    for row in (*rows, promotion, extra, contract, check):
        row.save()
    taken = PromotionTaken(
        account=owner, client=client, promotion=promotion, code=promotion.code, percent=Decimal(50), starts_at=AT, taken_at=AT,
        taken_by=word,
    )  # fmt: skip
    sale = ExtraSold(
        account=owner, client=client, extra=extra, name=word, price=PRICE, due_at=AT, sold_at=AT, sold_by=word
    )
    taken.save()
    sale.save()
    sandbox = _sandbox(owner, client, word)
    return {
        "sandbox": sandbox.ref, "promotion": promotion.ref, "extra": extra.ref, "contract": contract.ref, "check": check.ref,
        "taken": taken.ref, "sale": sale.ref,
    }  # fmt: skip


def _sandbox(owner: Account, client: Account, word: str) -> Sandbox:
    row = Sandbox(
        account=owner, portfolio=owner, name=word, state="ready", clients=[[client.ref, word, 1, True]], copied_at=AT, clock=AT,
        data=word.encode(), made_at=AT, made_by=word, expires_at=AT + timedelta(days=14),
    )  # fmt: skip
    row.save()
    within: dict[str, Any] = {"account": owner, "sandbox": row, "position": 1, "at": AT, "client_name": word}
    SandboxLine(**within, day=DAY, event="trial.ended", group="trial", data={"name": word}).save()
    SandboxMail(**within, template="trial-ended", to_name=word, subject=word, text=word).save()
    SandboxInvoice(
        account=owner, sandbox=row, ref=f"inv_{word}"[:32], book="retail", kind="invoice", state="issued", number=word,
        client_name=word, first_day=DAY, last_day=DAY, currency="EUR", gross_minor=987_654, open_minor=987_654,
    ).save()  # fmt: skip
    return row


def _books(owner: Account, client: Account, word: str) -> dict[str, str]:
    book: dict[str, Any] = {"account": owner, "book": "retail"}
    issuer = Issuer(
        account=owner, legal_name=word, street=word, city=word, country="IT", contact_name=word, footer=word, made_at=AT,
        made_by=word,
    )  # fmt: skip
    issuer.save()
    BillingTerms(**book, client=client, since=AT, decided_at=AT, decided_by=word).save()
    draft, issued = (_invoice(owner, client, issuer, word, number) for number in (None, 7))
    gateway = GatewayAccount(account=owner, title=word, key_box=word, key_ends="zyxq", hook_word=word, created_at=AT)
    gateway.save()
    method = PaymentMethod(
        account=client, gateway=gateway, named=word, kind="card", brand=word, ends="4242", added_at=AT, added_by=word
    )
    method.save()
    payment = Payment(
        **book, payer=client, collected_by="own", gateway=gateway, method=method, invoice=issued.ref, number=word, amount=2900,
        currency="EUR", attempt=1, key=word, state="failed", words=word, made_at=AT, made_by=word,
    )  # fmt: skip
    link = PaymentLink(
        account=client, gateway=gateway, token_hash="3" * 64, sent_to=f"{word}@example.com", made_at=AT, made_by=word,
        expires_at=AT + timedelta(days=3650),
    )  # fmt: skip
    statement = BankStatement(
        **book,
        file_name=f"{word}.csv",
        digest="4" * 64,
        format="csv",
        lines=1,
        waiting=1,
        imported_at=AT,
        imported_by=word,
    )
    for row in (payment, link, statement):
        row.save()
    line = BankLine(
        **book, statement=statement, place=1, key="5" * 64, booked_on=DAY, minor=2900, currency="EUR", party=word, text=word,
        bank_ref=word,
    )  # fmt: skip
    line.save()
    entry = LedgerEntry.unscoped.filter(account=owner).order_by("id")[0]
    booked = BankPayment(
        **book, line=line, invoice=issued, debtor=client, minor=2900, currency="EUR", entry=entry, at=AT, by=word
    )
    booked.save()
    gave_back = BankRefund(
        **book, debtor=client, day=DAY, minor=100, ahead_minor=100, currency="EUR", reference=word, reason=word, entry=entry,
        at=AT, by=word,
    )  # fmt: skip
    gave_back.save()
    WriteOff(
        **book,
        invoice=issued,
        debtor=client,
        minor=100,
        currency="EUR",
        reason=word,
        resumes=True,
        entry=entry,
        at=AT,
        by=word,
    ).save()
    effort = Effort(
        account=owner, client=client, kind="time", day=DAY, minutes=90, rate=987_654, minor=1_481_481, currency="EUR", text=word,
        entered_at=AT, entered_by=word,
    )  # fmt: skip
    effort.save()
    month = {"month": DAY, "currency": "EUR"}
    ClientMonth(**book, client=client, debtor=client, minor=987_654, charged=987_654, **month).save()
    RevenueMonth(**book, end=987_654, charged=987_654, up_to=AT, kept_at=AT, **month).save()
    return {
        "effort": effort.ref,
        "invoice": issued.ref, "draft": draft.ref, "issuer": issuer.ref, "payment": payment.ref, "method": method.ref,
        "link": link.ref, "statement": statement.ref, "line": line.ref, "booked": booked.ref,
        "bank_refund": gave_back.ref, "payer": client.ref,
    }  # fmt: skip


def _invoice(owner: Account, client: Account, issuer: Issuer, word: str, number: int | None) -> Invoice:
    invoice = Invoice(
        account=owner, book="retail", debtor=client, key=f"{word}:{number}", first_day=DAY, last_day=date(2026, 2, 28),
        currency="EUR", list_minor=2900, net_minor=2900, gross_minor=2900, collected_by="own", made_at=AT, issuer=issuer,
        reason=word,
    )  # fmt: skip
    invoice.save()
    InvoiceLine(
        account=owner, book="retail", invoice=invoice, position=1, entry=make_entry(owner, client, item=word), client=client,
        about="base", item=word, first_day=DAY, last_day=date(2026, 2, 28), minor=2900, net_minor=2900,
    ).save()  # fmt: skip
    if number is not None:
        invoice.series, invoice.number, invoice.state, invoice.digest = word[:20], number, "issued", "0" * 64
        invoice.issued_on, invoice.issued_at, invoice.issued_by, invoice.frozen = AT.date(), AT, word, {"reason": word}
        invoice.save()
    return invoice
