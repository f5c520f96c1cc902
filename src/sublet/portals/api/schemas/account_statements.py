"""What the API says and hears about statements of account. Amounts are whole minor units of `currency`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Next,
    Out,
    PageAsked,
    Previous,
    RefIn,
    Text,
    When,
    number,
    text,
)
from sublet.portals.api.schemas.invoices import InvoiceParty

Kind = Literal[
    "invoice", "credit", "payment", "taken-back", "prepaid-used", "refund", "refund-failed", "dispute", "dispute-won",
    "dispute-lost", "collected", "netted", "payout", "succeeded", "written-off", "recovered", "lost-again", "reopened",
    "adjustment",
]  # fmt: skip


class AccountStatementRow(Out):
    """Something that was charged or paid, on its day where the issuer is: by bank on the day on which the bank booked it."""

    day: Annotated[date, Meta(examples=["2026-04-01"])]
    kind: Annotated[
        Kind,
        Meta(
            description="`taken-back`: a bank payment that was booked wrongly; `prepaid-used`: paid from what was paid ahead; "
            "`collected`: what the vendor collected for a reseller; `netted`: paid from that; `payout`: what it paid out of it; "
            "`succeeded`: a balance of a reseller that was merged, with whoever comes after it; `written-off`: asked for no longer; "
            "`recovered`: asked for after all, because money or a credit note came for it; `lost-again`: that money went back; "
            "`reopened`: the write-off was taken back."
        ),
    ]
    number: Annotated[str, text("Of the document that it is, or is for; empty for none.", "R-2026-17")]
    invoice: Annotated[
        str | None, Meta(description="That document, where it is one between these two.", examples=[None])
    ]
    charged: Annotated[int, number("Below nothing for a credit note, and for what is written off.", 4392)]
    paid: Annotated[int, number("Below nothing for what went back.", 0)]
    balance: Annotated[int, number("After it: what the debtor owes; below nothing is to its credit.", 4392)]
    amount: Annotated[int, number("What moved, also where it changes no balance.", 4392)]


class AccountStatementTold(Out):
    """A page of a statement of account, oldest first, with the sums of all its days and what the balance is made of today."""

    issuer: InvoiceParty
    debtor: InvoiceParty
    currency: Annotated[str, text("Empty where nothing ever moved.", "EUR")]
    currencies: Annotated[list[str], Meta(description="In which anything moved.", examples=[["EUR"]])]
    first: Annotated[date, Meta(description="The first day.", examples=["2026-01-01"])]
    before: Annotated[date, Meta(description="The day after the last one.", examples=["2027-01-01"])]
    opening: Annotated[int, number("The balance before the first day.", 0)]
    charged: Annotated[int, number("", 4392)]
    paid: Annotated[int, number("", 0)]
    closing: Annotated[int, number("`opening` + `charged` - `paid`.", 4392)]
    open: Annotated[int, number("Today: open on invoices.", 4392)]
    prepaid: Annotated[
        int,
        number(
            "Today: paid ahead. Below nothing: more went back than there was, by the bank and once more by the processor.",
            0,
        ),
    ]
    collected: Annotated[int, number("Today: collected for a reseller and not paid out.", 0)]
    items: list[AccountStatementRow]
    next: Next
    previous: Previous


class _Whose(Asked):
    side: Annotated[
        Literal["sent", "received"], Field(description="Of what the account charges, or of what it is charged.")
    ] = "sent"
    account: Annotated[
        RefIn, Field(description="The other account. Of what is received it may be left out: whoever stands above.")
    ] = ""
    currency: Annotated[
        Text, Field(max_length=3, description="Empty: one in which something is open. In another one nothing moved.")
    ] = ""
    first: Annotated[Day | None, Field(description="The first day; without it, that of the running year.")] = None
    before: Annotated[Day | None, Field(description="The day after the last one; without it, the end of the year.")] = (
        None
    )
    known: Annotated[
        When | None,
        Field(description="As it was known then: the same for ever, whatever becomes known later of those days."),
    ] = None


class AccountStatementAsked(_Whose, PageAsked):
    """Which statement, and which page of it."""


class AccountStatementFileAsked(_Whose):
    """Which statement, and as what."""

    form: Annotated[Literal["csv", "xlsx", "pdf"], Field()] = "csv"
