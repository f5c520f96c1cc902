"""What the API says and hears about figures: revenue a month and what moved it, what clients leave, time and costs.

Amounts are whole minor units of `currency`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Asked, Day, Input, Out, Text, Truth, instant, number, ref, text

Month = Annotated[date, Meta(description="The first day of the month.", examples=["2026-03-01"])]
Minor = Annotated[int, number("In minor units.", 2900)]
Percent = Annotated[str | None, text("In percent, with one decimal. Nothing: nobody knows.", "4.2")]


class FiguresMonth(Out):
    """A month. `start` + `new` + `reactivated` + `expansion` − `contraction` − `churned` = `end`."""

    month: Month
    running: Annotated[bool, Meta(description="It is not over: what it says is up to now.")]
    start: Annotated[int, number("Revenue a month when it began.", 2900)]
    new: Minor
    reactivated: Annotated[int, number("Of accounts that paid before, and not when it began.", 0)]
    expansion: Minor
    contraction: Minor
    churned: Annotated[int, number("Of accounts that pay no more.", 0)]
    end: Annotated[int, number("Revenue a month when it ended.", 2900)]
    margin: Annotated[int, number("That less what the vendor asks for it; 0 where that is not known.", 900)]
    margin_known: Annotated[bool, Meta(description="False where it takes a rate of currencies that nobody has said.")]
    charged: Annotated[int, number("All that became due in it, use and what is paid once too.", 3170)]
    accounts: Annotated[int, number("That pay at the end.", 1)]
    churn: Percent
    net_retention: Percent


class FiguresReseller(Out):
    """What one reseller comes to in the running month, told to the vendor."""

    account: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Rosa Web Studio")]
    accounts: Annotated[int, number("", 12)]
    list_amount: Annotated[int, number("A month, at list.", 28800)]
    amount: Annotated[int, number("A month, less the discount.", 23040)]
    charged: Annotated[int, number("Became due this month, less the discount.", 23500)]


class FiguresTold(Out):
    """Revenue that comes again and again, in one currency: of a reseller at retail, of the vendor at wholesale."""

    currency: Annotated[str, text("", "EUR")]
    currencies: list[str]
    months: Annotated[list[FiguresMonth], Meta(description="Oldest first, thirteen at most.")]
    lifetime_value: Annotated[int | None, number("Of the margin; nothing where nobody has left.", 43600)]
    resellers: Annotated[list[FiguresReseller], Meta(description="Of the vendor: those that owe most.")]
    kept_at: Annotated[str | None, text("When they were kept last.", "2026-03-20T13:00:00+00:00")]


class FiguresAsked(Asked):
    """Which figures."""

    currency: Annotated[
        Text,
        Field(
            max_length=3,
            description="Empty: the account’s own, or one in which there is something. Of another one there are no months.",
        ),
    ] = ""


class ProfitRow(Out):
    """What one client leaves."""

    account: Annotated[str, ref("acc", "")]
    name: Annotated[str, text("", "Bella Napoli")]
    revenue: Minor
    wholesale: Minor
    minutes: Annotated[int, number("Of time.", 90)]
    effort: Annotated[int, number("Time and costs.", 6002)]
    written_off: Annotated[int, number("With its tax; below nothing more was recovered.", 0)]
    margin: Minor
    share: Percent


class ProfitTold(Out):
    """The clients by what they leave."""

    currency: Annotated[str, text("", "EUR")]
    currencies: list[str]
    first_month: Month
    last_month: Month
    items: list[ProfitRow]
    total: ProfitRow
    number: Annotated[int, number("Of all clients of the list.", 55)]
    next_offset: Annotated[int | None, number("Where the next page begins.", 50)]


class ProfitAsked(Asked):
    """Which clients, and in which order."""

    span: Literal["this", "last", "year"] = "this"
    sort: Literal["margin", "share", "revenue", "wholesale", "effort", "lost", "minutes", "name"] = "margin"
    ascending: Truth = False
    currency: Annotated[Text, Field(max_length=3)] = ""
    offset: Annotated[int, Field(ge=0, le=10**7)] = 0


class ClientProfitAsked(Asked):
    """In which of its currencies; without one, the client's."""

    currency: Annotated[Text, Field(max_length=3)] = ""


