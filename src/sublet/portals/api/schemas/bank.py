"""What the API says and hears about bank statements and the movements in them. Amounts are whole minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Next, Out, PageAsked, Previous, Text, instant, number, ref, text

State = Literal["open", "booked", "aside", "out"]


class BankFault(Out):
    """A line of a file that could not be read."""

    line: Annotated[int, number("", 17)]
    code: Annotated[str, text("", "date")]
    value: Annotated[str, text("What stands there.", "31.02.2026")]


class BankStatement(Out):
    """A file that was brought in: CAMT.053, or a list as CSV, XLSX or ODS."""

    ref: Annotated[str, ref("stm", "")]
    file_name: Annotated[str, text("", "march.xml")]
    format: Annotated[str, text("", "camt.053")]
    first_day: date | None
    last_day: date | None
    lines: Annotated[int, number("New movements.", 42)]
    known: Annotated[int, number("That another file had brought.", 3)]
    waiting: Annotated[int, number("Not booked by the bank yet, and left out.", 0)]
    faults: list[BankFault]
    imported_at: Annotated[datetime, instant("")]
    imported_by: Annotated[str, text("", "Rosa Ricci")]


class BankStatementPage(Out):
    """A page of them, newest first."""

    items: list[BankStatement]
    next: Next
    previous: Previous


class BankMatch(Out):
    """So much of an invoice."""

    invoice: Annotated[str, ref("inv", "")]
    number: Annotated[str, text("", "2026-17")]
    party: Annotated[str, text("", "Bella Napoli")]
    amount: Annotated[int, number("", 4900)]


class BankMovement(Out):
    """A movement. `paid`: what it has paid, or of an open one what is proposed."""

    ref: Annotated[str, ref("bln", "")]
    state: Annotated[State, Meta(description="`out`: went out, or takes another back. `aside`: for no invoice.")]
    day: Annotated[date, Meta(examples=["2026-03-17"])]
    amount: Annotated[int, number("", 4900)]
    currency: Annotated[str, text("", "EUR")]
    party: Annotated[str, text("", "BELLA NAPOLI SRL")]
    party_iban: Annotated[str, text("", "IT60X0542811101000000123456")]
    text: Annotated[str, text("", "RF18 5390 0754 7034")]
    why: Annotated[str, text("Why that is proposed.", "reference")]
    paid: list[BankMatch]
    surplus: Annotated[int, number("Beyond them, paid ahead.", 0)]


class BankMovementPage(Out):
    """A page of them, newest first."""

    items: list[BankMovement]
    next: Next
    previous: Previous


class BankStatementsAsked(PageAsked):
    """Which page."""


class BankMovementsAsked(PageAsked):
    """Which movements."""

    state: Literal["", "open", "booked", "aside", "out"] = ""


class BankMatchIn(Input):
    """Which invoices it paid: one (also in part, or with a surplus), or several that come to exactly the amount."""

    invoices: Annotated[list[Annotated[Text, Field(max_length=32)]], Field(min_length=1, max_length=200)]


class BankAsideIn(Input):
    """Whether it is for no invoice."""

    aside: bool = True
