"""What the API says and hears about money that went back by transfers. Amounts are whole minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Day,
    Input,
    Next,
    Out,
    PageAsked,
    Previous,
    Text,
    instant,
    number,
    ref,
    text,
)

_Ref = Annotated[Text, Field(max_length=32)]


class BankRefund(Out):
    """A transfer that gave money back: of an invoice, or (none is named) of what the account had paid ahead."""

    ref: Annotated[str, ref("brf", "Never changes.")]
    account: Annotated[str, ref("acc", "Who got it back.")]
    name: Annotated[str, text("", "Bella Napoli")]
    invoice: Annotated[str, ref("inv", "Of which invoice; empty: of what was paid ahead.")]
    number: Annotated[str, text("", "2026-17")]
    day: Annotated[date, Meta(examples=["2026-03-17"])]
    amount: Annotated[int, number("", 4900)]
    ahead: Annotated[int, number("Of it, from what was paid ahead; the rest is owed again.", 0)]
    currency: Annotated[str, text("", "EUR")]
    reference: Annotated[str, text("", "SCT 2026-17")]
    reason: Annotated[str, text("", "Paid twice")]
    movement: Annotated[str, ref("bln", "In which the bank tells of it, once it does.")]
    booked_at: Annotated[datetime, instant("")]
    booked_by: Annotated[str, text("", "Rosa Ricci")]
    taken_back_at: datetime | None


class BankRefundPage(Out):
    """A page of them, newest first."""

    items: list[BankRefund]
    next: Next
    previous: Previous


class BankRefundsAsked(PageAsked):
    """Which page."""


class BankRefundIn(Input):
    """Which transfer: of `invoice`, or of what `account` has paid ahead in `currency`. With `movement` amount and day are the bank's."""

    account: _Ref = ""
    invoice: _Ref = ""
    movement: _Ref = ""
    amount: Annotated[int, Field(ge=0, le=10**12, examples=[4900])] = 0
    currency: Annotated[Text, Field(max_length=3, examples=["EUR"])] = ""
    day: Annotated[Day | None, Field(description="At the bank; none: today.")] = None
    reference: Annotated[Text, Field(max_length=140, examples=["SCT 2026-17"])] = ""
    reason: Annotated[Text, Field(max_length=200, examples=["Paid twice"])] = ""
    credit: Annotated[bool, Field(description="Credit as much of the invoice; otherwise it is owed again.")] = False
