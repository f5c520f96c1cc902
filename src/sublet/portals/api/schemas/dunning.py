"""What the API says and hears about unpaid invoices. Days are counted from the due day of an invoice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Maybe, Next, Out, PageAsked, Previous, instant, number, ref, text
from sublet.portals.api.schemas.invoices import InvoiceParty

Ending = Literal["pause", "keep"]
Kind = Literal["", "retry", "reminder", "last_call", "pause", "keep"]
DayIn = Annotated[int, Field(ge=0, le=120)]
Stand = Literal["overdue", "running", "ended", "stopped", "settled"]


class DunningPolicy(Out):
    """What follows when an invoice is not paid; it holds for those that become overdue from now on."""

    retries: Annotated[list[int], Meta(description="Days on which the stored way of paying is charged again.")]
    reminders: Annotated[list[int], Meta(description="Days on which whoever owes is reminded by mail.")]
    grace: Annotated[int, number("Days until `ending`.", 21)]
    last_call: Annotated[int, number("So many days before the end of the grace a mail says what will happen.", 3)]
    ending: Annotated[
        Ending,
        Meta(description="`pause`: the plan rests until it is paid; a reseller can only read. `keep`: it goes on."),
    ]


class DunningPolicyIn(Input):
    """What is not said stays as it is."""

    retries: Annotated[list[DayIn] | None, Field(max_length=10, examples=[[3, 7, 14]])] = None
    reminders: Annotated[list[DayIn] | None, Field(max_length=10, examples=[[1, 7, 14]])] = None
    grace: Annotated[int | None, Field(ge=0, le=120, examples=[21])] = None
    last_call: Annotated[int | None, Field(ge=0, le=120, examples=[3])] = None
    ending: Ending | None = None

    def said(self) -> dict[str, Any]:
        """What stands in it."""
        return {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}


class DunningStep(Out):
    """A step that was done, once."""

    kind: Annotated[
        Literal["retry", "reminder", "last_call", "pause", "keep", "by_hand"],
        Meta(description="`by_hand`: a reminder."),
    ]
    key: Annotated[str, text("What asked for it.", "reminder:7")]
    outcome: Annotated[str, text("What came of it.", "mailed")]
    payment: Annotated[str, text("The payment that it began.", "")]
    at: Annotated[datetime, instant("")]


class InvoiceDunning(Out):
    """Where an overdue invoice stands."""

    invoice: Annotated[str, ref("inv", "")]
    state: Annotated[
        Stand,
        Meta(
            description="`overdue`: nothing was begun yet. `ended`: the grace is over. `settled`: nothing is owed any more."
        ),
    ]
    next: Annotated[Kind, Meta(description="What comes next; empty: nothing.")]
    next_at: Maybe
    paused: Annotated[bool, Meta(description="Whoever owes is held up because of it.")]
    counted_from: Annotated[date | None, Meta(description="From when days are counted.", examples=["2026-04-01"])]
    steps: list[DunningStep]


class Receivable(Out):
    """An invoice of which something is owed, or was written off. Amounts in minor units."""

    invoice: Annotated[str, ref("inv", "")]
    number: Annotated[str, text("", "R-2026-17")]
    party: InvoiceParty
    currency: Annotated[str, text("", "EUR")]
    open: Annotated[int, number("", 2900)]
    written_off: Annotated[int, number("Given up, and owed no longer.", 0)]
    due_on: Annotated[date | None, Meta(examples=["2026-04-01"])]
    days: Annotated[int, number("Since it was due.", 8)]
    state: Annotated[Literal["", Stand], Meta(description="Empty: not overdue.")]
    next: Kind
    next_at: Maybe


class ReceivablePage(Out):
    """A page of them, newest first."""

    items: list[Receivable]
    next: Next
    previous: Previous


class ReceivablesAsked(PageAsked):
    """Which of them."""

    state: Annotated[
        Literal["", "overdue", "running", "ended", "stopped", "written-off"],
        Field(description="Only those that stand so. `written-off`: those of which something was given up."),
    ] = ""


__all__ = [
    "DunningPolicy", "DunningPolicyIn", "DunningStep", "InvoiceDunning", "Receivable", "ReceivablePage", "ReceivablesAsked",
]  # fmt: skip
