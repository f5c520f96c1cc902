"""What the API says and hears about payouts: what the vendor collected for a reseller. Amounts are whole minor units."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Asked, Day, Input, Next, Out, PageAsked, Previous, Text, number, ref, text
from sublet.portals.api.schemas.invoices import InvoiceParty

Currency = Annotated[str, text("", "EUR")]


class PayableTold(Out):
    """What is owed to a reseller in one currency."""

    reseller: InvoiceParty
    currency: Currency
    collected: Annotated[
        int, number("Collected and not paid out yet; below nothing where money went back after that.", 17900)
    ]
    open: Annotated[int, number("Of its open invoices, which a payout pays.", 3000)]
    amount: Annotated[int, number("What would be paid out now.", 14900)]


class PayoutTold(Out):
    """A payout."""

    ref: Annotated[str, ref("pyo", "")]
    number: Annotated[str, text("", "PAY-7")]
    reseller: InvoiceParty
    day: Annotated[date, Meta(examples=["2026-04-01"])]
    currency: Currency
    amount: Annotated[int, number("", 14900)]
    reference: Annotated[str, text("What stands on the transfer.", "Payout March")]
    by: Annotated[str, text("", "Vera Voss")]


class PayoutPage(Out):
    """What is owed now, and a page of payouts, newest first."""

    waiting: list[PayableTold]
    items: list[PayoutTold]
    next: Next
    previous: Previous


class PayoutsAsked(PageAsked):
    """Which page."""


class PayoutIn(Input):
    """What was transferred. `amount`: what `waiting` says; where it is another by now nothing happens."""

    reseller: Annotated[Text, Field(max_length=32)]
    currency: Annotated[Text, Field(max_length=3)]
    amount: Annotated[int, Field(gt=0, le=10**15)]
    reference: Annotated[Text, Field(max_length=140)] = ""


class StatementAsked(Asked):
    """Of which month: any day of it. In which currency; without one, the account's."""

    month: Day
    currency: Annotated[Text, Field(max_length=3)] = ""