class ProfitMonth(Out):
    """A month of one client."""

    month: Month
    revenue: Minor
    wholesale: Minor
    minutes: Annotated[int, number("", 90)]
    effort: Minor
    written_off: Minor
    margin: Minor


class EffortTold(Out):
    """Time at an hourly rate, or a cost."""

    ref: Annotated[str, ref("eff", "")]
    kind: Literal["time", "cost"]
    day: Annotated[date, Meta(examples=["2026-03-10"])]
    minutes: Annotated[int, number("", 90)]
    rate: Annotated[int, number("Of an hour.", 4000)]
    amount: Annotated[int, number("What it comes to.", 6000)]
    currency: Annotated[str, text("", "EUR")]
    text: Annotated[str, text("", "New menu")]
    by: Annotated[str, text("", "Rosa Ricci")]


class MonthEndTold(Out):
    """What becomes due in the running month by what is agreed and used now, before tax, by currency.

    `unknown`: it cannot be reckoned, since a price is wrong.
    """

    retail: dict[str, int]
    wholesale: dict[str, int]
    unknown: bool


class OwnMonthEnd(Out):
    """What the account itself will be billed for at the end of the running month by what is agreed and used now, before tax, by currency.

    `unknown`: it cannot be reckoned, since a price is wrong.
    """

    pays: dict[str, int]
    ends: Annotated[datetime, instant("When the month ends.")]
    unknown: bool


class MoneyTotal(Out):
    """So many documents and what they come to in one currency."""

    currency: Annotated[str, text("", "EUR")]
    number: Annotated[int, number("", 3)]
    amount: Minor


class MoneyEstimate(Out):
    """What this month comes to: charged up to now, and with what came in the rest of the month before."""

    currency: Annotated[str, text("", "EUR")]
    charged: Minor
    amount: Minor


class MoneyAging(Out):
    """What is open in one currency, by how many days ago it was due."""

    currency: Annotated[str, text("", "EUR")]
    not_due: Minor
    up_to_30: Minor
    up_to_60: Minor
    up_to_90: Minor
    longer: Minor


class MoneyAttention(Out):
    """So many things that wait for a person."""

    what: Annotated[str, text("", "disputes")]
    number: Annotated[int, number("", 1)]


class MoneyHome(Out):
    """The account's own book at a glance. `to_pay` and `owed` are the other side of it, of a reseller with the vendor."""

    drafts: list[MoneyTotal]
    receivable: list[MoneyTotal]
    overdue: list[MoneyTotal]
    written_off: list[MoneyTotal]
    to_pay: list[MoneyTotal]
    estimate: list[MoneyEstimate]
    owed: list[MoneyEstimate]
    aging: list[MoneyAging]
    attention: list[MoneyAttention]
    next_run: Annotated[datetime, instant("When charges are reckoned next.")]


class ClientProfitTold(Out):
    """One client: twelve months at most, its newest hundred entries, and what this month will come to."""

    account: Annotated[str, ref("acc", "")]
    currency: Annotated[str, text("", "EUR")]
    currencies: list[str]
    months: list[ProfitMonth]
    efforts: list[EffortTold]
    month_end: MonthEndTold


class EffortIn(Input):
    """Time (`minutes` at `rate` an hour) or a cost (`amount`), in minor units of the client's currency."""

    kind: Literal["time", "cost"]
    day: Day
    minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 0
    rate: Annotated[int, Field(ge=0, le=10**12 - 1)] = 0
    amount: Annotated[int, Field(ge=0, le=10**12 - 1)] = 0
    text: Annotated[Text, Field(max_length=200)] = ""
