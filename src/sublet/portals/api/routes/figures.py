"""Figures: revenue a month and what moved it, what each client leaves, a reseller's own time and costs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ninja import Query

from sublet.billing import operations
from sublet.billing.operations import CannotEnterEffort
from sublet.billing.queries.currencies import CannotTellMoney
from sublet.billing.queries.estimates import own_estimate
from sublet.billing.queries.figures import MonthFigures, figures
from sublet.billing.queries.overview import Estimate, Total, overview
from sublet.billing.queries.profit import ClientProfit, EffortRow, Profit, profit_of, profits
from sublet.core.margin import percent_of
from sublet.core.pricebook import written
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.schemas import figures as shapes

routes = Routes("Figures", "Revenue a month and what moved it, margins, and what each client leaves to its reseller.")
ONLY, ABOVE = (RESELLER,), (VENDOR, RESELLER)
VIEW = "billing:view"
SEE, DO = Needs("billing:view", below="billing:view"), Needs("billing:manage", below="billing:manage")


def _percent(part: Fraction | None) -> str | None:
    value = None if part is None else percent_of(part.numerator, part.denominator)
    return None if value is None else written(value)


def _month(each: MonthFigures) -> shapes.FiguresMonth:
    moved = each.moved
    return shapes.FiguresMonth(
        month=each.month, running=each.running, start=moved.start, new=moved.new, reactivated=moved.reactivated,
        expansion=moved.expansion, contraction=moved.contraction, churned=moved.churned, end=moved.end, margin=each.margin or 0,
        margin_known=each.margin is not None, charged=each.charged, accounts=each.accounts,
        churn=None if each.running else _percent(moved.churn),
        net_retention=None if each.running else _percent(moved.net_retention),
    )  # fmt: skip


def _profit(row: Profit) -> shapes.ProfitRow:
    return shapes.ProfitRow(
        account=row.ref, name=row.name, revenue=row.revenue, wholesale=row.wholesale, minutes=row.minutes, effort=row.effort,
        written_off=row.lost, margin=row.margin, share=None if row.share is None else written(row.share),
    )  # fmt: skip


def _effort(row: EffortRow) -> shapes.EffortTold:
    return shapes.EffortTold(
        ref=row.ref, kind=row.kind, day=row.day, minutes=row.minutes, rate=row.rate, amount=row.minor,  # type: ignore[arg-type]  # there is no other kind
        currency=row.currency, text=row.text, by=row.by,
    )  # fmt: skip


def _client(told: ClientProfit) -> shapes.ClientProfitTold:
    return shapes.ClientProfitTold(
        account=told.ref,
        currency=told.currency,
        currencies=list(told.currencies),
        months=[
            shapes.ProfitMonth(
                month=each.month, revenue=each.revenue, wholesale=each.wholesale, minutes=each.minutes, effort=each.effort,
                written_off=each.lost,
                margin=each.margin,
            )
            for each in told.months
            if each.month is not None
        ],
        efforts=[_effort(row) for row in told.entries],
        month_end=shapes.MonthEndTold(
            retail=dict(told.estimate.retail), wholesale=dict(told.estimate.wholesale), unknown=told.estimate.unknown
        ),
    )  # fmt: skip


def _totals(told: Sequence[Total]) -> list[shapes.MoneyTotal]:
    return [shapes.MoneyTotal(each.currency, each.number, each.minor) for each in told]


def _estimates(told: Sequence[Estimate]) -> list[shapes.MoneyEstimate]:
    return [shapes.MoneyEstimate(each.currency, each.charged, each.minor) for each in told]


@routes.get("/money", needs=VIEW, kinds=ABOVE, answer=shapes.MoneyHome)
def get_money(request: ApiRequest) -> shapes.MoneyHome:
    """Show the account's own book at a glance: drafts, what is open and for how long, this month's estimate, what waits for somebody."""
    told = overview(request.actor, at=request.at)
    return shapes.MoneyHome(
        drafts=_totals(told.drafts),
        receivable=_totals(told.receivable),
        overdue=_totals(told.overdue),
        written_off=_totals(told.written_off),
        to_pay=_totals(told.to_pay),
        estimate=_estimates(told.estimate),
        owed=_estimates(told.owed),
        aging=[shapes.MoneyAging(each.currency, *each.parts) for each in told.aging],
        attention=[shapes.MoneyAttention(each.what, each.number) for each in told.attention],
        next_run=told.next_run,
    )


@routes.get("/month-end", needs=VIEW, kinds=(DIRECT,), answer=shapes.OwnMonthEnd)
def get_month_end(request: ApiRequest) -> shapes.OwnMonthEnd:
    """Show what the account itself will be billed for at the end of the month."""
    told = own_estimate(request.actor, at=request.at)
    return shapes.OwnMonthEnd(dict(told.pays), told.ends, told.unknown)


@routes.get("/revenue", needs=VIEW, kinds=ABOVE, answer=shapes.FiguresTold, refusals=[CannotTellMoney])
def get_revenue(request: ApiRequest, asked: Query[shapes.FiguresAsked]) -> shapes.FiguresTold:
    """Show the revenue a month of the account's own book, month by month, with what moved it."""
    told = figures(request.actor, currency=asked.currency, at=request.at)
    return shapes.FiguresTold(
        currency=told.currency,
        currencies=list(told.currencies),
        months=[_month(each) for each in told.months],
        lifetime_value=told.worth,
        resellers=[
            shapes.FiguresReseller(
                account=row.ref, name=row.name, accounts=row.accounts, list_amount=row.list_minor, amount=row.minor,
                charged=row.charged,
            )
            for row in told.resellers
        ],
        kept_at=None if told.kept_at is None else told.kept_at.isoformat(),
    )  # fmt: skip


