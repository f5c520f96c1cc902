"""What the API says and hears about sandboxes. Amounts in minor units of their currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import Field

from sublet.core.sandboxes import MOST_CLIENTS
from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    RefIn,
    Text,
    Truth,
    instant,
    number,
    ref,
    text,
)

State = Literal["copying", "ready", "moving", "failed"]
Step = Literal["next", "day", "week", "month", "date"]
Group = Literal["trial", "plan", "use", "invoice", "payment", "dunning", "contract", "account", "other"]
GroupOrAny = Literal["", "trial", "plan", "use", "invoice", "payment", "dunning", "contract", "account", "other"]
DayOrNone = Annotated[date | None, Meta(examples=["2026-06-01"])]
Account = Annotated[str, text("The client; empty: the portfolio itself.", "acc_7HqWm2Zr9KtXbd")]


class SandboxClient(Out):
    """A client in the copy."""

    account: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Bella Napoli")]
    has_card: Annotated[bool, Meta(description="Whether it has a way of paying that can be declined.")]


class SandboxMoney(Out):
    """What money came to in one book and currency, at the copy and at the clock."""

    book: Annotated[
        Literal["retail", "wholesale"],
        Meta(description="`retail`: what clients owe the reseller. `wholesale`: what the reseller owes."),
    ]
    currency: Annotated[str, text("", "EUR")]
    invoiced: Annotated[int, number("In the time of the sandbox.", 21960)]
    paid: Annotated[int, number("In the time of the sandbox.", 17568)]
    open_then: Annotated[int, number("", 0)]
    open_now: Annotated[int, number("", 4392)]
    overdue_then: Annotated[int, number("", 0)]
    overdue_now: Annotated[int, number("", 4392)]


class SandboxStanding(Out):
    """How many clients are in a trial, on a plan that they took, on one that rests, and on none."""

    trial: int
    plan: int
    paused: int
    none: int


class SandboxStandings(Out):
    """At the copy and at the clock."""

    then: SandboxStanding | None
    now: SandboxStanding | None


class SandboxUse(Out):
    """What a client uses when the clock moves on."""

    account: Annotated[str, ref("acc", "The client.")]
    meter: Annotated[str, text("", "appointments")]
    units: Annotated[int, number("Whole units.", 500)]


class Sandbox(Out):
    """A copy of a portfolio with a clock of its own. Nothing that happens in it leaves it."""

    ref: Annotated[str, ref("sbx", "")]
    name: Annotated[str, text("", "If two cards fail")]
    state: Annotated[State, Meta(description="The clock is moved while it is `ready`.")]
    why: Annotated[
        str,
        text("What went wrong last: `failed`, `late`, `large`, `too-much` or `gone`; empty: nothing.", ""),
    ]
    portfolio: Annotated[str, ref("acc", "Whose clients were copied.")]
    clients: list[SandboxClient]
    declined: Annotated[list[str], Meta(description="The clients whose cards are declined from now on.")]
    uses: Annotated[list[SandboxUse], Meta(description="What clients use when the clock moves on.")]
    copied_at: Annotated[datetime, instant("Where the clock began.")]
    clock: Annotated[datetime, instant("Where it stands.")]
    next_at: Annotated[
        Maybe, Meta(description="The next instant at which something comes by itself that is known by now.")
    ]
    expires_at: Annotated[datetime, instant("When it is thrown away.")]
    job: Annotated[str | None, text("The job that copies it or moves its clock.", "")]
    money: list[SandboxMoney]
    standing: SandboxStandings


class SandboxList(Out):
    """All of the account's own, newest first."""

    items: list[Sandbox]


class SandboxMove(Out):
    """One move of a clock."""

    ref: Annotated[str, ref("smv", "")]
    state: Annotated[
        Literal["running", "done", "failed"],
        Meta(description="`failed`: the clock stands where it had come to."),
    ]
    starts: Annotated[datetime, instant("")]
    target: Annotated[datetime, instant("Of a move to the next event: where it ended, once it is done.")]
    asked_at: Annotated[datetime, instant("")]
    asked_by: Annotated[str, text("", "Rosa Ricci")]
    ended_at: Maybe


class SandboxMoveList(Out):
    """The moves of a sandbox, newest first."""

    items: list[SandboxMove]


class SandboxLine(Out):
    """Something that happened in a sandbox."""

    position: Annotated[int, number("Its place, from 1.", 17)]
    at: Annotated[datetime, instant("By the clock of the sandbox.")]
    day: Annotated[date, Meta(description="Where the portfolio is.", examples=["2026-06-01"])]
    event: Annotated[str, text("As in the journal.", "trial.ended")]
    group: Group
    account: Account
    name: Annotated[str, text("", "Bella Napoli")]
    sentence: Annotated[str, text("", "The trial of Bella Napoli ended.")]
    data: Annotated[dict[str, Any], Meta(description="As in the journal.")]


