"""What the API says and hears about invoices. Amounts are whole minor units of `currency`: 2606 is EUR 26.06 or JPY 2606."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    RefIn,
    Text,
    When,
    instant,
    number,
    ref,
    text,
)

Minor = Annotated[int, number("In minor units.", 2606)]
Day = Annotated[date | None, Meta(description="A day of whoever issues.", examples=["2026-04-01"])]
State = Literal["draft", "issued", "paid", "partly-paid", "uncollectible", "credited"]


class InvoiceParty(Out):
    """The other side: who pays, or of an invoice that the account gets who asks."""

    ref: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Bella Napoli")]


class Invoice(Out):
    """An invoice or a credit note; amounts of the second are negative. What is issued never changes but for `state` and what is open.

    `uncollectible`: all that was open was written off. Money that comes later is booked on it all the same.
    """

    ref: Annotated[str, ref("inv", "")]
    kind: Annotated[Literal["invoice", "credit"], Meta(description="`credit`: a credit note.")]
    number: Annotated[str, text("Empty while it is a draft.", "R-2026-17")]
    state: State
    party: InvoiceParty
    first_day: Annotated[date, Meta(examples=["2026-03-17"])]
    last_day: Annotated[date, Meta(examples=["2026-04-16"])]
    currency: Annotated[str, text("", "EUR")]
    lines: Annotated[int, number("The sum of the lines, before discount and tax.", 2670)]
    discount: Minor
    net: Minor
    tax: Minor
    gross: Minor
    open: Minor
    written_off: Annotated[int, number("Asked for no longer, and not in `open`.", 0)]
    issued_on: Day
    due_on: Day


class InvoicePage(Out):
    """A page of invoices, newest first."""

    items: list[Invoice]
    next: Next
    previous: Previous


class InvoiceLine(Out):
    """One charge, or a part of it that is taken back."""

    position: Annotated[int, number("", 1)]
    account: InvoiceParty
    about: Annotated[
        str,
        text(
            "`base`, `overage`, `add_ons`, `one_off`, `service`, `service_use`, `plan_use`, `add_on_use`, "
            "`adjustment` or `shortfall`.",
            "base",
            "overage",
        ),
    ]
    item: Annotated[str, text("The key of the plan, add-on or meter.", "medium")]
    first_day: Annotated[date, Meta(examples=["2026-03-17"])]
    last_day: Annotated[date, Meta(examples=["2026-04-16"])]
    days: Annotated[int, number("Days that are paid for …", 31)]
    of_days: Annotated[int, number("… of those that the period has.", 31)]
    quantity: Annotated[str, text("A decimal number.", "1", "30")]
    amount: Annotated[int, number("Before the discount.", 2400)]
    discount: Annotated[int, number("Its share of the discount on the total.", 480)]
    net: Annotated[int, number("What is taxed.", 1920)]


class WriteOff(Out):
    """That what was open of an invoice was given up; `amount` is what it was then. Told to whoever issued it alone."""

    at: Annotated[datetime, instant("")]
    by: Annotated[str, text("", "Rosa Bianchi")]
    amount: Minor
    reason: Annotated[str, text("", "The company is bankrupt")]
    taken_back_at: Maybe
    taken_back_by: Annotated[str, text("Empty while it stands.", "")]
    taken_back_reason: Annotated[str, text("", "It pays after all")]


class InvoiceWithLines(Out):
    """One invoice with its lines."""

    invoice: Invoice
    items: list[InvoiceLine]
    credit_notes: Annotated[list[str], Meta(description="References of the credit notes for it.")]
    corrects: Annotated[str | None, Meta(description="Of a credit note: the invoice.")]
    reason: Annotated[str, text("Of a credit note: why.", "Goodwill")]
    digest: Annotated[str, text("SHA-256 over all that it says; empty while it is a draft.", "9f86d081…")]
    write_offs: Annotated[list[WriteOff], Meta(description="Newest first.")]
    recovered: Annotated[int, number("Of what is paid, what had been written off before.", 0)]


class LineUsage(Out):
    """A usage event that a line comes from."""

    at: Annotated[datetime, instant("")]
    source: Annotated[str, text("", "app")]
    id: Annotated[str, text("", "0197f3c8")]
    quantity: Annotated[int | None, number("In steps of the meter.", 1)]
    counts: Annotated[bool, Meta(description="False: another event counts in its place.")]


class LineUsageList(Out):
    """The usage events in the period of a line, oldest first."""

    meter: Annotated[str, text("Empty where nothing is counted.", "text_messages")]
    items: list[LineUsage]
    more: Annotated[bool, Meta(description="There are more than are told.")]


class InvoicesAsked(PageAsked):
    """Which invoices."""

    side: Annotated[
        Literal["sent", "received"], Field(description="Those that the account sends, or those that it gets.")
    ] = "sent"
    state: Annotated[Literal["", "draft", "issued", "paid", "partly-paid", "uncollectible", "credited"], Field()] = ""
    account: Annotated[RefIn, Field(description="Only those to this account.")] = ""


class CreditIn(Input):
    """How much is credited, and why."""

    reason: Annotated[
        Text, Field(min_length=1, max_length=500, examples=["Goodwill"], description="Stands on the credit note.")
    ]
    net: Annotated[
        int | None, Field(ge=1, le=10**15, description="Before tax, in minor units; without it all that is left.")
    ] = None


class WriteOffIn(Input):
    """Why what is open is given up, and whether what rests because of it goes on."""

    reason: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=500,
            examples=["The company is bankrupt"],
            description="Whoever owes does not read it.",
        ),
    ]
    resumes: Annotated[
        bool,
        Field(
            description="A plan that rests because of this invoice goes on. `false`: it rests until you let it go on."
        ),
    ] = True


class ReopenIn(Input):
    """Why it is asked for again."""

    reason: Annotated[Text, Field(min_length=1, max_length=500, examples=["It pays after all"])]


class BillingTerms(Out):
    """How an account is billed: how often, counted from which day, by whom, and whether invoices are issued by themselves."""

    interval: Literal["month", "quarter", "year"]
    basis: Annotated[
        Literal["calendar", "anniversary"],
        Meta(description="`calendar`: the first of the month; `anniversary`: the day on which the plan was taken."),
    ]
    collected_by: Annotated[
        Literal["nobody", "own", "vendor"],
        Meta(description="`nobody`: outside, here it is only reckoned; `vendor`: on the reseller's behalf."),
    ]
    automatic: Annotated[bool, Meta(description="Issued by themselves; otherwise drafts wait for somebody.")]
    own: Annotated[bool, Meta(description="That was said of this account, and not of all others.")]
    since: Maybe


class BillingTermsIn(Input):
    """The same, to be said. It holds from now on, or from `since`."""

    interval: Literal["month", "quarter", "year"]
    basis: Literal["calendar", "anniversary"]
    collected_by: Literal["nobody", "own", "vendor"] = "own"
    automatic: bool = False
    since: When | None = None
