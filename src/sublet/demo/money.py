"""What the demo's accounts owe each other: who issues invoices, what is asked, who pays, and three months that were billed.

All of it is done by the operations, dated as it would have been. Billing begins three months ago: before, everybody billed by
other means, so that a run has a few thousand charges to reckon and not those of a year and a half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sublet.accounts.models import Account
from sublet.billing.models import BillingRun, Invoice, VatCheck
from sublet.billing.operations import (
    credit_invoice,
    enter_effort,
    issue_invoices,
    keep_figures,
    run_billing,
    set_billing_terms,
)
from sublet.billing.operations.issuers import change_issuer, change_recipient
from sublet.clientsettings.models import AgreedTerm
from sublet.clientsettings.operations import set_up
from sublet.core.lifecycle import ACTIVE
from sublet.core.periods import plus_months, start_of_day
from sublet.core.pricebook import ON_LIST, Tier
from sublet.core.pricing import FLAT, ONCE, Price
from sublet.demo.bank import bring_movements_in
from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.foundation.actor import Actor
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import actor_scope
from sublet.pricing import operations as pricing

#: How many months were billed, and how many clients of each office pay by themselves.
MONTHS, PAYING = 3, 9
PAYERS = ("payer.base", "payer.overage", "payer.add_ons")

VENDOR: Mapping[str, Any] = {
    "legal_name": "Appfold S.r.l.", "street": "Via Tortona 33", "postal_code": "20144", "city": "Milano", "country": "IT",
    "register_number": "MI-2071845", "vat_id": "IT02718450154", "invoice_prefix": "AF-", "payment_days": 30,
    "account_holder": "Appfold S.r.l.", "iban": "IT60X0542811101000000123456", "contact_name": "Vera Lindqvist",
    "email": "billing@appfold.example", "phone": "+39 02 5550100",
}  # fmt: skip
BOTTEGA: Mapping[str, Any] = {
    "legal_name": "Bottega Digitale S.n.c. di Rosa Bellini", "street": "Via Emilia 1", "postal_code": "40121",
    "city": "Bologna", "country": "IT", "register_number": "BO-398870", "vat_id": "IT03988700377", "invoice_prefix": "BD-",
    "credit_prefix": "NC-", "payment_days": 30, "account_holder": "Bottega Digitale S.n.c.",
    "iban": "IT11K0306909606100000045871", "contact_name": "Rosa Bellini", "email": "conti@bottega.example",
    "phone": "+39 051 5500100", "footer": "Grazie per la fiducia.",
}  # fmt: skip
PIXEL: Mapping[str, Any] = {
    "legal_name": "Atelier Pixel SARL", "street": "Rue de la République 1", "postal_code": "69001", "city": "Lyon",
    "country": "FR", "register_number": "RCS Lyon 812 345 676", "vat_id": "FR19812345676", "invoice_prefix": "AP-",
    "payment_days": 15, "account_holder": "Atelier Pixel SARL", "iban": "FR7630004000031234567890143",
    "contact_name": "Camille Perrin", "email": "compta@pixel.example", "phone": "+33 4 72 55 01 00",
}  # fmt: skip
#: What the vendor's buyers say of themselves.
NOORD: Mapping[str, Any] = {"legal_name": "Studio Noord B.V.", "country": "NL", "vat_id": "NL004495445B01"}
GELSOMINO: Mapping[str, Any] = {"legal_name": "Trattoria Il Gelsomino S.a.s.", "vat_id": "IT02911400378"}
ADDRESS = ("legal_name", "street", "postal_code", "city", "country", "vat_id", "email")


@dataclass(frozen=True, slots=True)
class Office:
    """A reseller with its clients, and its owner at the keyboard."""

    account: Account
    owner: Actor
    clients: Sequence[Client]
    hours: OfficeHours


def let_money_flow(vendor: Account, installation: Actor, offices: Sequence[Office], *, now: datetime) -> None:
    """Bill the last three months; the first office asks its own prices, the third a mark-up, the others bill outside."""
    this = (now - timedelta(days=2)).astimezone(offices[0].hours.zone).date().replace(day=1)
    months = [plus_months(this, -back) for back in range(MONTHS, -1, -1)]
    mornings = [start_of_day(day, vendor.timezone) + timedelta(hours=3) for day in months]
    begun = mornings[0]
    before = begun - timedelta(days=2, hours=16)
    bottega, noord, pixel = offices[:3]
    _say_who_sends(installation, (bottega, noord, pixel), at=before)
    _agree_wholesale(installation, bottega.account, noord.account, at=before)
    paying = {office.account.id: _paying(office, before) for office in (bottega, pixel)}
    _ask_prices(bottega, paying[bottega.account.id], at=before, now=now)
    with actor_scope(pixel.owner):
        pricing.set_mark_up(percent=Decimal(50), on=ON_LIST, actor=pixel.owner, at=before)
    for office in (bottega, pixel):
        _let_clients_pay(office, paying[office.account.id], at=before)
    set_billing_terms(
        interval="month", basis="calendar", collected_by="own", automatic=True, actor=installation, at=before
    )
    BillingRun(account=vendor, until=begun, begun_at=begun, done_at=begun, by="Schedule").save()
    for number, morning in enumerate(mornings[1:], start=1):
        if number == MONTHS:
            # From now on Rosa looks at each invoice before it goes out.
            _bill_by(bottega, automatic=False, at=morning - timedelta(days=3, hours=17))
        run_billing(until=morning, actor=installation, at=morning)
    _issue_some(bottega, at=mornings[-1] + timedelta(hours=7))
    for office in (bottega, pixel):
        _credit_some(office.owner, at=mornings[-1] + timedelta(hours=8))
    _credit_some(installation, at=mornings[-1] + timedelta(hours=8))
    for actor, iban in ((bottega.owner, BOTTEGA["iban"]), (installation, VENDOR["iban"]), (pixel.owner, PIXEL["iban"])):
        bring_movements_in(actor, iban, first=months[1], at=mornings[-1] + timedelta(hours=30))
    for number, account in enumerate((bottega.clients[0].account, *paying[bottega.account.id][:5])):
        _spend_time(bottega.owner, account, number, months, at=mornings[-1] + timedelta(hours=31))
    keep_figures(actor=installation, at=now)
    # unscoped: the demo's own; of months that are over hundreds of mails would go out now
    Job.unscoped.filter(kind="billing.mail_issued").delete()


# Who sends and who gets them ------------------------------------------------------------------------------------------


def _say_who_sends(installation: Actor, offices: Sequence[Office], *, at: datetime) -> None:
    change_issuer(changes=VENDOR, version=0, actor=installation, at=at)
    for office, sends, gets in zip(offices, (BOTTEGA, None, PIXEL), (BOTTEGA, NOORD, PIXEL), strict=True):
        with actor_scope(office.owner):
            if sends is not None:
                change_issuer(changes=sends, version=0, actor=office.owner, at=at)
            said = {name: value for name, value in gets.items() if name in ADDRESS}
            change_recipient(ref=office.account.ref, changes=said, version=0, actor=office.owner, at=at)
        # What the register would have answered: the demo asks nobody outside.
        VatCheck.unscoped.filter(account=office.account, state=VatCheck.State.ASKED).delete()  # unscoped: all accounts
        VatCheck(
            account=office.account, vat_id=gets["vat_id"], state=VatCheck.State.VALID, asked_at=at, answered_at=at,
            name=gets["legal_name"].upper(), proof="WAPIAAAAZ0DEMO01",
        ).save()  # fmt: skip


def _agree_wholesale(installation: Actor, bottega: Account, noord: Account, *, at: datetime) -> None:
    pricing.change_wholesale_terms(
        ref=bottega.ref, percent=Decimal(22), note="As agreed in Bologna", actor=installation, at=at
    )
    tiers = (Tier(1_000_000, Decimal(28)), Tier(2_500_000, Decimal(32)))
    pricing.change_wholesale_terms(
        ref=noord.ref, percent=Decimal(25), tiers=tiers, note="By volume, for two years", actor=installation, at=at
    )


# What is asked --------------------------------------------------------------------------------------------------------


def _euro(cents: int, interval: str = "month") -> Price:
    return Price(FLAT, interval, "EUR", Decimal(cents))


def _ask_prices(office: Office, paying: Sequence[Account], *, at: datetime, now: datetime) -> None:
    """Prices of its own, one for a group, a mark-up for the rest, a promotion, a contract and a service."""
    rosa, shown = office.owner, office.clients[0].account
    with actor_scope(rosa):
        for kind, key, cents in (
            ("plan", "content", 9900), ("plan", "commerce", 17900), ("add_on", "extra_language", 900),
        ):  # fmt: skip
            pricing.set_retail_price(kind=kind, key=key, price=_euro(cents), actor=rosa, at=at)
        pricing.set_retail_price(
            kind="plan", key="content", price=_euro(8900), tag="ristorante", actor=rosa, at=at
        )  # fmt: skip
        pricing.set_mark_up(percent=Decimal(60), actor=rosa, at=at)
        pricing.set_floor(percent=Decimal(20), actor=rosa, at=at)
        pricing.make_promotion(
            code="BENVENUTO", name="Tre mesi a metà prezzo", percent=Decimal(50), months=3, things=("plan",),
            actor=rosa, at=at,
        )  # fmt: skip
        for account in paying[:2]:
            pricing.take_promotion(ref=account.ref, code="BENVENUTO", actor=rosa, at=at)
        today = at.astimezone(office.hours.zone).date()
        for account in paying[2:3]:
            pricing.agree_contract(
                client=account.ref, kind="term", name="Dodici mesi", first_day=today, months=12, renew_months=12,
                notice_days=60, actor=rosa, at=at,
            )  # fmt: skip
        pricing.agree_contract(
            client=shown.ref, kind="maintenance", name="Cura dei contenuti", first_day=today, months=12, renew_months=1,
            notice_days=30, price=_euro(3900), actor=rosa, at=at,
        )  # fmt: skip
        photos = pricing.make_extra(
            name="Servizio fotografico", text="Mezza giornata, trenta foto", price=_euro(18000, ONCE), actor=rosa, at=at
        )
        sold = [(shown, days) for days in (25, 52, 80)] + [(account, 50) for account in paying[3:4]]
        for account, days in sold:
            pricing.sell_extra(client=account.ref, extra=photos.ref, actor=rosa, at=at + timedelta(days=days))
        # Said this week, for the first of the month after next.
        first = plus_months(now.astimezone(office.hours.zone).date().replace(day=1), 2)
        pricing.set_retail_price(
            kind="plan", key="content", price=_euro(10900), since=start_of_day(first, office.account.timezone),
            actor=rosa, at=office.hours.at(now - timedelta(days=3)),
        )  # fmt: skip


# Who pays -------------------------------------------------------------------------------------------------------------


def _paying(office: Office, at: datetime) -> list[Account]:
    """Clients of some age with a plan, about whom nothing is agreed yet."""
    agreed = set(
        AgreedTerm.unscoped.filter(account=office.account).values_list("client_id", flat=True)  # unscoped: all accounts
    )
    found = [
        each.account
        for each in office.clients[1:]
        if each.account.plan and each.account.state == ACTIVE and each.account.created_at < at
        and each.account.id not in agreed
    ]  # fmt: skip
    return found[:PAYING]


def _bill_by(office: Office, *, automatic: bool, at: datetime) -> None:
    with actor_scope(office.owner):
        set_billing_terms(
            interval="month", basis="calendar", collected_by="own", automatic=automatic, actor=office.owner, at=at
        )


def _let_clients_pay(office: Office, paying: Sequence[Account], *, at: datetime) -> None:
    """Most pay everything; one what it takes beyond its plan alone; one is billed by the office, outside."""
    owner, shown = office.owner, office.clients[0].account
    _bill_by(office, automatic=True, at=at)
    with actor_scope(owner):
        everything = dict.fromkeys(PAYERS, "client")
        home = office.account.country == "IT"
        for account in (shown, *paying) if home else paying:
            set_up(ref=account.ref, changes=everything, actor=owner, at=at)
        for account in paying[PAYING - 1 :]:
            set_up(ref=account.ref, changes={"payer.base": "reseller"}, actor=owner, at=at + timedelta(hours=1))
        for account in paying[PAYING - 2 : PAYING - 1]:
            set_billing_terms(
                ref=account.ref, interval="month", basis="calendar", collected_by="nobody", automatic=False, actor=owner, at=at
            )  # fmt: skip
        if home:
            change_recipient(ref=shown.ref, changes=GELSOMINO, version=0, actor=owner, at=at)


def _spend_time(owner: Actor, account: Account, number: int, months: Sequence[date], *, at: datetime) -> None:
    """An hour or two a month for a client, and what a photographer cost."""
    with actor_scope(owner):
        for place, month in enumerate(months[:-1]):
            enter_effort(
                client=account.ref, kind="time", day=month + timedelta(days=8 + number), minutes=30 + 15 * ((number + place) % 5),
                rate=4500, text="Testi e immagini", actor=owner, at=at,
            )  # fmt: skip
        if number == 0:
            enter_effort(
                client=account.ref, kind="cost", day=months[1] + timedelta(days=20), amount=12000, text="Fotografo", actor=owner,
                at=at,
            )  # fmt: skip


# What became of the invoices ------------------------------------------------------------------------------------------


def _issue_some(office: Office, *, at: datetime) -> None:
    """Half of what waits goes out; the rest stays a draft."""
    with actor_scope(office.owner):
        drafts = Invoice.objects.filter(account_id=office.account.id, state="draft", collected_by="own").order_by("id")
        refs = [invoice.ref for invoice in drafts]
        issue_invoices(refs=refs[: len(refs) // 2], actor=office.owner, at=at)


def _credit_some(actor: Actor, *, at: datetime) -> None:
    """One of the first month is taken back in part, and one of the second wholly."""
    with actor_scope(actor):
        issued = list(
            Invoice.objects.filter(account_id=actor.account_id, state="issued", kind="invoice").order_by("id")[:12]
        )
        if len(issued) < 3:
            return
        part = issued[1].net_minor // 4
        if part:
            credit_invoice(ref=issued[1].ref, reason="Three days without push messages", net=part, actor=actor, at=at)
        if len(issued) > 8:
            credit_invoice(ref=issued[8].ref, reason="Billed twice", actor=actor, at=at + timedelta(minutes=9))