@routes.get("/profit", needs=VIEW, kinds=ONLY, answer=shapes.ProfitTold, refusals=[CannotTellMoney])
def list_profit(request: ApiRequest, asked: Query[shapes.ProfitAsked]) -> shapes.ProfitTold:
    """List clients by what they leave: retail less wholesale less time and costs less what was written off."""
    told = profits(
        request.actor, span=asked.span, sort=asked.sort, descending=not asked.ascending, currency=asked.currency,
        offset=asked.offset, at=request.at,
    )  # fmt: skip
    return shapes.ProfitTold(
        currency=told.currency, currencies=list(told.currencies), first_month=told.first, last_month=told.last,
        items=[_profit(row) for row in told.rows], total=_profit(told.total), number=told.number, next_offset=told.after,
    )  # fmt: skip


@routes.get(
    "/accounts/{account}/profit", needs=SEE, kinds=ONLY, answer=shapes.ClientProfitTold, refusals=[CannotTellMoney]
)
def get_client_profit(
    request: ApiRequest, account: str, asked: Query[shapes.ClientProfitAsked]
) -> shapes.ClientProfitTold:
    """Show what one client leaves month by month, with the time and costs that were entered for it."""
    return _client(profit_of(request.actor, account, currency=asked.currency, at=request.at))


@routes.post(
    "/accounts/{account}/efforts",
    needs=DO,
    kinds=ONLY,
    answer=shapes.ClientProfitTold,
    status=201,
    refusals=[CannotEnterEffort],
    example={"kind": "time", "day": "2026-03-10", "minutes": 90, "rate": 4000, "text": "New menu"},
)
def enter_effort(request: ApiRequest, account: str, body: shapes.EffortIn) -> Made:
    """Enter time or a cost for a client."""
    operations.enter_effort(client=account, **body.model_dump(), actor=request.actor, at=request.at)
    return Made(_client(profit_of(request.actor, account, at=request.at)), f"/accounts/{account}/profit")


@routes.delete("/accounts/{account}/efforts/{effort}", needs=DO, kinds=ONLY, answer=None, status=204)
def drop_effort(request: ApiRequest, account: str, effort: str) -> None:
    """Take an entry of time or cost out."""
    operations.drop_effort(client=account, ref=effort, actor=request.actor, at=request.at)