class SandboxLinePage(Out):
    """A page of them, oldest first."""

    items: list[SandboxLine]
    next: Next


class SandboxInvoiceLine(Out):
    """A line of an invoice."""

    item: Annotated[str, text("", "medium")]
    first_day: Annotated[date, Meta(examples=["2026-06-01"])]
    last_day: Annotated[date, Meta(examples=["2026-06-30"])]
    net: Annotated[int, number("", 3600)]


class SandboxInvoice(Out):
    """An invoice as it stands at the clock. Nobody gets it."""

    ref: Annotated[str, ref("inv", "")]
    book: Literal["retail", "wholesale"]
    kind: Literal["invoice", "credit"]
    state: Annotated[str, text("", "issued")]
    number: Annotated[str, text("That it would have; empty: a draft.", "R-17")]
    account: Account
    name: Annotated[str, text("Who owes.", "Bella Napoli")]
    first_day: Annotated[date, Meta(examples=["2026-06-01"])]
    last_day: Annotated[date, Meta(examples=["2026-06-30"])]
    issued_on: DayOrNone
    due_on: DayOrNone
    currency: Annotated[str, text("", "EUR")]
    gross: Annotated[int, number("", 4392)]
    paid: Annotated[int, number("", 0)]
    open: Annotated[int, number("", 4392)]
    lines: list[SandboxInvoiceLine]


class SandboxInvoiceList(Out):
    """The first thousand, oldest first."""

    items: list[SandboxInvoice]


class SandboxMail(Out):
    """A mail that would have been sent. Links that let somebody in are not in it."""

    position: Annotated[int, number("Its place, from 1.", 3)]
    at: Annotated[datetime, instant("By the clock of the sandbox.")]
    kind: Annotated[str, text("", "invoice-reminder")]
    account: Account
    name: Annotated[str, text("", "Bella Napoli")]
    to_name: Annotated[str, text("People have other names in a sandbox.", "Person 4")]
    subject: Annotated[str, text("", "Invoice R-17 is overdue")]
    text: str


class SandboxMailPage(Out):
    """A page of them, oldest first."""

    items: list[SandboxMail]
    next: Next


class SandboxIn(Input):
    """What is copied."""

    name: Annotated[Text, Field(min_length=1, max_length=120, examples=["If two cards fail"])]
    clients: Annotated[
        list[RefIn] | None,
        Field(
            max_length=MOST_CLIENTS,
            description="Which clients; not said: all, up to 200.",
            examples=[["acc_7HqWm2Zr9KtXbd"]],
        ),
    ] = None
    reseller: Annotated[
        RefIn,
        Field(description="For the vendor alone: whose clients; empty: its direct accounts.", examples=[""]),
    ] = ""


class SandboxMoveIn(Input):
    """How far the clock goes."""

    by: Annotated[
        Step,
        Field(description="`next`: until something happens. `date`: to noon of the day `until`.", examples=["month"]),
    ]
    until: Annotated[Day | None, Field(description="With `date`: the day, where the portfolio is.")] = None


class SandboxCardsIn(Input):
    """Whose cards are declined."""

    declined: Annotated[
        list[RefIn], Field(max_length=MOST_CLIENTS, description="Exactly these.", examples=[["acc_7HqWm2Zr9KtXbd"]])
    ]


class SandboxUseIn(Input):
    """How much a client uses when the clock moves on."""

    account: Annotated[RefIn, Field(description="The client.", examples=["acc_7HqWm2Zr9KtXbd"])]
    meter: Annotated[Text, Field(max_length=60, description="One whose quantities add up.", examples=["appointments"])]
    units: Annotated[
        int, Field(ge=0, le=1_000_000_000, description="Whole units; 0: nothing after all.", examples=[500])
    ]


class SandboxLinesAsked(PageAsked):
    """Which lines."""

    group: Annotated[GroupOrAny, Field(description="Only those of that kind.")] = ""
    account: Annotated[RefIn, Field(description="Only those about that client.")] = ""


class SandboxInvoicesAsked(Asked):
    """Which invoices."""

    account: Annotated[RefIn, Field(description="Only those of that client.")] = ""
    all: Annotated[Truth, Field(description="Also those that were copied.")] = False


class SandboxMailsAsked(PageAsked):
    """Which mails."""

    account: Annotated[RefIn, Field(description="Only those about that client.")] = ""


__all__ = [
    "Sandbox", "SandboxCardsIn", "SandboxClient", "SandboxIn", "SandboxInvoice", "SandboxInvoiceLine", "SandboxInvoiceList",
    "SandboxInvoicesAsked", "SandboxLine", "SandboxLinePage", "SandboxLinesAsked", "SandboxList", "SandboxMail", "SandboxMailPage",
    "SandboxMailsAsked", "SandboxMoney", "SandboxMove", "SandboxMoveIn", "SandboxMoveList", "SandboxStanding", "SandboxStandings",
]  # fmt: skip
